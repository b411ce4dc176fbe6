"""The policy file, in words and in positions."""
