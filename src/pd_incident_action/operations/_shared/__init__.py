"""What several operations on incidents share."""
