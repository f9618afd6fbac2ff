"""From the environment and the event to a checked request."""
