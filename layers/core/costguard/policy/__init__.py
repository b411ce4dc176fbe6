"""What the admins decide: the policy file, read once into frozen values."""
