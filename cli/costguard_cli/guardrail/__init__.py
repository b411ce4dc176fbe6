"""The guardrail: the policy as IAM that denies at the door. Pure, but for `command`."""
