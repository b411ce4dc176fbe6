"""The account, assessed by the policy."""
