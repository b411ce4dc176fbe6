"""Decide what to save, publish and stop after an evaluation."""

from copy import replace
from datetime import datetime, timedelta

from msgspec import Struct

from costguard.enforcement.case import (
    Case,
    Finding,
    FindingState,
    close_case,
    not_stopping,
    open_case,
)
from costguard.enforcement.charges import tell_charged
from costguard.enforcement.escalation import escalate, report_unknowns, stopped_findings
from costguard.enforcement.evaluation import Evaluation
from costguard.enforcement.hearing import Hearing
from costguard.enforcement.notice_builder import build_notice, decided_from
from costguard.enforcement.remains import remains_of
from costguard.enforcement.run import case_at_hand, is_new_run, of_this_run
from costguard.notifications.notice import Notice, NoticeStage
from costguard.notifications.templates import GONE_REMEDY, STUCK_FINDING
from costguard.policy.model import Policy
from costguard.resources.model import Resource, ResourceStatus
from costguard.resources.registry import KINDS

STUCK_AFTER = timedelta(minutes=30)
"""A stop that takes longer is reported to the admins: AWS has no force-stop."""
ASK_AGAIN_AFTER = timedelta(minutes=5)
"""A resource that still runs this long after its stop was asked for is asked again."""

type _Next = tuple[Case, tuple[Notice, ...]]


class ResourcePlan(Struct, frozen=True, kw_only=True):
    """The actions for one resource: save the case, publish notices, stop it if due."""

    evaluation: Evaluation
    before: Case | None
    after: Case
    notices: tuple[Notice, ...] = ()
    due: tuple[tuple[str, Finding], ...] = ()
    unheard: frozenset[str] = frozenset()  # rules that only wait for a warning to arrive

    @property
    def resource(self) -> Resource:
        """The resource, with the facts that it was evaluated by."""
        return self.evaluation.resource

    @property
    def changes(self) -> bool:
        """Tell whether there is anything to write."""
        before = self.before or open_case(self.resource)
        return bool(self.notices) or self.after != before

    def asked(self, now: datetime) -> Case:
        """Store in the case that the stop is requested, for which run and for which findings."""
        stopped = {r: replace(m, state=FindingState.STOPPED, deadline=None) for r, m in self.due}
        return replace(
            self.after,
            findings={**self.after.findings, **stopped},
            stopping=self.after.stopping or now,
            asked=now,
            run=self.resource.started,
            held=False,
            remains=remains_of(self.resource) if KINDS[self.resource.kind].is_deleted else None,
        )


def plan_resource(
    evaluation: Evaluation,
    before: Case | None,
    policy: Policy,
    *,
    hearing: Hearing,
    now: datetime,
) -> ResourcePlan:
    """Decide about one resource."""
    resource = evaluation.resource
    case, told = _about(resource, before or open_case(resource), policy, now)
    case = case_at_hand(case, evaluation, policy, now)
    if resource.deletion:  # what hinders a deletion is not looked for in each sweep
        case = replace(case, deletion=resource.deletion if resource.deletion.obstacles else None)
    plan = _by_status(evaluation, before, case, policy, hearing, now)
    return replace(plan, notices=told + plan.notices) if told else plan


def _about(resource: Resource, case: Case, policy: Policy, now: datetime) -> _Next:
    """Begin anew with another of the same name; of one that we deleted, its owner hears first."""
    if case.is_about(resource):
        return case, ()
    told: tuple[Notice, ...] = ()
    if case.was and case.stopping:
        case, told = _confirmed(case.was, case, policy, now)
    new = open_case(resource, version=case.version)
    return replace(new, outbox=case.outbox, stops=case.stops if told else 0), told


