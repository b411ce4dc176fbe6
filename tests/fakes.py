"""The functions' ports in memory: dictionaries and lists that keep what a test looks at."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from costguard.app.door_ports import Pressed
from costguard.app.event_context import SWEPT, EventContext
from costguard.app.ports import RosterFile
from costguard.common.codec import decode, encode
from costguard.common.errors import SourceUnavailableError
from costguard.costs.budgets import SpendToDate
from costguard.costs.prices import Prices, bundled_prices
from costguard.costs.pricing import UsageSlice
from costguard.costs.usage import Usage, UsageChange
from costguard.enforcement.audit import AuditRecord
from costguard.enforcement.case import Case, decode_case, encode_case
from costguard.notifications.delivery import Delivery, DeliveryStatus
from costguard.notifications.links import Link, hash_of, new_token
from costguard.ownership.creator import Creator
from costguard.ownership.kept_roster import KeptRoster
from costguard.policy.exceptions import ExceptionRequest, ExceptionState
from costguard.policy.model import Policy
from costguard.policy.rosters import with_rosters
from costguard.resources.activity import WorkMemory
from costguard.resources.events import ResourceEvent
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.places import HOME
from costguard.resources.unwatched import Unwatched, UnwatchedList


class Refused(Exception):
    """AWS said no."""


class InMemoryCases:
    """Cases by key, each through its JSON; `rival` writes once, just before somebody saves."""

    def __init__(self) -> None:
        self.rows: dict[str, Case] = {}
        self.rival: Callable[[], object] | None = None

    def get(self, ref: ResourceRef) -> Case | None:
        return self.rows.get(ref.key)

    def get_each(self, refs: Iterable[ResourceRef]) -> Mapping[str, Case]:
        return {ref.key: self.rows[ref.key] for ref in refs if ref.key in self.rows}

    def all(self) -> Iterable[Case]:
        return list(self.rows.values())

    def save(self, new: Case, old: Case | None, _now: datetime) -> bool:
        rival, self.rival = self.rival, None
        if rival:
            rival()
        there = self.rows.get(new.ref.key)
        if (there.version if there else 0) != (old.version if old else 0):
            return False
        written = replace(new, version=(old.version if old else 0) + 1)
        self.rows[new.ref.key] = decode_case(encode_case(written))
        return True

    def save_each(
        self, changes: Iterable[tuple[Case, Case | None]], now: datetime
    ) -> Sequence[bool]:
        return [self.save(new, old, now) for new, old in changes]


class InMemoryAudit:
    """What was done, and to what; some words it refuses."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []
        self.details: list[Mapping[str, object]] = []  # of each row
        self.unwritable: set[str] = set()

    def record(
        self, what: str, resource: Resource, now: datetime, details: Mapping[str, object]
    ) -> None:
        InMemoryAudit.record_each(self, [AuditRecord(what, resource, details)], now)

    def record_each(self, actions: Iterable[AuditRecord], _now: datetime) -> None:
        for each in actions:
            if each.what in self.unwritable:
                raise Refused("DynamoDB is not there")
            self.rows.append((each.what, each.resource.name))
            self.details.append(each.details)


class InMemoryExceptions:
    """Requests for exceptions by id, each through its JSON; `rival` decides just before."""

    def __init__(self) -> None:
        self.rows: dict[str, ExceptionRequest] = {}
        self.rival: ExceptionRequest | None = None

    def requests(self) -> Sequence[ExceptionRequest]:
        return list(self.rows.values())

    def request(self, name: str) -> ExceptionRequest | None:
        return self.rows.get(name)

    def ask(self, request: ExceptionRequest) -> bool:
        return request.id not in self.rows and self._put(request)

    def decide(self, request: ExceptionRequest) -> bool:
        if self.rival:
            self.rows[self.rival.id], self.rival = self.rival, None
        return self.rows[request.id].state is ExceptionState.ASKED and self._put(request)

    def _put(self, request: ExceptionRequest) -> bool:
        self.rows[request.id] = decode(encode(request), ExceptionRequest)
        return True


class InMemoryWork:
    """What is remembered of notebooks' activity."""

    def __init__(self) -> None:
        self.rows: dict[str, WorkMemory] = {}

    def recall(self, _notebooks: Sequence[Resource]) -> Mapping[str, WorkMemory]:
        return self.rows

    def keep(self, ref: ResourceRef, work: WorkMemory, _now: datetime) -> None:
        self.rows[ref.key] = decode(encode(work), WorkMemory)


