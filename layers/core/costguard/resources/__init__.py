"""What can cost money, and how AWS spells it."""
