"""What follows a page: who was notified, what responders should know, a way round an outage."""
