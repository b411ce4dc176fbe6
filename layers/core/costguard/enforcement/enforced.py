"""Which rules may stop what, and how long after, by the policy as it is deployed now."""

from datetime import timedelta

from costguard.policy.model import Mode, Policy
from costguard.resources.registry import KINDS


def is_enforced(policy: Policy, rule: str, kind: str) -> bool:
    """Tell whether a rule may stop a kind; a rule that is switched off or gone stops nothing."""
    known = rule in policy.rules and kind in KINDS
    return known and policy.mode_of(rule, KINDS[kind]) is Mode.ENFORCE


def longest_grace(policy: Policy) -> timedelta:
    """Answer the longest grace that any rule gives any kind."""
    graces = (policy.grace_of(rule, kind) for rule in policy.rules for kind in KINDS)
    return max(graces, default=timedelta())
