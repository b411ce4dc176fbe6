"""The facts of a person's own page: what they run, what it costs, and what is due."""

import re
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from costguard.app.answer_view import stops_at
from costguard.app.at_place import policy_at
from costguard.app.door_ports import DoorPorts
from costguard.costs.budgets import BudgetStatus, SpendToDate, budget_statuses
from costguard.costs.course_budgets import seat_budgets
from costguard.costs.pricing import ZERO
from costguard.costs.usage import Usage
from costguard.enforcement.case import Case
from costguard.notifications.links import Link
from costguard.notifications.recipients import recipient_key
from costguard.ownership.directory import CostLabels, Person
from costguard.ownership.spelling import owner_key
from costguard.policy.model import Policy
from costguard.reports.own_page import OwnFacts, OwnResource
from costguard.reports.running import running_now
from costguard.resources.model import ResourceRef

_DIGITS = 16
_PART = re.compile(rf"[0-9a-f]{{{_DIGITS}}}")


def own_facts(ports: DoorPorts, link: Link, now: datetime) -> OwnFacts | None:
    """Gather what the page of a person shows; None for somebody who left the roster."""
    policy, person = ports.policy, _person(ports.policy, link.to)
    if person is None:
        return None
    spend, label = ports.meter.spend(), policy.directory.label(person)
    cases = {case.ref: case for case in ports.cases.all() if case.is_open}
    running = running_now(list(_own(ports, person)), ports.meter.prices(now), now)
    month = spend.spent["owner"].get(spend.key("owner", label), ZERO) if spend else None
    return OwnFacts(
        name=person.name,
        running=tuple(
            OwnResource(
                running=each,
                part=_part_of(each.usage.ref) if each.usage.ref in cases else "",
                stops=_due(ports, cases.get(each.usage.ref)),
            )
            for each in running
        ),
        month=month,
        budgets=tuple(_budgets(policy, person, spend, now)) if spend else (),
        zone=policy.timezone,
        now=now,
    )


def is_part(text: str) -> bool:
    """Tell whether a text has the form of a part of the address that names a resource."""
    return _PART.fullmatch(text) is not None


def own_ref(ports: DoorPorts, link: Link, part: str) -> ResourceRef | None:
    """Find the resource that a part of the address means, among what the person runs."""
    person = _person(ports.policy, link.to)
    mine = (usage.ref for usage in _own(ports, person)) if person else ()
    return next((ref for ref in mine if _part_of(ref) == part), None)


def _own(ports: DoorPorts, person: Person) -> Iterator[Usage]:
    """Yield what is charged to a person and not over."""
    directory = ports.policy.directory
    label = owner_key(directory.label(person))
    if directory.is_told_apart(person):
        yield from (
            usage
            for usage in ports.meter.open()
            if usage.end is None and owner_key(usage.labels.owner) == label
        )


def _person(policy: Policy, key: str) -> Person | None:
    people = policy.directory.people
    return next((p for p in people if recipient_key(p, policy.directory) == key), None)


def _part_of(ref: ResourceRef) -> str:
    """Name a resource in an address, without its name."""
    return sha256(ref.key.encode()).hexdigest()[:_DIGITS]


def _due(ports: DoorPorts, case: Case | None) -> datetime | None:
    """Return when it is stopped, at the earliest."""
    if case is None:
        return None
    policy = policy_at(ports.policy, case.ref.place, ports.place)
    ends = (stops_at(case, rule, policy) for rule in case.findings)
    return min(filter(None, ends), default=None)


def _budgets(
    policy: Policy, person: Person, spend: SpendToDate, now: datetime
) -> Iterator[BudgetStatus]:
    """Yield the budgets that a person takes from: their own, and those of their courses."""
    directory, zone = policy.directory, policy.timezone.info
    label = directory.label(person)
    yield from budget_statuses(policy.budgets, spend, CostLabels(owner=label))
    for course in policy.courses:
        for seat in directory.seats.people(course):
            if seat.person == person and seat.was_in(now) and course.is_running(now, zone):
                yield from seat_budgets(seat, label, spend, zone, now)
