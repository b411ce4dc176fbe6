"""Whose it is: people, owners, and what each of them runs."""
