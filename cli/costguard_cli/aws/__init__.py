"""The account, read only."""
