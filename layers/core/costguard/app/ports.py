"""The ports of the use cases: small Protocols, and one set of them for each use case.

`bootstrap/guard.py` binds them to AWS; tests bind them to memory. Only `EnforcePorts` has a
stopper, and only `ParkPorts` a deleter, so a `watch` or a `sweep` that ends anything is a type
error, and so is an `enforce` that deletes. It is longer than other
modules because every port of the guard is here.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from costguard.app.activity_ports import ActivityObserver, UseMeter
from costguard.app.event_context import EventContext
from costguard.common.concurrency import RunConcurrently
from costguard.common.decision_log import DecisionLog
from costguard.costs.budgets import SpendToDate
from costguard.costs.prices import Prices
from costguard.costs.pricing import UsageSlice
from costguard.costs.usage import Usage, UsageChange
from costguard.enforcement.audit import AuditRecord
from costguard.enforcement.case import Case
from costguard.enforcement.outcomes import StopOutcome
from costguard.notifications.lookups import DeliveryReader
from costguard.notifications.notice import Notice
from costguard.ownership.creator import Creator
from costguard.ownership.kept_roster import KeptRoster
from costguard.policy.exceptions import ExceptionRequest
from costguard.policy.model import Policy
from costguard.resources.deletion import DeletionCheck
from costguard.resources.events import ResourceEvent
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.places import HOME
from costguard.resources.unwatched import Unwatched, UnwatchedList


class Inventory(Protocol):
    """Reads the resources in SageMaker."""

    def describe(self, ref: ResourceRef, /) -> Resource | None:
        """Describe one resource; None when it does not exist."""

    def running(
        self, now: datetime, skip: Collection[str] = (), /
    ) -> tuple[tuple[Resource, ...], tuple[Exception, ...]]:
        """List all running resources except some kinds, and the errors.

        A kind to skip is named by its label: in another place than home, with that.
        """

    def tags(self, arn: str, /) -> Mapping[str, str]:
        """Read the tags of one resource from the source, not from an index."""

    def check_deletion(self, resource: Resource, now: datetime, /) -> DeletionCheck:
        """Look now whether it may be deleted: of a kind that only a deletion ends."""

    def with_volumes(self, place: str, /) -> Iterable[ResourceRef]:
        """List the resources of a place with a volume of their own, running or not."""


class CaseStore(Protocol):
    """One case for each resource, written over the version from which it was decided."""

    def get(self, ref: ResourceRef, /) -> Case | None:
        """Read one case as it is now."""

    def get_each(self, refs: Iterable[ResourceRef], /) -> Mapping[str, Case]:
        """Read several by key; one that cannot be read, or is not there, is left out."""

    def all(self) -> Iterable[Case]:
        """Read every case."""

    def save(self, new: Case, old: Case | None, now: datetime, /) -> bool:
        """Write a case; False when another writer was first."""

    def save_each(
        self, changes: Iterable[tuple[Case, Case | None]], now: datetime, /
    ) -> Sequence[bool]:
        """Write several so; tell of each whether it was written."""


class AuditTrail(Protocol):
    """The audit of the guard's actions."""

    def record(
        self, what: str, resource: Resource, now: datetime, details: Mapping[str, object], /
    ) -> None:
        """Write down one action."""

    def record_each(self, actions: Iterable[AuditRecord], now: datetime, /) -> None:
        """Write down several."""


class TimeMarks(Protocol):
    """Markers: when something was last done or sent, by its name."""

    def last_time(self, word: str, /) -> datetime | None:
        """Return when; None for never."""

    def last_times(self, words: Collection[str], /) -> Mapping[str, datetime]:
        """Return the times of several markers; missing ones are left out."""

    def mark_time(self, word: str, now: datetime, /) -> None:
        """Note that it was done now."""

    def mark_times(self, words: Collection[str], now: datetime, /) -> None:
        """Note the same of several things, each named once."""

    def take_in_hand(self, word: str, now: datetime, until: datetime, /) -> datetime | None:
        """Claim a message; return the time of the first claim, or None while another holds it."""


