"""A shared account without AWS: plain dictionaries and lists behind the ports."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from costguard.app.enforce import enforce
from costguard.app.event_context import SWEPT, Creator, EventContext
from costguard.app.metering import Meter
from costguard.app.ports import NextCheck, ObservedActivity, Ports
from costguard.app.sweep import sweep
from costguard.app.watch import watch
from costguard.common.codec import decode, encode
from costguard.costs.budgets import SpendToDate
from costguard.costs.prices import bundled_prices
from costguard.costs.spend import UsageSlice
from costguard.costs.usage import Usage
from costguard.enforcement.case import Case, decode_case, encode_case
from costguard.notifications.notice import Notice
from costguard.policy.model import Policy
from costguard.resources.activity import Activity
from costguard.resources.events import ResourceEvent
from costguard.resources.kinds.notebook_instance import KIND as NOTEBOOK
from costguard.resources.model import Resource, ResourceRef, ResourceStatus
from costguard.resources.registry import KINDS
from tests.factories import LogLines, one_by_one, published

_SHOWN = {
    ResourceStatus.STARTING: "Pending",
    ResourceStatus.STOPPING: "Stopping",
    ResourceStatus.STOPPED: "Stopped",
}


class Refused(Exception):
    """AWS said no."""


class Account:
    """Resources that run, a ledger that remembers, and everything that was said and done."""

    def __init__(self, policy: Policy, *resources: Resource) -> None:
        self.policy = policy
        self.resources = {r.ref.key: r for r in resources}
        self.indexed: dict[str, Mapping[str, str]] = {}  # the tagging API, where it lags behind
        self.ledger: dict[str, Case] = {}
        self.notes: dict[str, datetime] = {}
        self.creators: dict[str, Creator] = {}  # from CloudTrail's Create calls
        self.created: list[str] = []  # logins, one for each time that one was written
        self.told: list[SimpleNamespace] = []  # as subscribers read it
        self.summaries: list[str] = []
        self.audited: list[tuple[str, str]] = []
        self.queue: list[tuple[Sequence[ResourceRef], datetime]] = []
        self.stopped: list[str] = []  # names, one for each Stop call
        self.tags_asked: list[str] = []  # names, one for each ListTags call
        self.counted: list[Mapping[str, int]] = []
        self.log = LogLines()
        self.unreadable: dict[str, Exception] = {}  # by name: what Describe answers instead
        self.activity: dict[str, Activity] = {}  # by name; without one, nothing is known of it
        self.ended: list[tuple[Resource, datetime]] = []
        self.deaf: tuple[Exception, ...] = ()  # what a look at activity could not read
        self.asked: list[str] = []  # names, one for each look at a notebook's activity
        self.blind: tuple[Exception, ...] = ()  # what a look at everything could not read
        self.places: dict[datetime, set[str]] = {}  # what events stopped since a sweep
        self.unwritable: set[str] = set()  # words that the audit refuses
        self.dumb = False  # SNS refuses
        self.stop_answers: list[str | Exception] = []  # before it does as it is told again
        self.forgets = False  # cases expire while something is told or stopped
        self.rival: Callable[[], object] | None = None  # somebody who writes just before us
        self.usage: dict[str, Usage] = {}
        self.prices = bundled_prices()
        self.standing: SpendToDate | None = None
        self.looked_at: list[str] = []  # one by one
        self.looked_around = 0
        self._heard = 0

    def event(self, name: str, when: datetime, **changes: Any) -> str:
        """Deliver the state change of one resource as it is now, with changes of the envelope."""
        return self.deliver(self.written(name, when) | changes)

    def deliver(self, event: Mapping[str, Any]) -> str:
        """Deliver an event as it was written."""
        return watch(self.ports, event)

    def watch(self, event: Mapping[str, Any]) -> str:
        """Deliver an event as it is."""
        return watch(self.ports, event)

    def written(self, name: str, when: datetime) -> dict[str, Any]:
        """Write the event that SageMaker would send of one resource."""
        resource = self.named(name)
        kind = KINDS[resource.kind]
        return {
            "id": str(uuid5(NAMESPACE_URL, f"{name}{when}")),
            "detail-type": kind.events.detail_type,
            "source": "aws.sagemaker",
            "time": when.isoformat(),
            "resources": [resource.arn],
            "detail": {
                **kind.identity.addresses(resource.name)[0],
                kind.translation.arn: resource.arn,
                kind.translation.status: _SHOWN.get(resource.status, kind.lifecycle.running[0]),
                "Tags": dict(resource.tags or {}),
            },
        }

    def sweep(self, when: datetime) -> Mapping[str, int]:
        """Let the clock strike."""
        return sweep(self.ports, now=when)

    def enforce(self, when: datetime | None = None) -> list[str]:
        """Take every message off the stop queue."""
        waiting, self.queue = self.queue, []
        outcomes = [enforce(self.ports, refs, now=when or time) for refs, time in waiting]
        return [word for each in outcomes for word in each.values()]

    @property
    def handed_over(self) -> list[str]:
        """Name what waits in the stop queue."""
        return [ref.name for refs, _ in self.queue for ref in refs]

    def run(self, when: datetime) -> None:
        """Sweep, stop what is due, and let AWS finish; each ends with its event."""
        self.sweep(when)
        self.enforce()
        self.settle(when)

    def settle(self, when: datetime) -> None:
        """Let what is stopping come to its end."""
        for resource in list(self.resources.values()):
            if resource.status is ResourceStatus.STOPPING:
                self.change(resource.name, status=ResourceStatus.STOPPED)
                self.event(resource.name, when)

    def change(self, name: str, **changes: Any) -> None:
        """Change a resource, as its user or AWS would."""
        resource = replace(self.named(name), **changes)
        self.resources[resource.ref.key] = resource

    def start(self, name: str, when: datetime) -> None:
        """Start a notebook again."""
        self.change(name, status=ResourceStatus.RUNNING, started=when)

    def delete(self, name: str) -> None:
        """Delete a resource."""
        del self.resources[self.named(name).ref.key]

    def named(self, name: str) -> Resource:
        """Find a resource."""
        return next(r for r in self.resources.values() if r.name == name)

    def case(self, name: str) -> Case:
        """Find what the ledger remembers of a resource."""
        return next(case for case in self.ledger.values() if case.name == name)

    def heard(self) -> list[tuple[str, str]]:
        """List what was told since the last time: stage and name."""
        fresh, self._heard = self.told[self._heard :], len(self.told)
        return [(notice.stage, notice.resource["name"]) for notice in fresh]

    @property
    def ports(self) -> Ports:
        """The world, as functions."""
        return Ports(
            policy=self.policy,
            place=("123456789012", "us-east-2"),
            meter=self.meter,
            describe=self._look,
            running=self._running,
            tags=self._tags,
            observe_activity=self._activity,
            event_context=self._remembered,
            case=lambda ref: self.ledger.get(ref.key),
            cases=lambda: list(self.ledger.values()),
            save=self._save,
            audit=lambda what, resource, _now, _why: self._audit(what, resource.name),
            last_time=self.notes.get,
            mark_time=self.notes.__setitem__,
            record_creator=self._created_by,
            publish_notice=self._tell,
            publish_text=self.summaries.append,
            acquire_stop_slot=self._take_place,
            enqueue_stops=lambda refs, now: self.queue.append((refs, now)),
            stop=self._stop,
            count=self.counted.append,
            log=self.log,
            together=one_by_one,
        )

    @property
    def meter(self) -> Meter:
        """What is remembered of money."""
        return Meter(
            known=lambda ref: [u for u in self.usage.values() if u.ref.key == ref.key],
            open=lambda: list(self.usage.values()),
            save=self._save_usage,
            slices=lambda since, until: [UsageSlice(u, since, until) for u in self.usage.values()],
            with_volumes=lambda: [
                r.ref for r in self.resources.values() if r.kind == NOTEBOOK.name
            ],
            prices=lambda _now: self.prices,
            spend=lambda: self.standing,
            keep_spend=lambda standing: setattr(self, "standing", standing),
        )

    def _remembered(self, seen: ResourceEvent) -> EventContext:
        key = seen.ref.key
        creator = self.creators.get(key) if seen.creator else None
        return EventContext(case=self.ledger.get(key), swept=self.notes.get(SWEPT), creator=creator)

    def _created_by(self, ref: ResourceRef, login: str, now: datetime) -> None:
        self.created.append(login)
        self.creators[ref.key] = Creator(login, now)

    def _save_usage(self, new: Usage, old: Usage | None, _now: datetime) -> None:
        if new.end is None and old is None and new.key in self.usage:
            return  # as a conditional write
        self.usage[new.key] = decode(encode(new), Usage)

    def _look(self, ref: ResourceRef) -> Resource | None:
        self.looked_at.append(ref.name)
        if ref.name in self.unreadable:
            raise self.unreadable[ref.name]
        resource = self.resources.get(ref.key)
        return replace(resource, tags=None) if resource and resource.name == ref.name else None

    def _running(self, _now: datetime) -> tuple[tuple[Resource, ...], tuple[Exception, ...]]:
        self.looked_around += 1
        found = (r for r in self.resources.values() if r.status is ResourceStatus.RUNNING)
        indexed = (replace(r, tags=self.indexed.get(r.name, r.tags or {})) for r in found)
        return tuple(indexed), self.blind

    def _activity(
        self, notebooks: Sequence[Resource], now: datetime, _: NextCheck | None
    ) -> ObservedActivity:
        names = [n.name for n in notebooks]
        self.asked += names
        if self.deaf:
            return ObservedActivity(errors=self.deaf)
        seen = {n.ref.key: self.activity.get(n.name, Activity()) for n in notebooks}
        ended = tuple((job, end) for job, end in self.ended if end <= now)
        return ObservedActivity(activity=seen, ended=ended)

    def _tags(self, arn: str) -> Mapping[str, str]:
        resource = next(r for r in self.resources.values() if r.arn == arn)
        self.tags_asked.append(resource.name)
        if resource.name in self.unreadable:
            raise self.unreadable[resource.name]
        return resource.tags or {}

    def _save(self, new: Case, old: Case | None, _now: datetime) -> bool:
        rival, self.rival = self.rival, None
        if rival:
            rival()
        there = self.ledger.get(new.ref.key)
        if (there.version if there else 0) != (old.version if old else 0):
            return False
        written = replace(new, version=(old.version if old else 0) + 1)
        self.ledger[new.ref.key] = decode_case(encode_case(written))
        return True

    def _take_place(self, ref: ResourceRef, since: datetime, most: int) -> bool:
        taken = self.places.setdefault(since, set())
        if len(taken | {ref.key}) > most:
            return False
        taken.add(ref.key)
        return True

    def _audit(self, what: str, name: str) -> None:
        if what in self.unwritable:
            raise Refused("DynamoDB is not there")
        self.audited.append((what, name))

    def _tell(self, notice: Notice) -> None:
        if self.dumb:
            raise Refused("SNS is not there")
        if self.forgets:
            self.ledger.clear()
        self.told.append(published(notice))

    def _stop(self, resource: Resource) -> str:
        self.stopped.append(resource.name)
        answer = self.stop_answers.pop(0) if self.stop_answers else "accepted"
        if self.forgets:
            self.ledger.clear()
        if isinstance(answer, Exception):
            raise answer
        if answer == "accepted":
            self.change(resource.name, status=ResourceStatus.STOPPING)
        return answer


def stages(notices: Iterable[SimpleNamespace]) -> list[str]:
    """List what notices are about."""
    return [notice.stage for notice in notices]
