"""The guard itself with nothing to write to: it decides and remembers, and nobody is told."""

from collections.abc import Iterable, Mapping, Sequence
from copy import replace
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from costguard.app.event_context import EventContext
from costguard.app.ports import NextCheck, ObservedActivity, UsageStore, WatchPorts
from costguard.app.watch import watch
from costguard.common.concurrency import Task
from costguard.common.errors import EventInvalid
from costguard.costs.budgets import SpendToDate
from costguard.costs.prices import Prices
from costguard.costs.spend import UsageSlice
from costguard.costs.usage import Usage
from costguard.enforcement.case import Case
from costguard.notifications.notice import Notice
from costguard.policy.model import Policy
from costguard.resources.events import ResourceEvent
from costguard.resources.model import Resource, ResourceRef
from costguard_cli.analysis.event_inventory import EventInventory


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one event would have led to."""

    event: Mapping[str, Any]
    outcome: str  # watch's own word
    notices: tuple[Notice, ...] = ()
    stops: tuple[ResourceRef, ...] = ()  # that would go to the stop queue
    problems: tuple[str, ...] = ()


@dataclass(slots=True)
class DryRunState:
    """What the guard would write, say and enqueue stays here; where it knows more, it asks.

    It is every port that would write: it keeps what `replay` shows, and drops the rest.
    """

    cases: dict[str, Case] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    stops: list[ResourceRef] = field(default_factory=list)
    deployed: WatchPorts | None = None  # the guard whose memory is read

    def get(self, ref: ResourceRef) -> Case | None:
        """Read a case: the one that was written here, or the deployed guard's."""
        known = self.cases.get(ref.key)
        return known or (self.deployed.cases.get(ref) if self.deployed else None)

    def all(self) -> Iterable[Case]:
        """Read every case."""
        return self.deployed.cases.all() if self.deployed else self.cases.values()

    def save(self, new: Case, old: Case | None, _now: datetime) -> bool:
        """Remember a case; nobody else writes here."""
        self.cases[new.ref.key] = replace(new, version=(old.version if old else 0) + 1)
        return True

    def event_context(self, event: ResourceEvent) -> EventContext:
        """Read what an event needs to know."""
        known = self.deployed.events.event_context(event) if self.deployed else EventContext()
        return replace(known, case=self.cases.get(event.ref.key) or known.case)

    def record_creator(self, _ref: ResourceRef, _login: str, _now: datetime) -> None:
        """Write nothing."""

    def acquire_stop_slot(self, _ref: ResourceRef, _since: datetime, _most: int) -> bool:
        """Give every stop its place."""
        return True

    def record(self, *_action: object) -> None:
        """Write nothing into the audit."""

    def last_time(self, word: str) -> datetime | None:
        """Answer when something was last done."""
        return self.deployed.marks.last_time(word) if self.deployed else None

    def mark_time(self, _word: str, _now: datetime) -> None:
        """Write nothing."""

    def publish(self, notice: Notice) -> None:
        """Keep a notice."""
        self.notices.append(notice)

    def enqueue(self, refs: Sequence[ResourceRef], _now: datetime) -> None:
        """Keep what would be stopped."""
        self.stops.extend(refs)


@dataclass(frozen=True, slots=True)
class ToldInventory:
    """What events tell of an account."""

    told: EventInventory

    def describe(self, ref: ResourceRef) -> Resource | None:
        """Describe a resource as the events did."""
        return self.told.describe(ref)

    def running(self, _now: datetime) -> tuple[tuple[Resource, ...], tuple[Exception, ...]]:
        """List what runs as far as they tell."""
        return tuple(self.told.fleet()), ()

    def tags(self, arn: str) -> Mapping[str, str]:
        """Give the tags that they named."""
        return self.told.tags(arn)

    def with_volumes(self) -> Iterable[ResourceRef]:
        """Name none: no event tells of a volume."""
        return ()

    def observe(
        self, _notebooks: Sequence[Resource], _now: datetime, _next: NextCheck | None
    ) -> ObservedActivity:
        """See nothing: no event tells what a notebook does."""
        return ObservedActivity()


