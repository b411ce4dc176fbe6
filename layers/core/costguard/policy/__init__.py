"""The policy file of the admins, read once into frozen values."""
