"""The use cases, one file a function, and their steps."""
