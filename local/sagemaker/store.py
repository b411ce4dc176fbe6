"""What the account holds, and the one way to change it: under one lock, with an event for each."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from local.clock import Clock
from local.sagemaker.errors import AwsError
from local.sagemaker.event_delivery import Event, EventDelivery
from local.sagemaker.events import state_change
from local.sagemaker.kinds import JOBS, KINDS, Kind
from local.sagemaker.resource import Place, Resource
from local.sagemaker.timings import Script, Timings
from local.sagemaker.transitions import is_legal

type Step = Callable[["Store", Resource], None]
type Operation = Callable[["Store", dict[str, Any]], dict[str, Any]]
type Reaction = Callable[["Store", Resource, str | None], None]


class Store:
    """The resources of one account in one region.

    `reactions` see every change, with the status before it: a tuner that launches the next job,
    a job that runs its course.
    """

    def __init__(self, place: Place, clock: Clock, pace: Timings, courier: EventDelivery) -> None:
        self.place = place
        self.pace = pace
        self.reactions: tuple[Reaction, ...] = ()
        self.scripts: list[Script] = []
        self.lifecycles: dict[str, dict[str, Any]] = {}
        self.presign: Callable[[str, int], str | None] = lambda _name, _seconds: None
        self._clock = clock
        self._courier = courier
        self._lock = threading.Lock()
        self._outbox: list[Event] = []
        self._kept: dict[str, dict[str, Resource]] = {kind.name: {} for kind in KINDS}
        self._stuck: dict[str, list[tuple[Resource, int, Step]]] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock; once it is free again, post the events of what changed."""
        with self._lock:
            yield
            batch, self._outbox = self._outbox, []
        for event in batch:
            self._courier.post(event)

    def now(self) -> datetime:
        """Say the present moment."""
        return self._clock.now()

    def all(self, kind: Kind) -> list[Resource]:
        """Give every resource of a kind."""
        return list(self._kept[kind.name].values())

    def find(self, kind: Kind, name: str, *, to_stop: bool = False) -> Resource:
        """Look up by exact name, as AWS does; raise the kind's own error when there is none."""
        found = self._kept[kind.name].get(name.lower())
        if found is None or found.name != name:
            code, text = (to_stop and kind.missing_to_stop) or kind.missing
            raise AwsError(code, text.format(name=name))
        return found

    def named(self, kind: Kind, name: str) -> Resource | None:
        """Look up by name without regard to case: two that differ only in case share an ARN."""
        return self._kept[kind.name].get(name.lower())

    def by_arn(self, arn: str) -> Resource:
        """Look up by ARN, without regard to case."""
        sort, _, name = arn.split(":", 5)[5].partition("/")
        kind = next((kind for kind in KINDS if kind.name == sort), None)
        found = self.named(kind, name) if kind else None
        if found is None or found.arn != arn.lower():
            code, text = kind.missing if kind else JOBS[0].missing
            raise AwsError(code, text.format(name=name))
        return found

    def add(
        self,
        kind: Kind,
        name: str,
        fields: dict[str, Any],
        *,
        status: str,
        tags: dict[str, str] | None,
    ) -> Resource:
        """Keep a new resource and tell of it."""
        arn = self.place.arn(kind, name)
        named = {kind.name_field: name, kind.arn_field: arn, kind.status_field: None}
        resource = Resource(kind, name, arn, {**fields, **named, "CreationTime": self.now()}, tags)
        self._kept[kind.name][name.lower()] = resource
        self.change(resource, status)
        return resource

    def change(self, resource: Resource, status: str, **fields: Any) -> None:
        """Bring a resource into a status, legal from where it is, and tell of it."""
        before = resource.fields[resource.kind.status_field]
        if not is_legal(resource.kind.moves, before, status):
            raise RuntimeError(f"{resource.arn}: {before} -> {status} is not a legal move")
        changed = {resource.kind.status_field: status, "LastModifiedTime": self.now()}
        resource.fields |= changed | fields
        if status == "Deleted":
            del self._kept[resource.kind.name][resource.name.lower()]
        self.tell(state_change(self.place, resource, self.now()))
        for reaction in self.reactions:
            reaction(self, resource, before)

    def tell(self, event: Event) -> None:
        """Post an event once this transaction is done."""
        self._outbox.append(event)

    def later(self, resource: Resource, delta: timedelta, step: Step) -> None:
        """Take a step after a while, unless the resource has changed course by then."""
        turn = resource.turn

        def due() -> None:
            with self.transaction():
                if resource.name in self._stuck:
                    self._stuck[resource.name].append((resource, turn, step))
                elif resource.turn == turn:
                    step(self, resource)

        self._clock.call_in(delta, due)

    def stick(self, name: str) -> None:
        """Let a resource not move on by itself until it is released."""
        with self._lock:
            self._stuck.setdefault(name, [])

    def release(self, name: str) -> None:
        """Let a stuck resource take the steps it has missed."""
        with self.transaction():
            for resource, turn, step in self._stuck.pop(name, []):
                if resource.turn == turn:
                    step(self, resource)

    def script(self, name: str) -> Script | None:
        """Say what a scenario wants of a job; the latest word counts."""
        return next((s for s in reversed(self.scripts) if name.startswith(s.prefix)), None)
