"""What counts of an earlier run: its findings, and how long it was to be kept."""

from copy import replace
from datetime import datetime

from costguard.enforcement.case import Case
from costguard.idleness.keep_until import with_request
from costguard.resources.model import Resource
from costguard.resources.registry import KINDS
from costguard.rules import RULES


def of_this_run(case: Case, resource: Resource, now: datetime) -> Case:
    """Forget what counts for an earlier run alone; remember how long it is to be kept."""
    kept = with_request(resource.tags, case.kept, now)
    if not case.findings and kept is case.kept:
        return case
    began = resource.started if KINDS[resource.kind].lifecycle.restartable else None
    left = {
        rule: finding
        for rule, finding in case.findings.items()
        if began is None or finding.since >= began or _outlives(case, rule, began)
    }
    return replace(case, findings=left, kept=kept, rested=None)


def _outlives(case: Case, rule: str, began: datetime) -> bool:
    """Tell whether a finding of an earlier run counts in the one that began then.

    It does where we stopped that run, or where its warning was open when the next began. An
    owner's own stop ends all else: the next warning gives a whole grace.
    """
    finding = case.findings[rule]
    rules = [RULES[rule]] if rule in RULES else []  # of none, in a case of another version
    if any(each.of_run for each in rules):
        return False
    if case.was_stopped or not finding.is_warning:
        return True
    if any(each.ends_with_stop for each in rules):
        return False
    return finding.deadline is None or began < finding.deadline
