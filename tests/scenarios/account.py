"""A shared account without AWS: plain dictionaries and lists behind the ports."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from copy import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from costguard.app.activity_ports import NextCheck, ObservedActivity
from costguard.app.door_ports import DoorPorts
from costguard.app.enforce import enforce
from costguard.app.link_door import open_link
from costguard.app.park import park
from costguard.app.ports import (
    EnforcePorts,
    ParkPorts,
    RespondPorts,
    SweepPorts,
    WatchPorts,
)
from costguard.app.public_door import PublicRequest
from costguard.app.respond import respond
from costguard.app.sweep import sweep
from costguard.app.watch import watch
from costguard.common.errors import SpokeUnreadableError, TagsRefusedError
from costguard.enforcement.case import Case
from costguard.enforcement.outcomes import StopOutcome
from costguard.idleness.memory import of_run
from costguard.notifications.delivery import Delivery, DeliveryStatus
from costguard.notifications.notice import DeferredMessage, Notice
from costguard.notifications.recipients import recipients_of
from costguard.ownership.channel import Channel
from costguard.policy.model import Policy
from costguard.resources.activity import Activity, LookBack, WorkMemory
from costguard.resources.deletion import DeletionCheck
from costguard.resources.model import Resource, ResourceRef, ResourceStatus
from costguard.resources.places import account_and_region, within
from costguard.resources.registry import KINDS, is_notebook
from costguard.resources.use import MeasuredUse
from tests.factories import START, LogLines, address_of, published, run_sequentially, sealed
from tests.fakes import (
    InMemoryAudit,
    InMemoryCases,
    InMemoryDeliveries,
    InMemoryExceptions,
    InMemoryLinks,
    InMemoryMarks,
    InMemoryQueue,
    InMemoryRosters,
    InMemoryUnwatched,
    InMemoryUsage,
    InMemoryWork,
    Refused,
)

PLACE = ("123456789012", "us-east-2")  # that of the stack
SWEEP_EVERY = timedelta(days=9999)  # no scenario is silent by accident
_SHOWN = {
    ResourceStatus.STARTING: "Pending",
    ResourceStatus.STOPPING: "Stopping",
    ResourceStatus.STOPPED: "Stopped",
}


def _of(port: str, name: str) -> Any:
    """Read and write what a port keeps, under a name of the account's own."""

    def read(self: "Account") -> Any:
        return getattr(getattr(self, port), name)

    def write(self: "Account", value: Any) -> None:
        setattr(getattr(self, port), name, value)

    return property(read, write)