class InMemoryMarks:
    """Times by word, creators by key, and the places that events took since a sweep."""

    def __init__(self, cases: InMemoryCases) -> None:
        self.times: dict[str, datetime] = {}
        self.in_hand: dict[str, tuple[datetime, datetime]] = {}  # since when, until when
        self.creators: dict[str, Creator] = {}  # from CloudTrail's Create calls
        self.created: list[str] = []  # logins, one for each time that one was written
        self.places: dict[tuple[datetime, str], set[str]] = {}  # by sweep and account
        self.unwritable: set[str] = set()  # words that cannot be noted
        self.unreadable = False
        self._cases = cases

    def last_time(self, word: str) -> datetime | None:
        return self.times.get(word)

    def last_times(self, words: Collection[str]) -> Mapping[str, datetime]:
        if self.unreadable:
            raise Refused("DynamoDB is not there")
        return {word: self.times[word] for word in words if word in self.times}

    def mark_time(self, word: str, now: datetime) -> None:
        if word in self.unwritable:
            raise Refused("DynamoDB is not there")
        self.times[word] = now

    def mark_times(self, words: Collection[str], now: datetime) -> None:
        for word in words:
            self.mark_time(word, now)

    def take_in_hand(self, word: str, now: datetime, until: datetime) -> datetime | None:
        since, held = self.in_hand.get(word, (now, now))
        if held > now:
            return None
        self.in_hand[word] = since, until
        return since

    def event_context(self, event: ResourceEvent) -> EventContext:
        key = event.ref.key
        return EventContext(
            case=self._cases.get(event.ref),
            swept=self.times.get(SWEPT),
            creator=self.creators.get(key),
        )

    def who_created(self, refs: Sequence[ResourceRef]) -> Mapping[str, Creator]:
        return {r.key: self.creators[r.key] for r in refs if r.key in self.creators}

    def record_creator(self, ref: ResourceRef, login: str, now: datetime) -> None:
        self.created.append(login)
        self.creators[ref.key] = Creator(login, now)

    def creator(self, ref: ResourceRef) -> str | None:
        known = self.creators.get(ref.key)
        return known.login if known else None

    def acquire_stop_slot(
        self, ref: ResourceRef, since: datetime, most: int, account: str = ""
    ) -> bool:
        taken = self.places.setdefault((since, account), set())
        if len(taken | {ref.key}) > most:
            return False
        taken.add(ref.key)
        return True


class InMemoryUsage:
    """Usage by key, each row through its JSON; prices; and what was spent."""

    def __init__(self) -> None:
        self.rows: dict[str, Usage] = {}
        self.table: Prices = bundled_prices()
        self.spent: SpendToDate | None = None
        self.refuses = False  # the prices cannot be read

    def known(self, ref: ResourceRef) -> Iterable[Usage]:
        return [row for row in self.rows.values() if row.ref.key == ref.key]

    def open(self) -> Iterable[Usage]:
        return list(self.rows.values())

    def save(self, changes: Iterable[UsageChange], _now: datetime) -> None:
        for new, old in changes:
            if old is None and new.key in self.rows:
                continue  # as a conditional write
            self.rows[new.key] = decode(encode(new), Usage)

    def slices(self, since: datetime, until: datetime) -> Iterable[UsageSlice]:
        return [UsageSlice(row, since, until) for row in self.rows.values()]

    def prices(self, _now: datetime) -> Prices:
        if self.refuses:
            raise Refused("GetItem")
        return self.table

    def spend(self) -> SpendToDate | None:
        return self.spent

    def keep_spend(self, spend: SpendToDate) -> None:
        self.spent = spend


class InMemoryQueue:
    """What was asked to be stopped, message by message."""

    def __init__(self) -> None:
        self.messages: list[tuple[Sequence[ResourceRef], datetime]] = []

    def enqueue(self, refs: Sequence[ResourceRef], now: datetime) -> None:
        self.messages.append((refs, now))


