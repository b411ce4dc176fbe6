"""Dry run: the guard decides about events; nothing is stored, published or stopped."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import replace
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from costguard.app.activity_ports import ActivityObserver, NextCheck, ObservedActivity, UseMeter
from costguard.app.event_context import EventContext
from costguard.app.ports import GuardPorts, Inventory, UsageStore, WatchPorts
from costguard.app.watch import watch
from costguard.common.concurrency import Task
from costguard.common.datetimes import parse_time
from costguard.common.errors import EventInvalid, GuardError
from costguard.common.sanitize import single_line
from costguard.costs.budgets import SpendToDate
from costguard.costs.prices import Prices
from costguard.costs.pricing import UsageSlice
from costguard.costs.usage import Usage, UsageChange
from costguard.enforcement.case import Case
from costguard.notifications.delivery import Delivery, DeliveryStatus
from costguard.notifications.notice import Notice
from costguard.ownership.creator import Creator
from costguard.ownership.kept_roster import KeptRoster
from costguard.policy.model import Policy
from costguard.resources.activity import LookBack, WorkMemory
from costguard.resources.deletion import DeletionCheck
from costguard.resources.events import ResourceEvent
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.places import NOWHERE
from costguard.resources.unwatched import Unwatched, UnwatchedList
from costguard.resources.use import MeasuredUse
from costguard_cli.analysis.event_inventory import EventInventory

_ODD = (
    *(GuardError, TypeError, ValueError, KeyError, IndexError),
    *(AttributeError, ArithmeticError, RecursionError),
)
"""What an event can cause that nobody has thought of; what AWS refuses ends the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the guard would do about one event."""

    event: Mapping[str, Any]
    outcome: str  # as `watch` returns it
    notices: tuple[Notice, ...] = ()
    stops: tuple[ResourceRef, ...] = ()  # that would go to the stop queue
    problems: tuple[str, ...] = ()


@dataclass(slots=True)
class DryRunState:
    """Implements every port that writes: keeps cases, notices and stops in memory.

    It reads what it lacks from the deployed guard, if there is one, and drops all other writes.
    """

    made: dict[str, Creator] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)  # of the event at hand
    published: list[Notice] = field(default_factory=list)
    stops: list[ResourceRef] = field(default_factory=list)
    deployed: WatchPorts | None = None  # the guard whose ledger is read

    def get(self, ref: ResourceRef) -> Case | None:
        """Return the case saved in this run, else the deployed guard's."""
        case = self.cases.get(ref.key)
        return case or (self.deployed.cases.get(ref) if self.deployed else None)

    def get_each(self, refs: Iterable[ResourceRef]) -> Mapping[str, Case]:
        """Return several."""
        return {ref.key: case for ref in refs if (case := self.get(ref))}

    def all(self) -> Iterable[Case]:
        """Read every case."""
        return self.deployed.cases.all() if self.deployed else self.cases.values()

    def save(self, new: Case, old: Case | None, _now: datetime) -> bool:
        """Save a case; there is no other writer."""
        self.cases[new.ref.key] = replace(new, version=(old.version if old else 0) + 1)
        return True

    def save_each(
        self, changes: Iterable[tuple[Case, Case | None]], now: datetime
    ) -> Sequence[bool]:
        """Save several cases."""
        return [self.save(new, old, now) for new, old in changes]

    def changed_roster(self, _file: str, _known: str) -> None:
        """Read no roster: only the deployed sweep does."""

    def kept_roster(self, _file: str) -> None:
        """Return no roster: the policy has the people of the kept ones."""

    def keep_roster(self, _file: str, _roster: KeptRoster) -> None:
        """Keep nothing."""

    def event_context(self, event: ResourceEvent) -> EventContext:
        """Return the context of an event."""
        context = self.deployed.events.event_context(event) if self.deployed else EventContext()
        case = self.cases.get(event.ref.key) or context.case
        return replace(context, case=case, creator=self.made.get(event.ref.key, context.creator))

    def who_created(self, refs: Sequence[ResourceRef]) -> Mapping[str, Creator]:
        """Return who made resources: by the events, or as the ledger knows."""
        known = self.deployed.creators.who_created(refs) if self.deployed else {}
        made = {ref.key: self.made[ref.key] for ref in refs if ref.key in self.made}
        return {**known, **made}

    def record_creator(self, ref: ResourceRef, login: str, now: datetime) -> None:
        """Keep who made a resource."""
        self.made[ref.key] = Creator(login, now)

    def find(self, delivery: Delivery) -> Delivery | None:
        """Return a delivery: every notice of this run is heard at once."""
        if any(notice.id == delivery.notice for notice in self.published):
            return replace(delivery, status=DeliveryStatus.SENT, sent=delivery.at)
        return self.deployed.deliveries.find(delivery) if self.deployed else None

    def find_each(self, rows: Iterable[Delivery]) -> Mapping[Delivery, Delivery | None]:
        """Return several."""
        return {row: self.find(row) for row in rows}

    def recent(self, to: str, since: datetime) -> Sequence[Delivery]:
        """Return the deployed guard's deliveries."""
        return self.deployed.deliveries.recent(to, since) if self.deployed else ()

    def acquire_stop_slot(
        self, _ref: ResourceRef, _since: datetime, _most: int, _account: str = ""
    ) -> bool:
        """Grant every stop a slot."""
        return True

    def record(self, *_action: object) -> None:
        """Write nothing into the audit."""

    def record_each(self, _actions: object, _now: datetime) -> None:
        """Write nothing either."""

    def last_time(self, marker: str) -> datetime | None:
        """Return the time of a marker."""
        return self.deployed.marks.last_time(marker) if self.deployed else None

    def last_times(self, _words: Collection[str]) -> Mapping[str, datetime]:
        """Remember nothing: every kind is listed."""
        return {}

    def mark_time(self, _marker: str, _now: datetime) -> None:
        """Write nothing."""

    def mark_times(self, _markers: Collection[str], _now: datetime) -> None:
        """Write nothing either."""

    def take_in_hand(self, _word: str, _now: datetime, _until: datetime) -> None:
        """Send nothing."""

    def unwatched(self) -> tuple[tuple[Unwatched, ...], Mapping[str, str]]:
        """Look at nothing: a command that tells of it asks AWS itself."""
        return (), {}

    def last_unwatched(self, _place: str = "") -> None:
        """Remember nothing."""

    def keep_unwatched(self, _seen: UnwatchedList, _place: str = "") -> None:
        """Keep nothing."""

    def begin(self, _now: datetime) -> None:
        """Write nothing."""

    def oldest_untaken(self, _now: datetime) -> datetime | None:
        """Return none: notices are not published."""
        return None

    def confirmed_subscriptions(self) -> int:
        """Return zero: nothing is written to the topic."""
        return 0

    def publish(self, _text: str) -> None:
        """Drop a text for the admins."""

    def publish_each(self, notices: Sequence[Notice]) -> Mapping[str, Exception]:
        """Keep notices."""
        self.notices += notices
        self.published += notices
        return {}

    def enqueue(self, refs: Sequence[ResourceRef], _now: datetime) -> None:
        """Keep the resources that would be stopped."""
        self.stops.extend(refs)