def _by_status(
    evaluation: Evaluation,
    before: Case | None,
    case: Case,
    policy: Policy,
    hearing: Hearing,
    now: datetime,
) -> ResourcePlan:
    resource = evaluation.resource
    match resource.status:
        case ResourceStatus.RUNNING:
            return _running(evaluation, before, case, policy, hearing, now)
        case ResourceStatus.STOPPING:
            after, notices = _stopping(resource, case, policy, now)
        case ResourceStatus.STOPPED:
            after, notices = _stopped(resource, case, policy, now)
        case ResourceStatus.UNKNOWN:
            unknowns = report_unknowns(evaluation, case, policy, now=now)
            after, notices = unknowns.case, unknowns.notices
        case _:  # starting, or a word that AWS added after us
            after, notices = case, ()
    return ResourcePlan(evaluation=evaluation, before=before, after=after, notices=notices)


def _running(
    evaluation: Evaluation,
    before: Case | None,
    case: Case,
    policy: Policy,
    hearing: Hearing,
    now: datetime,
) -> ResourcePlan:
    resource = evaluation.resource
    notices: tuple[Notice, ...] = ()
    if case.stopping and is_new_run(resource, case):
        case, notices = _confirmed(resource, case, policy, now)
    if case.stopping:
        case, stuck = _stopping(resource, case, policy, now)
        notices += stuck
    if case.stopping and case.asked and now - case.asked < ASK_AGAIN_AFTER:
        return ResourcePlan(evaluation=evaluation, before=before, after=case, notices=notices)
    case, charged = tell_charged(resource, of_this_run(case, resource, now), policy, now=now)
    unknowns = report_unknowns(evaluation, case, policy, now=now)
    escalation = escalate(evaluation, unknowns.case, policy, hearing=hearing, now=now)
    return ResourcePlan(
        evaluation=evaluation,
        before=before,
        after=escalation.case if escalation.due else _nothing_due(escalation.case),
        notices=notices + charged + unknowns.notices + escalation.notices,
        due=tuple(escalation.due.items()),
        unheard=escalation.unheard,
    )


def _nothing_due(case: Case) -> Case:
    """Clear a stop that was held back, or that failed, if its reason is gone."""
    if case.was_stopped:
        return replace(case, held=False)
    return replace(not_stopping(case), held=False)


def _confirmed(resource: Resource, case: Case, policy: Policy, now: datetime) -> _Next:
    """Count a confirmed stop and build its notice.

    Its id and time are those of the stop, as it was first asked for: a ledger that was restored to
    a moment before the confirmation builds the same notice, and nobody is told twice.
    """
    asked = case.stopping or now
    case = replace(not_stopping(case), stops=case.stops + 1)
    findings = stopped_findings(case)
    if resource.gone:  # what a rule proposes is for something that is there
        findings = [replace(each, remedy=GONE_REMEDY) for each in findings]
    notice = build_notice(
        NoticeStage.STOPPED, resource, findings, policy, now=asked, stops=case.stops
    )
    return case, (replace(notice, version=case.version),) if findings else ()


def _stopped(resource: Resource, case: Case, policy: Policy, now: datetime) -> _Next:
    """Confirm our own stop. A job ends; a notebook may be started again with the same violation."""
    notices: tuple[Notice, ...] = ()
    if case.stopping and case.remains and not resource.gone:  # it failed, and is still there
        return _stopping(resource, case, policy, now)
    if case.stopping:
        case, notices = _confirmed(resource, case, policy, now)
    elif case.findings and not case.was_stopped:
        case = replace(case, rested=case.rested or now)
    return case if KINDS[resource.kind].lifecycle.restartable else close_case(case), notices


def _stopping(resource: Resource, case: Case, policy: Policy, now: datetime) -> _Next:
    """Wait for our own stop; if it takes too long, notify the admins once."""
    if not case.stopping or case.stuck_told or now - case.stopping < STUCK_AFTER:
        return case, ()
    notice = build_notice(NoticeStage.FAILED, resource, [STUCK_FINDING], policy, now=now)
    return replace(case, stuck_told=True), (decided_from(notice, case.version),)
