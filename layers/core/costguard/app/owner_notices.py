"""Notices to the admins about owners: unknown names, and disowned resources.

Nothing is stopped because of an unknown owner's total. Each name and resource is reported once.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from costguard.app.admin_notices import tell_together
from costguard.app.ports import SweepPorts
from costguard.common.formatting import pluralize, shortened_list
from costguard.common.sanitize import single_line
from costguard.costs.budgets import CostContext
from costguard.notifications import templates
from costguard.ownership.fleet import Fleet
from costguard.ownership.spelling import owner_key
from costguard.policy.model import Policy
from costguard.resources.model import Resource, ResourceStatus
from costguard.rules.burn_rate import RULE as BURN_RATE
from costguard.rules.too_many import RULE as TOO_MANY

TELL_UNKNOWN_EVERY = timedelta(days=30)
_LISTED = 10


def about_owners(
    ports: SweepPorts, resources: Iterable[Resource], money: CostContext | None, now: datetime
) -> None:
    """Notify the admins of news about owners, by the tags and creators of running resources."""
    running = (r for r in resources if r.status is ResourceStatus.RUNNING)
    fleet = Fleet(tuple(running), ports.policy.directory)
    disowned(ports, fleet, now)
    unknown_owners(ports, fleet, money, now)


def unknown_owners(
    ports: SweepPorts, fleet: Fleet, money: CostContext | None, now: datetime
) -> None:
    """Tell the admins which unknown owners run more than one person may: once a name."""
    news = {}
    for name, theirs in _by_spelling(fleet).items():
        mark = f"unknown-owner {owner_key(name)}"
        last = ports.marks.last_time(mark) if _is_above(theirs, ports.policy, money) else now
        if last is None or now - last >= TELL_UNKNOWN_EVERY:
            news[mark] = _unknown_line(name, theirs)
    tell_together(ports, templates.UNKNOWN_OWNERS, news, now)


def disowned(ports: SweepPorts, fleet: Fleet, now: datetime) -> None:
    """Notify the admins of disowned resources: once for each resource and person."""
    news = {mark: line for mark, line in _disowned(fleet) if ports.marks.last_time(mark) is None}
    tell_together(ports, templates.DISOWNED, news, now)


def _by_spelling(fleet: Fleet) -> dict[str, list[Resource]]:
    """Group the resources that claim the same name, under its first spelling."""
    first: dict[str, str] = {}
    found: dict[str, list[Resource]] = {}
    for name, theirs in fleet.of_nobody_known.items():
        found.setdefault(first.setdefault(owner_key(name), name), []).extend(theirs)
    return found


def _is_above(theirs: Sequence[Resource], policy: Policy, money: CostContext | None) -> bool:
    """Return whether this would be too much for one person."""
    most, rate = (
        policy.rules[rule].options.per_owner if rule in policy.rules else None
        for rule in (TOO_MANY.id, BURN_RATE.id)
    )
    hourly = (money.prices.hourly(each) or Decimal(0) for each in theirs) if money else ()
    return (most is not None and sum(each.instances or 0 for each in theirs) > most) or (
        rate is not None and sum(hourly, Decimal(0)) > rate
    )


def _unknown_line(name: str, theirs: Sequence[Resource]) -> str:
    total = pluralize(sum(each.instances or 0 for each in theirs), "instance")
    called = f"“{single_line(name)}”" if owner_key(name) else templates.NO_NAME
    listed = "; ".join(shortened_list([single_line(each.name) for each in theirs], _LISTED))
    return f"- {called}: {total}: {listed}"


def _disowned(fleet: Fleet) -> Iterator[tuple[str, str]]:
    for resource, owner in fleet.owners:
        for person in owner.disowned:
            label = fleet.directory.label(person)
            whose = single_line(owner.name or templates.NO_NAME)
            by = templates.CREATED_BY.format(single_line(resource.creator or templates.UNKNOWN))
            yield (
                f"not-mine {resource.ref.key} {label}",
                templates.DISOWNED_LINE.format(single_line(label), resource.name, by, whose),
            )