@dataclass(frozen=True, slots=True)
class RecordedInventory:
    """Implements the inventory, activity and use ports from recorded events."""

    recorded: EventInventory

    def describe(self, ref: ResourceRef) -> Resource | None:
        """Describe a resource from its events."""
        return self.recorded.describe(ref)

    def running(
        self, _now: datetime, _skip: Collection[str] = ()
    ) -> tuple[tuple[Resource, ...], tuple[Exception, ...]]:
        """List the resources of the events."""
        return tuple(self.recorded.fleet()), ()

    def tags(self, arn: str) -> Mapping[str, str]:
        """Return the tags in the events."""
        return self.recorded.tags(arn)

    def check_deletion(self, _resource: Resource, now: datetime) -> DeletionCheck:
        """Find nothing: events do not tell what would hinder a deletion."""
        return DeletionCheck(now)

    def with_volumes(self, _place: str) -> Iterable[ResourceRef]:
        """Return none: events carry no volumes."""
        return ()

    def observe(
        self,
        _notebooks: Sequence[Resource],
        _now: datetime,
        _next: NextCheck | None,
        _look_back: LookBack,
    ) -> ObservedActivity:
        """Return none: events carry no activity."""
        return ObservedActivity()

    def remember(
        self,
        _notebooks: Mapping[str, Resource],
        _works: Mapping[str, WorkMemory],
        _now: datetime,
    ) -> tuple[Exception, ...]:
        """Keep nothing."""
        return ()

    def measure(
        self, _resources: Sequence[Resource], _since: datetime, _now: datetime
    ) -> tuple[Mapping[str, MeasuredUse], tuple[Exception, ...]]:
        """Return none: events carry no metrics."""
        return {}, ()


@dataclass(frozen=True, slots=True)
class NoUsage:
    """A usage store without usage, with prices."""

    table: Prices

    def known(self, _ref: ResourceRef) -> Iterable[Usage]:
        """Return no usage."""
        return ()

    def open(self) -> Iterable[Usage]:
        """Return no usage."""
        return ()

    def save(self, _changes: Iterable[UsageChange], _now: datetime) -> None:
        """Write nothing."""

    def slices(self, _since: datetime, _until: datetime) -> Iterable[UsageSlice]:
        """Return no usage."""
        return ()

    def prices(self, _now: datetime) -> Prices:
        """Return the prices."""
        return self.table

    def spend(self) -> SpendToDate | None:
        """Return no spend."""
        return None

    def keep_spend(self, _spend: SpendToDate) -> None:
        """Write nothing."""


