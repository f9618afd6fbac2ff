"""Installing what Port needs, and keeping what users have changed of it."""
