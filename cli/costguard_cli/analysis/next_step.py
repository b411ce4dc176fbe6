"""The next step for one resource, and its time, in a sentence."""

from collections.abc import Mapping
from datetime import datetime

from costguard.common.datetimes import say_duration
from costguard.enforcement.case import Case, Finding, FindingState
from costguard.policy.model import Policy
from costguard.resources.model import ResourceStatus
from costguard.rules.idle import RULE as IDLE
from costguard_cli.analysis.assessment import AssessedResource, AssessmentOutcome, is_unasked
from costguard_cli.console import format_full_time

_SENTENCES: Mapping[AssessmentOutcome, str] = {
    AssessmentOutcome.STOP: "It is due: enforce evaluates it again, and stops it if it is still "
    "due.",
    AssessmentOutcome.HELD_BACK: "It is due, but held back: more than max_stops are due. "
    "The admins decide.",
    AssessmentOutcome.STOPPING: "It is being stopped; Costguard waits for AWS to confirm.",
    AssessmentOutcome.TELL: "Its owner is notified once; nothing is stopped because of it.",
    AssessmentOutcome.OBSERVE: "The admins are notified once; its owner is not, and nothing is "
    "stopped.",
    AssessmentOutcome.NOT_ASKED: "Not asked here, because an audit may not ask Jupyter. The sweep "
    "asks it, and decides by the answer.",
    AssessmentOutcome.CANNOT_TELL: "Nothing: a resource that cannot be evaluated is not stopped.",
    AssessmentOutcome.FINE: "Nothing: no rule is broken.",
}


def next_step(row: AssessedResource, policy: Policy, now: datetime) -> str:
    """Describe the next step."""
    status, before = row.resource.status, row.plan.before
    if status is ResourceStatus.STOPPING:
        return _SENTENCES[AssessmentOutcome.STOPPING]
    if status is not ResourceStatus.RUNNING:
        return f"Nothing: it is {status.value}, and only running resources are evaluated."
    if row.plan.unheard or (row.when is not None and row.when <= now):
        return _waits(row)
    if row.when is not None:
        state = "was warned" if _was_warned(before, row.when) else "is warned by the next sweep"
        deadline = f"{format_full_time(row.when, policy)}, in {say_duration(row.when - now)}"
        return f"Its owner {state}; unless it is fixed, it is stopped on {deadline}."
    if row.outcome is AssessmentOutcome.FINE and before and before.findings:
        return "It is fixed: its owner gets the all clear from the next sweep."
    latest = _latest(row, policy, now) if row.outcome is AssessmentOutcome.NOT_ASKED else ""
    return f"{_SENTENCES[row.outcome]}{latest}"


def _waits(row: AssessedResource) -> str:
    """Describe what a stop waits for after its deadline."""
    if is_unasked(row.evaluation) and not row.plan.unheard:
        return (
            "Its deadline has passed. The sweep asks its Jupyter, which an audit may not do, and "
            "it is stopped if it is still idle."
        )
    return (
        "Its deadline has passed, but not every recipient has had the whole grace period yet. "
        "It is stopped after that, unless it is fixed."
    )


def _latest(row: AssessedResource, policy: Policy, now: datetime) -> str:
    """Describe when a notebook reaches its maximum age, whatever Jupyter answers."""
    options, started = policy.rules[IDLE.id].options, row.resource.started
    if started is None:
        return ""
    _, max_age = options.at(now, policy.timezone.info)
    return f" It reaches its maximum age on {format_full_time(started + max_age, policy)}."


def describe_finding(finding: Finding, policy: Policy) -> str:
    """Describe the state of one finding in the ledger."""
    since = f"since {format_full_time(finding.since, policy)}"
    if finding.state is FindingState.WARNED and finding.deadline:
        return f"{finding.state.value} {since}, stops {format_full_time(finding.deadline, policy)}"
    return f"{finding.state.value} {since}"


def _was_warned(case: Case | None, deadline: datetime) -> bool:
    findings = case.findings.values() if case else ()
    return any(
        finding.state is FindingState.WARNED and finding.deadline == deadline
        for finding in findings
    )
