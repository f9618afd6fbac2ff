"""Port's catalog and action runs. Nothing in here may delay or prevent a page."""
