"""The organisation's configuration file."""
