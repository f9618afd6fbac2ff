"""Checks of what workflows need: each module knows one system."""
