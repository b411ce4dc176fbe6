"""The resources of an account, changed under one lock, with an event for each change."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from local.clock import Clock
from local.sagemaker.errors import AwsError
from local.sagemaker.event_delivery import Event, EventDelivery
from local.sagemaker.events import state_change
from local.sagemaker.kinds import JOBS, Kind
from local.sagemaker.other_kinds import EVERY_KIND
from local.sagemaker.resource import Place, Resource
from local.sagemaker.timings import ScriptedJob, Timings
from local.sagemaker.transitions import is_legal

type Step = Callable[["Store", Resource], None]
type Operation = Callable[["Store", dict[str, Any]], dict[str, Any]]
type Reaction = Callable[["Store", Resource, str | None], None]


class Store:
    """The resources of one account in one region.

    `reactions` see every change, with the status before it: a tuner that launches the next job,
    a job that runs its course.
    """

    def __init__(self, place: Place, clock: Clock, pace: Timings, delivery: EventDelivery) -> None:
        self.place = place
        self.pace = pace
        self.reactions: tuple[Reaction, ...] = ()
        self.scripted_jobs: list[ScriptedJob] = []
        self.exhausted: frozenset[str] = frozenset()
        self.standing: dict[str, dict[str, dict[str, Any]]] = {}  # by the SDK's word, then by name
        self.lifecycles: dict[str, dict[str, Any]] = {}
        self.models: dict[str, dict[str, Any]] = {}  # by ARN
        self.presign: Callable[[str, int], str | None] = lambda _name, _seconds: None
        self._clock = clock
        self._delivery = delivery
        self._lock = threading.Lock()
        self._outbox: list[Event] = []
        self._resources: dict[str, dict[str, Resource]] = {kind.name: {} for kind in EVERY_KIND}
        self._stuck: dict[str, list[tuple[Resource, int, Step]]] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock; after releasing it, publish the events of the changes."""
        with self._lock:
            yield
            batch, self._outbox = self._outbox, []
        for event in batch:
            self._delivery.publish(event)

    def now(self) -> datetime:
        """Return the current time."""
        return self._clock.now()

    def all(self, kind: Kind) -> list[Resource]:
        """Return every resource of a kind."""
        return list(self._resources[kind.name].values())

    def find(self, kind: Kind, name: str, *, to_stop: bool = False) -> Resource:
        """Look up by exact name, as AWS does; raise the kind's own error when there is none."""
        found = self._resources[kind.name].get(name.lower())
        if found is None or found.name != name:
            code, text = (to_stop and kind.missing_to_stop) or kind.missing
            arn = self.place.arn(kind, name)
            raise AwsError(code, text.format(name=name, arn=arn, words=kind.words))
        return found

    def find_any_case(self, kind: Kind, name: str) -> Resource | None:
        """Look up by name without regard to case: two that differ only in case share an ARN."""
        return self._resources[kind.name].get(name.lower())

    def by_arn(self, arn: str) -> Resource:
        """Look up by ARN, without regard to case."""
        sort, _, name = arn.split(":", 5)[5].partition("/")
        kind = next((kind for kind in EVERY_KIND if kind.name == sort), None)
        found = self.find_any_case(kind, name) if kind else None
        if found is None or found.arn != arn.lower():
            code, text = kind.missing if kind else JOBS[0].missing
            words = kind.words if kind else ""
            raise AwsError(code, text.format(name=name, arn=arn, words=words))
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
        """Add a new resource and publish its event."""
        arn = self.place.arn(kind, name)
        named = {kind.arn_field: arn, kind.status_field: None}
        named |= {} if kind.parts else {kind.name_field: name}
        resource = Resource(kind, name, arn, {**fields, **named, "CreationTime": self.now()}, tags)
        self._resources[kind.name][name.lower()] = resource
        self.change(resource, status)
        return resource

    def change(self, resource: Resource, status: str, **fields: Any) -> None:
        """Change the status of a resource, if that is legal, and publish the event."""
        before = resource.fields[resource.kind.status_field]
        if not is_legal(resource.kind.transitions, before, status):
            raise RuntimeError(f"{resource.arn}: {before} -> {status} is not a legal move")
        changed = {resource.kind.status_field: status, "LastModifiedTime": self.now()}
        resource.fields |= changed | fields
        if status == "Deleted" and not resource.kind.parts:
            self.forget(resource)
        if resource.kind.detail_type:
            self.publish(state_change(self.place, resource, self.now()))
        for reaction in self.reactions:
            reaction(self, resource, before)

    def forget(self, resource: Resource) -> None:
        """Leave out what was deleted, unless another has its name by now."""
        of_kind = self._resources[resource.kind.name]
        if of_kind.get(resource.name.lower()) is resource:
            del of_kind[resource.name.lower()]

    def publish(self, event: Event) -> None:
        """Publish an event after this transaction."""
        self._outbox.append(event)

    def schedule(self, resource: Resource, delta: timedelta, step: Step) -> None:
        """Schedule a step, unless the resource changes course before it is due."""
        generation = resource.generation

        def run_step() -> None:
            with self.transaction():
                if resource.name in self._stuck:
                    self._stuck[resource.name].append((resource, generation, step))
                elif resource.generation == generation:
                    step(self, resource)

        self._clock.call_in(delta, run_step)

    def stick(self, name: str) -> None:
        """Keep a resource in its status until it is released."""
        with self._lock:
            self._stuck.setdefault(name, [])

    def release(self, name: str) -> None:
        """Let a stuck resource take the steps it has missed."""
        with self.transaction():
            for resource, generation, step in self._stuck.pop(name, []):
                if resource.generation == generation:
                    step(self, resource)

    def scripted_job(self, name: str) -> ScriptedJob | None:
        """Return the scripted job for a name; the latest script wins."""
        return next((s for s in reversed(self.scripted_jobs) if name.startswith(s.prefix)), None)
