"""Costguard: watches SageMaker, tells the owner, stops what the policy forbids."""
