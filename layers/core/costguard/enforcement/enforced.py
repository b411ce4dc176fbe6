"""Which rules may stop what, by the policy as it is deployed now."""

from costguard.policy.model import Mode, Policy
from costguard.resources.registry import KINDS


def is_enforced(policy: Policy, rule: str, kind: str) -> bool:
    """Tell whether a rule may stop a kind; a rule that is switched off or gone stops nothing."""
    known = rule in policy.rules and kind in KINDS
    return known and policy.mode_of(rule, KINDS[kind]) is Mode.ENFORCE