@dataclass(frozen=True, slots=True)
class UsageReader(NoUsage):
    """The deployed guard's usage store, read only; `listed` prices go before its own."""

    deployed: UsageStore
    listed: Prices | None = None

    def known(self, ref: ResourceRef) -> Iterable[Usage]:
        """Read the open usage of one resource."""
        return self.deployed.known(ref)

    def open(self) -> Iterable[Usage]:
        """Read all open usage."""
        return self.deployed.open()

    def slices(self, since: datetime, until: datetime) -> Iterable[UsageSlice]:
        """Read all usage in a period."""
        return self.deployed.slices(since, until)

    def prices(self, now: datetime) -> Prices:
        """Read the prices."""
        return self.listed or self.deployed.prices(now)

    def spend(self) -> SpendToDate | None:
        """Read the month-to-date spend."""
        return self.deployed.spend()


_EVER = timedelta(days=3650)
"""No silence of the guard: an event is replayed as if the guard had swept until then."""


def by_events(
    policy: Policy, prices: Prices, inventory: EventInventory, state: DryRunState
) -> WatchPorts:
    """Return ports that know only the events; nobody was warned before the first one."""
    recorded = RecordedInventory(inventory)
    ports = without_ledger(policy, prices, state, recorded, (recorded, recorded))
    return WatchPorts(**fields_of(ports), texts=state, events=state, stop_requests=state)


def without_ledger(
    policy: Policy,
    prices: Prices,
    state: DryRunState,
    inventory: Inventory,
    observers: tuple[ActivityObserver, UseMeter],
    place: tuple[str, str] = NOWHERE,
) -> GuardPorts:
    """Return the ports of a guard that is not deployed: nobody was warned, nothing was spent."""
    return GuardPorts(
        policy=policy,
        place=place,
        sweep_interval=_EVER,
        inventory=inventory,
        activity=observers[0],
        use=observers[1],
        cases=state,
        audit=state,
        marks=state,
        creators=state,
        usage=NoUsage(prices),
        deliveries=state,
        notices=state,
        count=discard,
        log=discard,
        run_concurrently=_run_sequentially,
    )


def fields_of(ports: GuardPorts) -> dict[str, Any]:
    """Return the ports that every function has, by name."""
    return {name: getattr(ports, name) for name in GuardPorts.__struct_fields__}


def by_account(deployed: WatchPorts, state: DryRunState) -> WatchPorts:
    """Return ports that read the account and the deployed guard's ledger, and write nothing."""
    state.deployed = deployed
    return replace(
        deployed,
        sweep_interval=_EVER,
        cases=state,
        audit=state,
        marks=state,
        creators=state,
        usage=UsageReader(Prices(), deployed.usage),
        deliveries=state,
        notices=state,
        texts=state,
        count=discard,
        log=discard,
        run_concurrently=_run_sequentially,
        events=state,
        stop_requests=state,
    )


def dry_run(
    ports: WatchPorts,
    state: DryRunState,
    inventory: EventInventory | None,
    events: Iterable[Mapping[str, Any]],
) -> list[Decision]:
    """Run `watch` on the events in the order of their times."""
    return [_decide(ports, state, inventory, event) for event in sorted(events, key=_time)]


def _decide(
    ports: WatchPorts,
    state: DryRunState,
    inventory: EventInventory | None,
    event: Mapping[str, Any],
) -> Decision:
    state.notices.clear()
    state.stops.clear()
    try:
        if inventory:
            inventory.record(event)
        outcome = watch(ports, event, now=_moment(event))
    except EventInvalid as exc:
        return Decision(event=event, outcome="unreadable", problems=exc.problems)
    except _ODD as exc:
        why = f"it cannot be evaluated: {type(exc).__name__}: {single_line(str(exc), 200)}"
        return Decision(event=event, outcome="unreadable", problems=(why,))
    return Decision(
        event=event, outcome=outcome, notices=tuple(state.notices), stops=tuple(state.stops)
    )


def _moment(event: Mapping[str, Any]) -> datetime:
    """Read the moment of an event: it is replayed as if it were now."""
    try:
        return parse_time(event.get("time"))
    except ValueError:
        return datetime.now(UTC)  # the event is refused for it anyway


def _time(event: Mapping[str, Any]) -> str:
    return str(event.get("time", ""))


def discard(*_: object, **__: object) -> None:
    """Count and log nothing."""


def _run_sequentially(tasks: Iterable[Task]) -> list[Exception]:
    """Run the tasks one after the other; the first error is raised."""
    for task in tasks:
        task()
    return []
