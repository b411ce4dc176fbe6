"""The rules that may stop a kind under the deployed policy, and their grace periods."""

from datetime import timedelta

from costguard.policy.model import Mode, Policy
from costguard.resources.registry import KINDS


def is_enforced(policy: Policy, rule: str, kind: str) -> bool:
    """Return whether a rule may stop a kind; a rule that is switched off or removed may not."""
    known = rule in policy.rules and kind in KINDS
    return known and policy.mode_of(rule, KINDS[kind]) is Mode.ENFORCE


def longest_grace(policy: Policy) -> timedelta:
    """Return the longest grace period that any rule gives any kind."""
    graces = (policy.grace_of(rule, kind) for rule in policy.rules for kind in KINDS)
    return max(graces, default=timedelta())