class Account:
    """Resources, a ledger in memory, and a record of notices, stops and calls."""

    ledger = _of("cases", "rows")
    concurrent_write = _of("cases", "rival")  # a write just before ours
    markers = _of("marks", "times")
    creators = _of("marks", "creators")
    created = _of("marks", "created")
    places = _of("marks", "places")  # what events stopped since a sweep
    audited = _of("audit", "rows")
    unwritable = _of("audit", "unwritable")  # words that the audit refuses
    queue = _of("stop_requests", "messages")
    usage = _of("meter", "rows")
    prices = _of("meter", "table")
    spend = _of("meter", "spent")

    def __init__(self, policy: Policy, *resources: Resource) -> None:
        self.policy = policy
        self.clock = START  # the latest moment that anything was done at
        self.sweep_every = SWEEP_EVERY
        self.deaf = False  # no channel takes anything
        self.deliveries = InMemoryDeliveries()
        self.cases, self.audit, self.meter = InMemoryCases(), InMemoryAudit(), InMemoryUsage()
        self.exceptions = InMemoryExceptions()
        self.links, self.pages = InMemoryLinks(), list[DeferredMessage]()
        self.marks, self.stop_requests = InMemoryMarks(self.cases), InMemoryQueue()
        self.resources = {r.ref.key: r for r in resources}
        self.indexed: dict[str, Mapping[str, str]] = {}  # the tagging API, where it lags behind
        self.notices: list[SimpleNamespace] = []  # as subscribers read it
        self.published: list[Notice] = []  # the same, as they were made
        self.summaries: list[str] = []
        self.stopped: list[str] = []  # names, one for each Stop call
        self.deleted: list[str] = []  # names, one for each Delete call
        self.checked: list[str] = []  # names, one for each look before a deletion
        self.hinders: dict[str, Any] = {}  # by name: what hinders its deletion, or an error
        self.tags_asked: list[str] = []  # names, one for each ListTags call
        self.counted: list[Mapping[str, int]] = []
        self.log = LogLines()
        self.unreadable: dict[str, Exception] = {}  # by name: what Describe answers instead
        self.activity: dict[str, Activity] = {}  # by name; without one, nothing is known of it
        self.uses: dict[str, datetime] = {}  # by name: the last use, as CloudWatch tells it
        self.use_errors: tuple[Exception, ...] = ()  # errors of reading the metrics
        self.measured: list[str] = []  # names, one for each read of something's metrics
        self.ended: list[tuple[Resource, datetime]] = []
        self.work = InMemoryWork()
        self.unwatched = InMemoryUnwatched()
        self.rosters = InMemoryRosters()
        self.memory_errors: tuple[Exception, ...] = ()  # errors of remembering what was seen
        self.activity_errors: tuple[Exception, ...] = ()  # errors of activity polling
        self.observed: list[str] = []  # names, one for each poll of a notebook's activity
        self.inventory_errors: tuple[Exception, ...] = ()  # errors of the inventory
        self.sns_fails = False  # SNS refuses
        self.may_tag = True  # False: IAM refuses
        self.admin_subscriptions = 1  # confirmed, to the admins' topic
        self.untaken: datetime | None = None  # when a notice was made that nobody took
        self.stop_results: list[str | Exception] = []  # results of the next Stop calls
        self.cases_expire = False  # cases expire during a publish or a stop
        self.described: list[str] = []  # one by one
        self.inventory_calls = 0
        self.skipped: frozenset[str] = frozenset()  # kinds that the last one did not list
        self.spokes: tuple[str, ...] = ()  # the places besides home
        self.closed: dict[str, Exception] = {}  # by place: what AWS answers there instead
        self._read = 0

    def event(self, name: str, when: datetime, **changes: Any) -> str:
        """Deliver the state change of one resource as it is now, with changes of the envelope."""
        return self.deliver(self.state_change_event(name, when) | changes)

    def deliver(self, event: Mapping[str, Any]) -> str:
        """Deliver an event as it was written, at its own time or later."""
        with suppress(ValueError):
            self.clock = max(self.clock, datetime.fromisoformat(str(event.get("time"))))
        return watch(self.watch_ports, event, now=self.clock)

    def state_change_event(self, name: str, when: datetime) -> dict[str, Any]:
        """Return the state-change event of a resource."""
        resource = self.named(name)
        kind = KINDS[resource.kind]
        account, region = account_and_region(resource.place, PLACE)
        return {
            "account": account,
            "region": region,
            "id": str(uuid5(NAMESPACE_URL, f"{name}{when}")),
            "detail-type": kind.events.detail_type,
            "source": "aws.sagemaker",
            "time": when.isoformat(),
            "resources": [resource.arn],
            "detail": {
                **address_of(kind.name, resource.name),
                kind.translation.arn: resource.arn,
                kind.translation.status: _SHOWN.get(resource.status, kind.lifecycle.running[0]),
                "Tags": dict(resource.tags or {}),
            },
        }

    def sweep(self, when: datetime) -> Mapping[str, int]:
        """Run `sweep`."""
        self.clock = max(self.clock, when)
        return sweep(self.sweep_ports, now=when)

    def enforce(self, when: datetime | None = None) -> list[str]:
        """Run `enforce` on every message of the stop queue, and `park` on what it deletes."""
        waiting, self.queue = self.queue, []
        self.clock = max(self.clock, when or self.clock)
        outcomes = []
        for refs, _ in waiting:
            stops = [ref for ref in refs if not KINDS[ref.kind].is_deleted]
            deletions = [ref for ref in refs if KINDS[ref.kind].is_deleted]
            if stops:
                outcomes.append(enforce(self.enforce_ports, stops, now=self.clock))
            if deletions:
                outcomes.append(park(self.park_ports, deletions, now=self.clock))
        return [word for each in outcomes for word in each.values()]

    @property
    def queued_stops(self) -> list[str]:
        """Return the names in the stop queue."""
        return [within(ref.place, ref.name) for refs, _ in self.queue for ref in refs]

    def run(self, when: datetime) -> None:
        """Sweep, stop what is due, and let AWS finish; each ends with its event."""
        self.sweep(when)
        self.enforce()
        self.settle(when)

    def settle(self, when: datetime) -> None:
        """Let what is stopping come to its end."""
        for resource in list(self.resources.values()):
            if resource.status is not ResourceStatus.STOPPING:
                continue
            name = within(resource.place, resource.name)
            self.change(name, status=ResourceStatus.STOPPED)
            told = self.state_change_event(name, when)
            if (kind := KINDS[resource.kind]).is_deleted:
                told["detail"][kind.translation.status] = "DELETED"
                self.delete(name)
            self.deliver(told)

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
        """Find a resource; of several of one name, the one at home."""
        ordered = sorted(self.resources.values(), key=lambda each: each.place)
        return next(r for r in ordered if name in {r.name, within(r.place, r.name)})

    def case(self, name: str) -> Case:
        """Return the case of a resource."""
        return next(c for c in self.cases.all() if name in {c.name, within(c.ref.place, c.name)})

    def new_notices(self) -> list[tuple[str, str]]:
        """Return the stage and name of each notice since the last call."""
        unread, self._read = self.notices[self._read :], len(self.notices)
        return [(notice.stage, notice.resource["name"]) for notice in unread]

    @property
    def watch_ports(self) -> WatchPorts:
        """The ports of `watch`."""
        return WatchPorts(
            **self._shared, texts=self._texts, events=self.marks, stop_requests=self.stop_requests
        )

    @property
    def sweep_ports(self) -> SweepPorts:
        """The ports of `sweep`."""
        return SweepPorts(
            **self._shared,
            texts=self._texts,
            receipts=self,
            stop_requests=self.stop_requests,
            unwatched=self.unwatched,
            unwatched_ledger=self.unwatched,
            roster_files=self.rosters,
            rosters=self.rosters,
            enrolled=lambda: self.rosters.enrol(self.policy),
        )

    @property
    def enforce_ports(self) -> EnforcePorts:
        """The ports of `enforce`."""
        return EnforcePorts(**self._shared, stopper=self)

    @property
    def park_ports(self) -> ParkPorts:
        """The ports of `park`."""
        return ParkPorts(**self._shared, deleter=SimpleNamespace(delete=self.delete_now))

    @property
    def respond_ports(self) -> RespondPorts:
        """The ports of `respond`."""
        return RespondPorts(
            place=PLACE,
            spokes=self.spokes,
            policy=self.policy,
            inventory=self,
            cases=self.cases,
            audit=self.audit,
            creators=self.marks,
            exceptions=self.exceptions,
            tagger=self,
            stop_requests=self.stop_requests,
            log=self.log,
        )

    def respond(self, event: Mapping[str, Any], when: datetime) -> tuple[int, str]:
        """Take a request of the function URL, and whatever follows from it; return the answer."""
        self.clock = max(self.clock, when)
        answer = sealed(respond(self.respond_ports, event, now=when))
        self.enforce(when)
        self.settle(when)
        return answer["statusCode"], json.loads(answer["body"])["says"]

    @property
    def door_ports(self) -> DoorPorts:
        """The ports of the public door."""
        mine = {name: getattr(self.respond_ports, name) for name in RespondPorts.__struct_fields__}
        return DoorPorts(
            **mine,
            links=self.links,
            meter=self.meter,
            page_requests=SimpleNamespace(defer=lambda asked, _now: self.pages.append(asked)),
        )

    def visit(self, request: PublicRequest, when: datetime) -> dict[str, Any]:
        """Take a request of the public URL, and whatever follows from it."""
        self.clock = max(self.clock, when)
        answer = sealed(open_link(lambda: self.door_ports, request, now=when))
        self.enforce(when)
        self.settle(when)
        return answer

    def add_tags(self, resource: Resource, tags: Mapping[str, str]) -> None:
        if not self.may_tag:
            raise TagsRefusedError("AccessDeniedException")
        self.change(resource.name, tags={**(self.named(resource.name).tags or {}), **tags})

    @property
    def _texts(self) -> Any:
        return SimpleNamespace(
            publish=self.summaries.append,
            confirmed_subscriptions=lambda: self.admin_subscriptions,
        )

    @property
    def _shared(self) -> dict[str, Any]:
        return {
            "policy": self.rosters.enrol(self.policy),
            "place": PLACE,
            "spokes": self.spokes,
            "sweep_interval": self.sweep_every,
            "inventory": self,
            "activity": self,
            "use": self,
            "cases": self.cases,
            "audit": self.audit,
            "marks": self.marks,
            "creators": self.marks,
            "usage": self.meter,
            "deliveries": self.deliveries,
            "exceptions": self.exceptions,
            "notices": self,
            "count": self.counted.append,
            "log": self.log,
            "run_concurrently": run_sequentially,
        }

    def begin(self, _now: datetime) -> None:
        """Every notice is known here."""

    def oldest_untaken(self, _now: datetime) -> datetime | None:
        return self.untaken

    def describe(self, ref: ResourceRef) -> Resource | None:
        self.described.append(ref.name)
        if ref.name in self.unreadable:
            raise self.unreadable[ref.name]
        if ref.place in self.closed:
            raise self.closed[ref.place]
        resource = self.resources.get(ref.key) if ref.place in ("", *self.spokes) else None
        return replace(resource, tags=None) if resource and resource.name == ref.name else None

    def running(
        self, _now: datetime, skip: Collection[str] = ()
    ) -> tuple[tuple[Resource, ...], tuple[Exception, ...]]:
        self.inventory_calls += 1
        self.skipped = frozenset(skip)
        open_ones = {"", *self.spokes} - self.closed.keys()
        guarded = (r for r in self.resources.values() if r.place in open_ones)
        everything = (r for r in guarded if within(r.place, r.kind) not in skip)
        there = (ResourceStatus.RUNNING, ResourceStatus.UNKNOWN)
        found = (r for r in everything if r.status in there)
        indexed = (replace(r, tags=self.indexed.get(r.name, r.tags or {})) for r in found)
        closed = (SpokeUnreadableError(p, [e]) for p, e in self.closed.items() if p in self.spokes)
        return tuple(indexed), (*self.inventory_errors, *closed)

    def observe(
        self, notebooks: Sequence[Resource], now: datetime, _: NextCheck | None, __: LookBack
    ) -> ObservedActivity:
        names = [n.name for n in notebooks]
        self.observed += names
        if self.activity_errors:
            return ObservedActivity(errors=self.activity_errors)
        seen = {n.ref.key: self._seen(n, now) for n in notebooks}
        ended = tuple((job, end) for job, end in self.ended if end <= now)
        return ObservedActivity(activity=seen, ended=ended)

    def _seen(self, notebook: Resource, now: datetime) -> Activity:
        """Return what is known of a notebook, as seen now and as remembered."""
        known = self.activity.get(notebook.name, Activity())
        work = of_run(self.work.rows.get(notebook.ref.key, WorkMemory()), notebook.started)
        jupyter = known.jupyter and replace(known.jupyter, seen=now)
        return replace(known, jupyter=jupyter, remembered=work)

    def remember(
        self, notebooks: Mapping[str, Resource], works: Mapping[str, WorkMemory], now: datetime
    ) -> tuple[Exception, ...]:
        for key, work in works.items():
            self.work.keep(notebooks[key].ref, work, now)
        return self.memory_errors

    def measure(
        self, resources: Sequence[Resource], since: datetime, _now: datetime
    ) -> tuple[Mapping[str, MeasuredUse], tuple[Exception, ...]]:
        self.measured += [each.name for each in resources]
        if self.use_errors:
            return {}, self.use_errors
        return {
            each.ref.key: MeasuredUse(since=since, last=self.uses.get(each.name))
            for each in resources
        }, ()

    def tags(self, arn: str) -> Mapping[str, str]:
        resource = next(r for r in self.resources.values() if arn in {r.arn, r.tagged})
        self.tags_asked.append(resource.name)
        if resource.name in self.unreadable:
            raise self.unreadable[resource.name]
        return resource.tags or {}

    def publish(self, notice: Notice) -> None:
        if self.sns_fails:
            raise Refused("SNS is not there")
        if self.cases_expire:
            self.ledger.clear()
        self.notices.append(published(notice))
        self.published.append(notice)
        self._hear(notice)

    def publish_each(self, notices: Sequence[Notice]) -> Mapping[str, Exception]:
        errors = dict[str, Exception]()
        for notice in notices:
            try:
                self.publish(notice)
            except Refused as refused:
                errors[notice.id] = refused
        return errors

    def _hear(self, notice: Notice) -> None:
        """Let everybody hear a notice at once, unless they are deaf."""
        if not self.deaf:
            self._mark(notice, DeliveryStatus.SENT)

    def hear_all(self, when: datetime, to: str = "") -> None:
        """Let everybody, or one recipient, hear every notice now."""
        self.clock = when
        for notice in self.published:
            self._mark(notice, DeliveryStatus.SENT, to)

    def refuse_all(self, when: datetime) -> None:
        """Let no channel take any notice for good."""
        self.clock = when
        for notice in self.published:
            self._mark(notice, DeliveryStatus.FAILED)

    def _mark(self, notice: Notice, status: DeliveryStatus, to: str = "") -> None:
        """Write what became of a notice for each of its recipients, or for one."""
        made = self.marks.creator(notice.resource.ref)
        recipients = recipients_of(notice, self.policy, tuple(Channel), made)
        sent = self.clock if status is DeliveryStatus.SENT else None
        for key in [to] if to else [each.key for each in recipients]:
            row = Delivery(to=key, notice=notice.id, at=notice.time, status=status, sent=sent)
            self.deliveries.mark(row)

    def check_deletion(self, resource: Resource, now: datetime) -> DeletionCheck:
        self.checked.append(resource.name)
        if isinstance(self.hinders.get(resource.name), Exception):
            raise self.hinders[resource.name]
        found = tuple(self.hinders.get(resource.name, ()))
        return DeletionCheck(now, found, lost=any("not exist" in each for each in found))

    def delete_now(self, resource: Resource) -> StopOutcome:
        self.deleted.append(resource.name)
        return self._end(resource)

    def stop(self, resource: Resource) -> StopOutcome:
        self.stopped.append(within(resource.place, resource.name))
        return self._end(resource)

    def _end(self, resource: Resource) -> StopOutcome:
        answer = self.stop_results.pop(0) if self.stop_results else "accepted"
        if self.cases_expire:
            self.ledger.clear()
        if isinstance(answer, Exception):
            raise answer
        if answer == "accepted":
            self.change(within(resource.place, resource.name), status=ResourceStatus.STOPPING)
        return StopOutcome(answer)

    def with_volumes(self, place: str) -> list[ResourceRef]:
        """List the notebooks of a place."""
        mine = (r for r in self.resources.values() if r.place == place)
        return [r.ref for r in mine if is_notebook(r)]


def stages(notices: Iterable[SimpleNamespace]) -> list[str]:
    """Return the stages of notices."""
    return [notice.stage for notice in notices]
