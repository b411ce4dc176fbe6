"""Decide about one resource: evaluate it, confirm its tags if that would matter, and plan."""

from copy import replace
from datetime import datetime, timedelta

from msgspec import Struct

from costguard.app.at_place import at_place
from costguard.app.hearing import find_hearing
from costguard.app.ports import GuardPorts
from costguard.app.silence import Silence
from costguard.costs.budgets import CostContext
from costguard.enforcement.case import Case, case_about
from costguard.enforcement.evaluation import Evaluation, evaluate
from costguard.enforcement.plan import ResourcePlan, plan_resource
from costguard.notifications.notice import NoticeStage
from costguard.ownership.fleet import Fleet
from costguard.resources.model import Resource, ResourceStatus
from costguard.resources.registry import KINDS
from costguard.rules import RULES

CHECK_EVERY = timedelta(hours=1)
"""What hindered a deletion is looked for again after this long; that nothing does, each time."""
_OPENING = (NoticeStage.WARNING, NoticeStage.WOULD_STOP)


class DecisionContext(Struct, frozen=True, kw_only=True):
    """The facts of a decision besides the resource and its case."""

    now: datetime
    silence: Silence
    fleet: Fleet | None = None  # None: the running resources were not listed
    money: CostContext | None = None  # None: no rule asks for it, or it is not known


def decide(
    ports: GuardPorts, resource: Resource, case: Case | None, context: DecisionContext
) -> ResourcePlan:
    """Decide by the tags of an event or an index; confirm them if they would change the case.

    Both sources may be stale. A result without a change needs no confirmation, and `enforce`
    confirms the tags of a due stop itself.
    """
    resource = context.fleet.in_context(resource) if context.fleet else resource
    plan = _plan(ports, resource, case, context)
    if resource.status is not ResourceStatus.RUNNING and resource.tags is None and plan.notices:
        was = case.was if case else None  # its owner hears how it ended
        tags = was.tags if was else ports.inventory.tags(resource.tagged)
        return _plan(ports, replace(resource, tags=tags), case, context)
    if not _rests_on_tags(plan.evaluation, case):
        return plan
    if resource.tags is not None and not plan.changes:
        return plan
    return decide_confirmed(
        ports, replace(resource, deletion=plan.resource.deletion), case, context
    )


def decide_confirmed(
    ports: GuardPorts, resource: Resource, case: Case | None, context: DecisionContext
) -> ResourcePlan:
    """Decide by the tags that SageMaker itself answers now, if the resource runs."""
    resource = context.fleet.in_context(resource) if context.fleet else resource
    return _plan(ports, with_confirmed_tags(ports, resource), case, context)


def with_confirmed_tags(ports: GuardPorts, resource: Resource) -> Resource:
    """Read the tags of a running resource from SageMaker, unless that was done."""
    if resource.jobs:
        jobs = tuple(with_confirmed_tags(ports, job) for job in resource.jobs)
        resource = replace(resource, jobs=jobs)
    if resource.status is not ResourceStatus.RUNNING or resource.tags_confirmed:
        return resource
    return replace(resource, tags=ports.inventory.tags(resource.tagged), tags_confirmed=True)


def _plan(
    ports: GuardPorts, resource: Resource, case: Case | None, context: DecisionContext
) -> ResourcePlan:
    """Plan; before anything is told or done that a deletion would end, look whether one may."""
    ports = at_place(ports, resource.place)
    resource = _with_last_check(resource, case, context.now)
    plan = _plan_once(ports, resource, case, context)
    if not _needs_check(plan):
        return plan
    check = ports.inventory.check_deletion(plan.resource, context.now)
    return _plan_once(ports, replace(resource, deletion=check), case, context)


def _plan_once(
    ports: GuardPorts, resource: Resource, case: Case | None, context: DecisionContext
) -> ResourcePlan:
    evaluation = evaluate(
        resource, ports.policy, now=context.now, fleet=context.fleet, money=context.money
    )
    known = case_about(case, resource)
    hearing = find_hearing(
        ports, evaluation, known, context.silence.at(resource.place), context.now
    )
    return plan_resource(evaluation, case, ports.policy, hearing=hearing, now=context.now)


def _with_last_check(resource: Resource, case: Case | None, now: datetime) -> Resource:
    """Add what hindered its deletion lately; that nothing did is never remembered."""
    known = case_about(case, resource)
    last = known.deletion if known else None
    is_fresh = last is not None and now - last.seen < CHECK_EVERY
    return replace(resource, deletion=last) if is_fresh and not resource.deletion else resource


def _needs_check(plan: ResourcePlan) -> bool:
    """Tell whether it is about to be told or ended, and nobody has looked."""
    resource = plan.resource
    if resource.deletion or not KINDS[resource.kind].is_deleted:
        return False
    told = any(notice.stage in _OPENING for notice in plan.notices)
    return resource.status is ResourceStatus.RUNNING and bool(told or plan.due)


def _rests_on_tags(evaluation: Evaluation, case: Case | None) -> bool:
    """Return whether other tags could change the present or the earlier findings."""
    doubtful = evaluation.violations.keys() | {unknown.rule for unknown in evaluation.unknowns}
    found = case is not None and bool(case.findings)
    return found or any(RULES[rule].reads_tags for rule in doubtful if rule in RULES)
