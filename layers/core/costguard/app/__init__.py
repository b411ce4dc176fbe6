"""The use cases, one file for each function, and their steps."""
