"""The brake of each account: if more stops are due than its `max_stops`, none is done."""

from collections import defaultdict
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
from costguard.policy.in_account import policy_in
from costguard.policy.model import Policy


class FleetPlan(Struct, frozen=True):
    """The steps to take now, and the notices about stops that `max_stops` held back."""

    plans: tuple[ResourcePlan, ...]
    notices: tuple[Notice, ...] = ()  # one for an account

    @property
    def held(self) -> Notice | None:
        """Return the first of the notices; None for none."""
        return next(iter(self.notices), None)


def plan_fleet(
    evaluated: Iterable[tuple[Evaluation, Case | None, Hearing]], policy: Policy, *, now: datetime
) -> FleetPlan:
    """Decide about all evaluated resources; if more than `max_stops` are due, stop none."""
    plans = (plan_resource(e, case, policy, hearing=heard, now=now) for e, case, heard in evaluated)
    return hold_back(plans, policy, now=now)


def hold_back(plans: Iterable[ResourcePlan], policy: Policy, *, now: datetime) -> FleetPlan:
    """Return all due stops of each account, or none of them if they are more than `max_stops`."""
    steps = tuple(plans)
    stops = defaultdict[str, list[ResourcePlan]](list)
    for step in steps:
        if step.due:
            stops[step.resource.account].append(step)
    held: dict[str, tuple[Notice, ...]] = {}
    for account, due in stops.items():
        limits = policy_in(policy, account, is_home=True)
        if len(due) > limits.max_stops:
            new = any(not step.after.held for step in due)
            told = [step.resource for step in due]
            held[account] = (build_held_back(told, limits, now=now),) if new else ()
    first = {account: due[0] for account, due in stops.items()}

    def braked(step: ResourcePlan) -> ResourcePlan:
        account = step.resource.account
        if not step.due:
            return step
        if account not in held:
            return replace(step, after=replace(step.after, held=False))
        # the notice is stored in the first case's outbox, so that it is not lost
        notices = held[account] if step is first[account] else ()
        after = replace(step.after, held=True)
        return replace(step, due=(), after=after, notices=step.notices + notices)

    notices = tuple(each for told in held.values() for each in told)
    return FleetPlan(tuple(map(braked, steps)), notices)
