"""MiniStack, and what it lacks."""
