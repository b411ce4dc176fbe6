"""The facts of an earlier run that still count: findings and keep requests."""

from copy import replace
from datetime import datetime

from costguard.enforcement.case import Case, FindingState, open_case
from costguard.enforcement.enforced import is_enforced
from costguard.enforcement.evaluation import Evaluation
from costguard.idleness.keep_until import with_request
from costguard.policy.model import Policy
from costguard.resources.model import Resource, ResourceStatus
from costguard.resources.registry import KINDS
from costguard.rules import RULES


def of_this_run(case: Case, resource: Resource, now: datetime) -> Case:
    """Drop the facts that belong only to an earlier run; keep the keep requests."""
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


def case_at_hand(
    before: Case | None, evaluation: Evaluation, policy: Policy, now: datetime
) -> Case:
    """Give the case to decide from: of this resource, and without what no rule stands for now."""
    resource = evaluation.resource
    case = before or open_case(resource)
    if not case.is_about(resource):
        case = replace(open_case(resource, version=case.version), outbox=case.outbox)
    if is_interrupted(resource):
        case = replace(case, interrupted=resource.started)
    elif resource.status in (ResourceStatus.STOPPING, ResourceStatus.STOPPED):
        case = replace(case, interrupted=None)
    return _lower_unasked(case, evaluation, policy, now)


def is_new_run(resource: Resource, case: Case) -> bool:
    """Tell whether a resource runs anew since we asked it to stop."""
    if not KINDS[resource.kind].lifecycle.restartable or resource.started is None:
        return False
    return case.run is None or resource.started > case.run


def is_interrupted(resource: Resource) -> bool:
    """Tell whether AWS does something to it that may move the one moment that it reports."""
    form = KINDS[resource.kind].translation
    return form.moves and (resource.status is ResourceStatus.UNKNOWN or resource.continues)


def with_known_start(resource: Resource, case: Case | None) -> Resource:
    """Give a run that AWS interrupted, or that goes on after a change, the start that it had.

    Where the words of a status tell whether it goes on, nothing else does.
    """
    began = case.interrupted if case and case.is_about(resource) else None
    goes_on = resource.status in (ResourceStatus.RUNNING, ResourceStatus.UNKNOWN)
    if KINDS[resource.kind].translation.goes_on:
        goes_on = is_interrupted(resource)
    if began is None or not goes_on or resource.started is None or resource.started <= began:
        return resource
    return replace(resource, started=began)


def not_enforced(case: Case, policy: Policy, now: datetime) -> frozenset[str]:
    """Name the rules of standing warnings and stops that may stop the resource no more."""
    return frozenset(
        rule
        for rule, finding in case.findings.items()
        if finding.state in (FindingState.WARNED, FindingState.STOPPED)
        and (
            not is_enforced(policy, rule, case.kind)
            or policy.exempt_until(case.ref, rule, now) is not None
        )
    )


def _lower_unasked(case: Case, evaluation: Evaluation, policy: Policy, now: datetime) -> Case:
    """Take back what was said for a rule that has no answer now, and may stop nothing either.

    No rule is asked about a resource that rests: without this a mode that is lowered and raised
    again, or a rule that is switched off for a while, would leave no trace, and the next start
    would be stopped at once. A stop that is under way is told first.
    """
    if case.stopping:
        return case
    rests = evaluation.resource.status is not ResourceStatus.RUNNING
    lowered = {
        rule: replace(case.findings[rule], state=FindingState.NOTIFIED, deadline=None)
        for rule in not_enforced(case, policy, now)
        if rests or rule in evaluation.unanswered
    }
    return replace(case, findings={**case.findings, **lowered}) if lowered else case


def _outlives(case: Case, rule: str, began: datetime) -> bool:
    """Return whether a finding of an earlier run counts in the present run.

    It counts if Costguard stopped that run, or if its warning was open when this run began. After
    an owner's own stop, other findings end: the next warning gives a whole grace period.
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
