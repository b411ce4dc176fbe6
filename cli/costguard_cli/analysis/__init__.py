"""What the account comes to, judged by the policy."""
