"""What the use cases may ask of the world: small Protocols, and one set of them a use case.

`bootstrap/guard.py` binds them to AWS; tests bind them to memory. Only `EnforcePorts` has a
stopper, so a `watch` or a `sweep` that stops something is a type error. It is longer than other
modules because every port of the guard is here.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from costguard.app.activity_ports import ActivityObserver
from costguard.app.event_context import EventContext
from costguard.common.concurrency import RunConcurrently
from costguard.common.decision_log import DecisionLog
from costguard.costs.budgets import SpendToDate
from costguard.costs.prices import Prices
from costguard.costs.spend import UsageSlice
from costguard.costs.usage import Usage
from costguard.enforcement.case import Case
from costguard.enforcement.outcomes import StopOutcome
from costguard.notifications.lookups import DeliveryLookup
from costguard.notifications.notice import Notice
from costguard.policy.model import Policy
from costguard.resources.events import ResourceEvent
from costguard.resources.model import Resource, ResourceRef


class Inventory(Protocol):
    """What there is in SageMaker."""

    def describe(self, ref: ResourceRef, /) -> Resource | None:
        """Describe one resource; None when it does not exist."""

    def running(
        self, now: datetime, skip: Collection[str] = (), /
    ) -> tuple[tuple[Resource, ...], tuple[Exception, ...]]:
        """List everything that runs but some kinds, and what could not be read."""

    def tags(self, arn: str, /) -> Mapping[str, str]:
        """Read the tags of one resource from the source, not from an index."""

    def with_volumes(self) -> Iterable[ResourceRef]:
        """List what has a volume of its own, whether it runs or not."""


class CaseStore(Protocol):
    """One case a resource, written over the version that it was decided from."""

    def get(self, ref: ResourceRef, /) -> Case | None:
        """Read one case as it is now."""

    def all(self) -> Iterable[Case]:
        """Read every case."""

    def save(self, new: Case, old: Case | None, now: datetime, /) -> bool:
        """Write a case; False when another writer was first."""


class AuditTrail(Protocol):
    """Everything that the guard did."""

    def record(
        self, what: str, resource: Resource, now: datetime, details: Mapping[str, object], /
    ) -> None:
        """Write down one action."""


class TimeMarks(Protocol):
    """When something was last done or said, by a word for it."""

    def last_time(self, word: str, /) -> datetime | None:
        """Answer when; None for never."""

    def last_times(self, words: Collection[str], /) -> Mapping[str, datetime]:
        """Answer when of several; none of what was never done."""

    def mark_time(self, word: str, now: datetime, /) -> None:
        """Note that it was done now."""

    def take_in_hand(self, word: str, now: datetime, until: datetime, /) -> datetime | None:
        """Answer since when something is being said; None while another has it in hand."""


class Creators(Protocol):
    """Who made what, as CloudTrail told."""

    def who_created(self, refs: Sequence[ResourceRef], /) -> Mapping[str, str]:
        """Read the logins that made resources, by key; none of one that no call told of."""


class EventMemory(Protocol):
    """What an event needs to know, and what it leaves behind."""

    def event_context(self, event: ResourceEvent, /) -> EventContext:
        """Read all of it at once."""

    def record_creator(self, ref: ResourceRef, login: str, now: datetime, /) -> None:
        """Write down who made a resource, as CloudTrail tells."""

    def acquire_stop_slot(self, ref: ResourceRef, since: datetime, most: int, /) -> bool:
        """Take one of so many places since a moment; False where all are taken."""


class UsageStore(Protocol):
    """What is remembered of usage, prices and spend."""

    def known(self, ref: ResourceRef, /) -> Iterable[Usage]:
        """Read what is open of one resource, or closed lately."""

    def open(self) -> Iterable[Usage]:
        """Read the same of everything."""

    def save(self, new: Usage, old: Usage | None, now: datetime, /) -> None:
        """Write one interval."""

    def slices(self, since: datetime, until: datetime, /) -> Iterable[UsageSlice]:
        """Read all usage in a period."""

    def prices(self, now: datetime, /) -> Prices:
        """Read the prices that are known."""

    def spend(self) -> SpendToDate | None:
        """Read what was spent, as last summed up."""

    def keep_spend(self, spend: SpendToDate, /) -> None:
        """Keep what was spent."""


class NoticePublisher(Protocol):
    """The topic that carries notices."""

    def publish(self, notice: Notice, /) -> None:
        """Publish one notice."""


class NoticeReceipts(Protocol):
    """Whether what was published comes to those who tell people."""

    def begin(self, now: datetime, /) -> None:
        """Note that every notice is written down from now on, unless that is noted."""

    def oldest_untaken(self, now: datetime, /) -> datetime | None:
        """Answer when the oldest of the newest notices was made that nobody took; None for none."""


class TextPublisher(Protocol):
    """The topic that carries text for the admins."""

    def publish(self, text: str, /) -> None:
        """Publish one text."""

    def confirmed_subscriptions(self) -> int:
        """Count the subscriptions to the topic that somebody has confirmed."""


class StopRequests(Protocol):
    """The queue that `enforce` reads: references, not plans."""

    def enqueue(self, refs: Sequence[ResourceRef], now: datetime, /) -> None:
        """Ask for another look, with the power to stop."""


class Stopper(Protocol):
    """The Stop call."""

    def stop(self, resource: Resource, /) -> StopOutcome:
        """Ask AWS to stop a resource; answer what came of it."""


class GuardPorts(Struct, frozen=True, kw_only=True):
    """What every use case of the guard may do: look, remember, tell."""

    policy: Policy
    place: tuple[str, str]  # account and region
    sweep_interval: timedelta
    inventory: Inventory
    activity: ActivityObserver
    cases: CaseStore
    audit: AuditTrail
    marks: TimeMarks
    creators: Creators
    usage: UsageStore
    deliveries: DeliveryLookup
    notices: NoticePublisher
    count: Callable[[Mapping[str, int]], None]  # metrics
    log: DecisionLog
    run_concurrently: RunConcurrently  # several tasks at once, where they wait for answers
    unreadable: Callable[[], list[Exception]] = list  # rows of the ledger, since it was last asked


class AdminPorts(GuardPorts, frozen=True, kw_only=True):
    """What `watch` and `sweep` may do beside that: write to the admins."""

    texts: TextPublisher


class WatchPorts(AdminPorts, frozen=True, kw_only=True):
    """What `watch` may do beside that: remember events, and ask for a stop."""

    events: EventMemory
    stop_requests: StopRequests


class SweepPorts(AdminPorts, frozen=True, kw_only=True):
    """What `sweep` may do beside that: see whether notices arrive, and ask for stops."""

    receipts: NoticeReceipts
    stop_requests: StopRequests


class EnforcePorts(GuardPorts, frozen=True, kw_only=True):
    """What `enforce` may do beside that: stop. No other use case can."""

    stopper: Stopper
