"""The answers of recipients who want a warned resource to be stopped now."""

from collections.abc import Mapping
from datetime import datetime

from costguard.enforcement.case import Case
from costguard.enforcement.hearing import GraceWaiver


def waivers_of(case: Case, rule: str) -> tuple[GraceWaiver, ...]:
    """List the waivers of a rule's open warning; those of an earlier finding do not count."""
    finding = case.findings.get(rule)
    since = finding.since if finding and finding.is_warning else None
    return tuple(each for each in case.waivers if (each.rule, each.since) == (rule, since))


def waived(case: Case, rule: str) -> Mapping[str, datetime]:
    """Return which recipients of a rule's open warning waived the rest of the grace, when."""
    return {each.to: each.at for each in waivers_of(case, rule)}
