"""The guard itself, with its hands tied: it decides and remembers, and nobody hears. Pure."""

from collections.abc import Iterable, Mapping
from copy import replace
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec.structs import fields

from costguard.app.event_context import EventContext
from costguard.app.metering import Meter
from costguard.app.ports import ObservedActivity, Ports
from costguard.app.watch import watch
from costguard.common.errors import EventInvalid
from costguard.costs.prices import Prices
from costguard.enforcement.case import Case
from costguard.notifications.notice import Notice
from costguard.policy.model import Policy
from costguard.resources.events import ResourceEvent
from costguard.resources.model import ResourceRef
from costguard_cli.analysis.event_inventory import EventInventory


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one event would have led to."""

    event: Mapping[str, Any]
    outcome: str  # watch's own word
    notices: tuple[Notice, ...] = ()
    stops: tuple[ResourceRef, ...] = ()  # handed over to enforce
    problems: tuple[str, ...] = ()


@dataclass(slots=True)
class DryRunState:
    """Where the guard rehearses: what it would write, say and hand over stays here."""

    cases: dict[str, Case] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    stops: list[ResourceRef] = field(default_factory=list)

    def save(self, new: Case, old: Case | None, _now: datetime) -> bool:
        """Remember a case; nobody else writes here."""
        self.cases[new.ref.key] = replace(new, version=(old.version if old else 0) + 1)
        return True


def by_events(policy: Policy, prices: Prices, told: EventInventory, stage: DryRunState) -> Ports:
    """Let the guard know only what the events tell; nobody was warned before the first."""
    knows: dict[str, Any] = {
        "policy": policy,
        "place": ("", ""),
        "describe": told.describe,
        "running": lambda _now: (tuple(told.fleet()), ()),
        "tags": told.tags,
        "observe_activity": lambda *_: ObservedActivity(),
        "event_context": lambda seen: EventContext(case=stage.cases.get(seen.ref.key)),
        "case": lambda ref: stage.cases.get(ref.key),
        "cases": stage.cases.values,
        "last_time": lambda _word: None,
        "meter": blank_meter(prices),
    }
    return Ports(**_tied(stage) | knows)


def blank_meter(prices: Prices) -> Meter:
    """Make a meter that has measured nothing, and knows prices."""

    def nothing(*_: object) -> tuple[()]:
        return ()

    return Meter(
        known=nothing,
        open=nothing,
        save=_agreed,
        slices=nothing,
        with_volumes=nothing,
        prices=lambda _now: prices,
        spend=lambda: None,
        keep_spend=_agreed,
    )


def by_account(deployed: Ports, stage: DryRunState) -> Ports:
    """Let the deployed guard look and remember as it does, and change nothing."""

    def remembered(seen: ResourceEvent) -> EventContext:
        known = deployed.event_context(seen)
        return replace(known, case=stage.cases.get(seen.ref.key) or known.case)

    knows: dict[str, Any] = {
        "policy": deployed.policy,
        "place": deployed.place,
        "describe": deployed.describe,
        "running": deployed.running,
        "tags": deployed.tags,
        "observe_activity": deployed.observe_activity,
        "event_context": remembered,
        "case": lambda ref: stage.cases.get(ref.key) or deployed.case(ref),
        "cases": deployed.cases,
        "last_time": deployed.last_time,
        "meter": replace(deployed.meter, save=_agreed, keep_spend=_agreed),
    }
    return Ports(**_tied(stage) | knows)


def _tied(stage: DryRunState) -> dict[str, Any]:
    """Tie every port that is not known to only read: it says yes, and nothing happens."""
    return {
        **{port.name: _agreed for port in fields(Ports)},
        "save": stage.save,
        "publish_notice": stage.notices.append,
        "enqueue_stops": lambda refs, _now: stage.stops.extend(refs),
        "stop": _refused,
    }


def dry_run(
    ports: Ports,
    stage: DryRunState,
    told: EventInventory | None,
    events: Iterable[Mapping[str, Any]],
) -> list[Decision]:
    """Let the guard watch the events in the order of their times."""
    return [_decide(ports, stage, told, event) for event in sorted(events, key=_time)]


def _decide(
    ports: Ports, stage: DryRunState, told: EventInventory | None, event: Mapping[str, Any]
) -> Decision:
    stage.notices.clear()
    stage.stops.clear()
    try:
        if told:
            told.record(event)
        outcome = watch(ports, event)
    except EventInvalid as exc:
        return Decision(event=event, outcome="unreadable", problems=exc.problems)
    return Decision(
        event=event, outcome=outcome, notices=tuple(stage.notices), stops=tuple(stage.stops)
    )


def _time(event: Mapping[str, Any]) -> str:
    return str(event.get("time", ""))


def _agreed(*_: object, **__: object) -> Any:
    """Say yes, and do nothing."""
    return True


def _refused(*_: object) -> str:
    raise AssertionError("a rehearsal stops nothing")
