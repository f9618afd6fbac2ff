"""incident.io: its API, and the operations on it."""