class Creators(Protocol):
    """The creators of resources according to CloudTrail."""

    def who_created(self, refs: Sequence[ResourceRef], /) -> Mapping[str, Creator]:
        """Read the creators by key; none for a resource without a recorded call."""


class ExceptionReader(Protocol):
    """The exceptions that people asked for."""

    def requests(self) -> Sequence[ExceptionRequest]:
        """Read every request and its answer, also those that have ended lately."""


class NoExceptions(Struct, frozen=True):
    """Where nobody can ask: there are none, and nothing is read."""

    def requests(self) -> Sequence[ExceptionRequest]:
        """Return none."""
        return ()


class ExceptionStore(ExceptionReader, Protocol):
    """The same, for `respond`."""

    def request(self, name: str, /) -> ExceptionRequest | None:
        """Read one request."""

    def ask(self, request: ExceptionRequest, /) -> bool:
        """Write a new request; False if there is one."""

    def decide(self, request: ExceptionRequest, /) -> bool:
        """Write the decision; False if somebody else has decided."""


class Tagger(Protocol):
    """Adds tags to a resource."""

    def add_tags(self, resource: Resource, tags: Mapping[str, str], /) -> None:
        """Add tags, or replace their values. Raises TagsRefusedError where AWS refuses."""


class EventMemory(Protocol):
    """The facts that an event needs and stores."""

    def event_context(self, event: ResourceEvent, /) -> EventContext:
        """Read them in one call."""

    def record_creator(self, ref: ResourceRef, login: str, now: datetime, /) -> None:
        """Store the creator of a resource."""

    def acquire_stop_slot(
        self, ref: ResourceRef, since: datetime, most: int, account: str = "", /
    ) -> bool:
        """Take one of an account's stop slots since a time; False if all are taken."""


class UsageStore(Protocol):
    """Stores usage, prices and spend."""

    def known(self, ref: ResourceRef, /) -> Iterable[Usage]:
        """Read the open and the recently closed intervals of one resource."""

    def open(self) -> Iterable[Usage]:
        """Read the same for all resources."""

    def save(self, changes: Iterable[UsageChange], now: datetime, /) -> None:
        """Write intervals."""

    def slices(self, since: datetime, until: datetime, /) -> Iterable[UsageSlice]:
        """Read all usage in a period."""

    def prices(self, now: datetime, /) -> Prices:
        """Read the prices that are known."""

    def spend(self) -> SpendToDate | None:
        """Read the last sum of the spend."""

    def keep_spend(self, spend: SpendToDate, /) -> None:
        """Store the sum of the spend."""


class NoticePublisher(Protocol):
    """The topic that carries notices."""

    def publish_each(self, notices: Sequence[Notice], /) -> Mapping[str, Exception]:
        """Publish notices; return the errors by the id of the notice that was not published."""


class NoticeReceipts(Protocol):
    """Records whether `notify` takes the published notices."""

    def begin(self, now: datetime, /) -> None:
        """Record, once, that every notice has a row from now on."""

    def oldest_untaken(self, now: datetime, /) -> datetime | None:
        """Return the time of the oldest recent notice that was not taken; None for none."""


class TextPublisher(Protocol):
    """The topic that carries text for the admins."""

    def publish(self, text: str, /) -> None:
        """Publish one text."""

    def confirmed_subscriptions(self) -> int:
        """Count the subscriptions to the topic that somebody has confirmed."""


class StopRequests(Protocol):
    """The queue that `enforce` reads: references, not plans."""

    def enqueue(self, refs: Sequence[ResourceRef], now: datetime, /) -> None:
        """Request another evaluation, with a stop if still due."""


class Stopper(Protocol):
    """The Stop call."""

    def stop(self, resource: Resource, /) -> StopOutcome:
        """Ask AWS to stop a resource; return the outcome."""


