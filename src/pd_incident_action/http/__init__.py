"""Requests, retries and connections, within one deadline."""
