"""The organisation's configuration file, and ids for the names that people type."""
