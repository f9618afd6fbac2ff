"""What many incidents have in common: how soon they were answered, and against which targets."""