class InMemoryLinks:
    """Links by the hash of their token, and presses; counts what AWS would be asked."""

    def __init__(self) -> None:
        self.rows: dict[str, Link] = {}
        self.presses: dict[str, tuple[str, datetime, datetime]] = {}
        self.calls = 0

    def make(self, link: Link) -> str:
        token = new_token()
        self.rows[hash_of(token)] = decode(encode(link), Link)
        return f"https://door.example/{token}"

    def link(self, token: str) -> Link | None:
        self.calls += 1
        return self.rows.get(hash_of(token))

    def taken(self, opened: str) -> frozenset[str]:
        self.calls += 1
        said = (press for press, (says, *_) in self.presses.items() if says)
        return frozenset(each.rpartition("#")[2] for each in said if each.startswith(f"{opened}#"))

    def begin(self, press: str, now: datetime, _until: datetime) -> Pressed | None:
        self.calls += 1
        says, held, at = self.presses.get(press, ("", now, now))
        if now < held:
            return Pressed(says, at)
        self.presses[press] = ("", now + timedelta(seconds=30), now)
        return None

    def finish(self, press: str, says: str, now: datetime, until: datetime) -> None:
        self.calls += 1
        self.presses[press] = (says, until if says else now, now)


class InMemoryDeliveries:
    """Deliveries by recipient and notice, who could not be reached, and whose turn it is."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Delivery] = {}
        self.lost: list[str] = []
        self.turns: dict[str, tuple[str, datetime]] = {}

    def find(self, row: Delivery) -> Delivery | None:
        return self.rows.get((row.to, row.notice))

    def find_each(self, rows: Iterable[Delivery]) -> Mapping[Delivery, Delivery | None]:
        return {row: self.rows.get((row.to, row.notice)) for row in rows}

    def recent(self, to: str, since: datetime) -> Sequence[Delivery]:
        return [row for row in self._of(to) if row.at >= since]

    def waiting(self, to: str, since: datetime) -> Sequence[Delivery]:
        return [r for r in self._of(to) if r.status is DeliveryStatus.WAITING and r.at >= since]

    def claim(self, row: Delivery, now: datetime) -> bool:
        there = self.find(row)
        late = (
            there and there.status is DeliveryStatus.CLAIMED and there.until and there.until <= now
        )
        if there and there.status is not DeliveryStatus.RETRY and not late:
            return False
        self.mark(row)
        return True

    def mark(self, row: Delivery) -> None:
        self.rows[row.to, row.notice] = row

    def unreached(self, row: Delivery) -> None:
        self.lost.append(row.to)

    def take_turn(self, subject: str, order: str, now: datetime, until: datetime) -> bool:
        first, end = self.turns.get(subject, (order, now))
        if first < order and end > now:
            return False
        self.turns[subject] = (order, until)
        return True

    def _of(self, to: str) -> Iterator[Delivery]:
        return (row for row in self.rows.values() if row.to == to)


class Override:
    """A port some of whose methods are replaced."""

    def __init__(self, port: object, methods: Mapping[str, Callable[..., Any]]) -> None:
        self._port, self._methods = port, methods

    def __getattr__(self, name: str) -> Any:
        return self._methods.get(name) or getattr(self._port, name)


def override(port: object, **methods: Callable[..., Any]) -> Any:
    """Replace some methods of a port."""
    return Override(port, methods)


class InMemoryUnwatched:
    """What is only told of: as AWS has it, and as it was seen last."""

    def __init__(self) -> None:
        self.there: tuple[Unwatched, ...] = ()
        self.unread: dict[str, str] = {}
        self.seen: UnwatchedList | None = None
        self.elsewhere: dict[str, UnwatchedList] = {}  # by place
        self.looks = 0

    def unwatched(self) -> tuple[tuple[Unwatched, ...], Mapping[str, str]]:
        self.looks += 1
        return self.there, self.unread

    def last_unwatched(self, place: str = HOME) -> UnwatchedList | None:
        return self.elsewhere.get(place) if place else self.seen

    def keep_unwatched(self, seen: UnwatchedList, place: str = HOME) -> None:
        if place:
            self.elsewhere[place] = seen
        else:
            self.seen = seen


class InMemoryRosters:
    """Rosters: the files that people put there, and the last good ones."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.kept: dict[str, KeptRoster] = {}
        self.unreadable = False

    def changed_roster(self, file: str, known: str) -> RosterFile | None:
        if self.unreadable or file not in self.files:
            raise SourceUnavailableError(f"s3://uni/{file}: AccessDenied")
        data = self.files[file]
        version = sha256(data).hexdigest()
        return None if version == known else RosterFile(data=data, version=version)

    def kept_roster(self, file: str) -> KeptRoster | None:
        return self.kept.get(file)

    def keep_roster(self, file: str, roster: KeptRoster) -> None:
        self.kept[file] = decode(encode(roster), KeptRoster)

    def enrol(self, policy: Policy) -> Policy:
        if not self.kept:
            return policy
        return with_rosters(policy, {file: each.members for file, each in self.kept.items()})
