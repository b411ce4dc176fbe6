"""What comes next for one resource, and when, in a sentence. Pure."""

from collections.abc import Mapping
from datetime import datetime

from costguard.common.datetimes import say_duration
from costguard.enforcement.case import Case, Finding, FindingState
from costguard.policy.model import Policy
from costguard.resources.model import ResourceStatus
from costguard_cli.analysis.assessment import AssessedResource, AssessmentOutcome
from costguard_cli.console import full_clock

_SAYS: Mapping[AssessmentOutcome, str] = {
    AssessmentOutcome.STOP: "It is due: the guard looks again, and stops it if that is still so.",
    AssessmentOutcome.HELD_BACK: "It is due and held back: more than max_stops are. "
    "The admins decide.",
    AssessmentOutcome.STOPPING: "It is being stopped; the guard waits for AWS to confirm.",
    AssessmentOutcome.TELL: "Its owner hears of it, once; nothing is stopped for it.",
    AssessmentOutcome.OBSERVE: "The admins read of it, once; its owner hears nothing, "
    "nothing is stopped.",
    AssessmentOutcome.CANNOT_TELL: "Nothing: what cannot be judged is never stopped.",
    AssessmentOutcome.FINE: "Nothing: no rule is broken.",
}


def next_step(row: AssessedResource, policy: Policy, now: datetime) -> str:
    """Say the next step."""
    status, before = row.resource.status, row.plan.before
    if status is ResourceStatus.STOPPING:
        return _SAYS[AssessmentOutcome.STOPPING]
    if status is not ResourceStatus.RUNNING:
        return f"Nothing: it is {status.value}, and only what runs is judged."
    if row.when is not None:
        told = "was warned" if _was_told(before, row.when) else "is warned at the next look"
        stops = f"{full_clock(row.when, policy)}, in {say_duration(row.when - now)}"
        return f"Its owner {told}; unless it is fixed it stops {stops}."
    if row.outcome is AssessmentOutcome.FINE and before and before.findings:
        return "It is fixed: its owner gets the all-clear at the next look."
    return _SAYS[row.outcome]


def describe_finding(finding: Finding, policy: Policy) -> str:
    """Say how far one finding has come in the ledger."""
    since = f"since {full_clock(finding.since, policy)}"
    if finding.state is FindingState.WARNED and finding.deadline:
        return f"{finding.state.value} {since}, stops {full_clock(finding.deadline, policy)}"
    return f"{finding.state.value} {since}"


def _was_told(case: Case | None, deadline: datetime) -> bool:
    findings = case.findings.values() if case else ()
    return any(
        finding.state is FindingState.WARNED and finding.deadline == deadline
        for finding in findings
    )
