"""The guardrail: the policy as IAM statements that deny calls before they are made."""
