"""What follows from a violation."""
