"""What follows a page: who was notified, and what responders should know."""