@dataclass(frozen=True, slots=True)
class NoUsage:
    """A meter that has measured nothing, and knows prices."""

    table: Prices

    def known(self, _ref: ResourceRef) -> Iterable[Usage]:
        """Know of no usage."""
        return ()

    def open(self) -> Iterable[Usage]:
        """Know of no usage."""
        return ()

    def save(self, _new: Usage, _old: Usage | None, _now: datetime) -> None:
        """Write nothing."""

    def slices(self, _since: datetime, _until: datetime) -> Iterable[UsageSlice]:
        """Know of no usage."""
        return ()

    def prices(self, _now: datetime) -> Prices:
        """Give the prices."""
        return self.table

    def spend(self) -> SpendToDate | None:
        """Know of nothing spent."""
        return None

    def keep_spend(self, _spend: SpendToDate) -> None:
        """Write nothing."""


@dataclass(frozen=True, slots=True)
class UsageReader(NoUsage):
    """The deployed guard's meter, which is only read."""

    deployed: UsageStore

    def known(self, ref: ResourceRef) -> Iterable[Usage]:
        """Read what is open of one resource."""
        return self.deployed.known(ref)

    def open(self) -> Iterable[Usage]:
        """Read what is open."""
        return self.deployed.open()

    def slices(self, since: datetime, until: datetime) -> Iterable[UsageSlice]:
        """Read all usage in a period."""
        return self.deployed.slices(since, until)

    def prices(self, now: datetime) -> Prices:
        """Read the prices."""
        return self.deployed.prices(now)

    def spend(self) -> SpendToDate | None:
        """Read what was spent."""
        return self.deployed.spend()


def by_events(
    policy: Policy, prices: Prices, told: EventInventory, state: DryRunState
) -> WatchPorts:
    """Let the guard know only what the events tell; nobody was warned before the first."""
    inventory = ToldInventory(told)
    return WatchPorts(
        policy=policy,
        place=("", ""),
        inventory=inventory,
        activity=inventory,
        cases=state,
        audit=state,
        marks=state,
        usage=NoUsage(prices),
        notices=state,
        count=_drop,
        log=_drop,
        run_concurrently=_in_turn,
        events=state,
        stop_requests=state,
    )


def by_account(deployed: WatchPorts, state: DryRunState) -> WatchPorts:
    """Let the deployed guard look and remember as it does, and change nothing."""
    state.deployed = deployed
    return replace(
        deployed,
        cases=state,
        audit=state,
        marks=state,
        usage=UsageReader(Prices(), deployed.usage),
        notices=state,
        count=_drop,
        log=_drop,
        run_concurrently=_in_turn,
        events=state,
        stop_requests=state,
    )


def dry_run(
    ports: WatchPorts,
    state: DryRunState,
    told: EventInventory | None,
    events: Iterable[Mapping[str, Any]],
) -> list[Decision]:
    """Let the guard watch the events in the order of their times."""
    return [_decide(ports, state, told, event) for event in sorted(events, key=_time)]


def _decide(
    ports: WatchPorts, state: DryRunState, told: EventInventory | None, event: Mapping[str, Any]
) -> Decision:
    state.notices.clear()
    state.stops.clear()
    try:
        if told:
            told.record(event)
        outcome = watch(ports, event)
    except EventInvalid as exc:
        return Decision(event=event, outcome="unreadable", problems=exc.problems)
    return Decision(
        event=event, outcome=outcome, notices=tuple(state.notices), stops=tuple(state.stops)
    )


def _time(event: Mapping[str, Any]) -> str:
    return str(event.get("time", ""))


def _drop(*_: object, **__: object) -> None:
    """Count and log nothing."""


def _in_turn(tasks: Iterable[Task]) -> list[Exception]:
    """Do everything in turn; what goes wrong is raised at once."""
    for task in tasks:
        task()
    return []
