"""The brake of the whole account: if more stops are due than `max_stops`, none is done."""

from collections.abc import Iterable
from copy import replace
from datetime import datetime

from msgspec import Struct

from costguard.enforcement.case import Case
from costguard.enforcement.evaluation import Evaluation
from costguard.enforcement.hearing import Hearing
from costguard.enforcement.notice_builder import build_held_back
from costguard.enforcement.plan import ResourcePlan, plan_resource
from costguard.notifications.notice import Notice
from costguard.policy.model import Policy


class FleetPlan(Struct, frozen=True):
    """The steps to take now, and the notice about stops that `max_stops` held back."""

    plans: tuple[ResourcePlan, ...]
    held: Notice | None = None


def plan_fleet(
    evaluated: Iterable[tuple[Evaluation, Case | None, Hearing]], policy: Policy, *, now: datetime
) -> FleetPlan:
    """Decide about all evaluated resources; if more than `max_stops` are due, stop none."""
    plans = (plan_resource(e, case, policy, hearing=heard, now=now) for e, case, heard in evaluated)
    return hold_back(plans, policy, now=now)


def hold_back(plans: Iterable[ResourcePlan], policy: Policy, *, now: datetime) -> FleetPlan:
    """Return all due stops, or none if they are more than `max_stops`."""
    steps = tuple(plans)
    stops = [step for step in steps if step.due]
    if len(stops) <= policy.max_stops:
        return FleetPlan(tuple(_release(step) for step in steps))
    new = any(not step.after.held for step in stops)
    notice = build_held_back([step.resource for step in stops], policy, now=now) if new else None
    first = (notice,) if notice else ()  # stored in the first case's outbox, so that it is not lost
    return FleetPlan(tuple(_held(s, first if s is stops[0] else ()) for s in steps), notice)


def _release(step: ResourcePlan) -> ResourcePlan:
    return replace(step, after=replace(step.after, held=False)) if step.due else step


def _held(step: ResourcePlan, notices: tuple[Notice, ...]) -> ResourcePlan:
    if not step.due:
        return step
    after = replace(step.after, held=True)
    return replace(step, due=(), after=after, notices=step.notices + notices)