class Deleter(Protocol):
    """The Delete call, for what can be made again of what stays."""

    def delete(self, resource: Resource, /) -> StopOutcome:
        """Ask AWS to delete a resource; return the outcome."""


class UnwatchedReader(Protocol):
    """What bills in SageMaker and is only told of."""

    def unwatched(self) -> tuple[tuple[Unwatched, ...], Mapping[str, str]]:
        """List everything, and why a kind could not be looked at."""


class UnwatchedLedger(Protocol):
    """The same, as it was seen last."""

    def last_unwatched(self, place: str = HOME, /) -> UnwatchedList | None:
        """Read that of a place; None for never."""

    def keep_unwatched(self, seen: UnwatchedList, place: str = HOME, /) -> None:
        """Keep that of a place."""


class RosterFile(Struct, frozen=True):
    """A file as people have put it there; the version changes with its content."""

    data: bytes
    version: str


class RosterFiles(Protocol):
    """The rosters that people put somewhere."""

    def changed_roster(self, file: str, known: str, /) -> RosterFile | None:
        """Read a file; None for the known version. Raises SourceUnavailableError."""


class RosterStore(Protocol):
    """The last good roster of each file."""

    def kept_roster(self, file: str, /) -> KeptRoster | None:
        """Read it; None for none."""

    def keep_roster(self, file: str, roster: KeptRoster, /) -> None:
        """Keep it. Raises RosterInvalid if it is too long to be kept."""


class GuardPorts(Struct, frozen=True, kw_only=True):
    """The ports that every use case has: read, store, publish."""

    policy: Policy
    place: tuple[str, str]  # account and region of the stack
    spokes: Collection[str] = ()  # the other places that it guards
    sweep_interval: timedelta
    inventory: Inventory
    activity: ActivityObserver
    use: UseMeter
    cases: CaseStore
    audit: AuditTrail
    marks: TimeMarks
    creators: Creators
    usage: UsageStore
    deliveries: DeliveryReader
    notices: NoticePublisher
    count: Callable[[Mapping[str, int]], None]  # metrics
    log: DecisionLog
    run_concurrently: RunConcurrently  # runs several tasks concurrently
    exceptions: ExceptionReader = NoExceptions()
    unreadable: Callable[[], list[Exception]] = list  # rows of the ledger, since the last call


class AdminPorts(GuardPorts, frozen=True, kw_only=True):
    """The ports of `watch` and `sweep`: also write to the admins."""

    texts: TextPublisher


class WatchPorts(AdminPorts, frozen=True, kw_only=True):
    """The ports of `watch`: also store events, and request a stop."""

    events: EventMemory
    stop_requests: StopRequests


class SweepPorts(AdminPorts, frozen=True, kw_only=True):
    """The ports of `sweep`: also check that notices arrive, and request stops."""

    receipts: NoticeReceipts
    unwatched: UnwatchedReader
    unwatched_places: Mapping[str, UnwatchedReader] = {}  # besides home's
    unwatched_ledger: UnwatchedLedger
    roster_files: RosterFiles
    rosters: RosterStore
    enrolled: Callable[[], Policy]  # the policy with the rosters that are kept now
    stop_requests: StopRequests


class RespondPorts(Struct, frozen=True, kw_only=True):
    """The ports of `respond`: it looks, writes answers, tags, and requests another evaluation."""

    policy: Policy
    place: tuple[str, str]  # account and region of the stack
    spokes: Collection[str] = ()  # the other places that it guards
    inventory: Inventory
    cases: CaseStore
    audit: AuditTrail
    creators: Creators
    exceptions: ExceptionStore
    tagger: Tagger
    stop_requests: StopRequests
    log: DecisionLog


class EnforcePorts(GuardPorts, frozen=True, kw_only=True):
    """The ports of `enforce`: it alone has a stopper."""

    stopper: Stopper


class ParkPorts(GuardPorts, frozen=True, kw_only=True):
    """The ports of `park`: it alone has a deleter."""

    deleter: Deleter
