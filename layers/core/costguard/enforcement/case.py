"""A case: the ledger's record of one resource that broke a rule.

It is longer than other modules because every stored fact of a case is here.
"""

from collections.abc import Iterable, Mapping
from copy import replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from costguard.common.codec import decode, decode_builtins, encode
from costguard.common.errors import StoredDataInvalid
from costguard.common.observed import is_weighable
from costguard.enforcement.hearing import GivenWarning, GraceWaiver
from costguard.enforcement.later_version import LaterFacts, set_aside
from costguard.enforcement.remains import Remains
from costguard.notifications.notice import Notice
from costguard.notifications.schema import encode_outbox
from costguard.resources.activity import KeepRequest
from costguard.resources.deletion import DeletionCheck
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.places import HOME

_KEPT = timedelta(days=30)


class FindingState(Enum):
    """The state of one finding."""

    NONE = "none"
    OBSERVED = "observed"  # the admins were notified
    NOTIFIED = "told"  # the owner was notified; nothing will be stopped
    WARNED = "warned"  # the owner was warned, with a deadline
    DUE = "due"  # warned, and every recipient had the whole grace; never stored
    STOPPED = "stopped"  # stopped for it before, and not fixed since
    LATER = "later"  # a state of a later version: kept as it is, and nothing is stopped


class Finding(Struct, frozen=True, kw_only=True):
    """One finding, stored with `state` as `stage`. Times are aware UTC.

    `deadline` is the planned one; a recipient who was warned later has a later one.
    """

    state: FindingState = field(name="stage")
    since: datetime
    reason: str
    remedy: str
    deadline: datetime | None = None
    cause: str = ""

    @property
    def is_warning(self) -> bool:
        """Return whether the owner was warned of a stop that is not done yet."""
        return self.state is FindingState.WARNED


class Case(Struct, frozen=True, kw_only=True):
    """The open findings and facts of one resource; `findings` is stored as `marks`.

    `version` counts writes, so that only one writer wins.
    """

    kind: str
    name: str
    place: str | UnsetType = UNSET  # unless it is that of the stack
    created: datetime | None = None
    findings: Mapping[str, Finding] = field(name="marks", default_factory=dict)
    stopping: datetime | None = None  # the first request of a stop that is not confirmed
    asked: datetime | None = None  # the last request of that stop
    run: datetime | None = None  # the start of the run to be stopped
    rested: datetime | None = None  # seen stopped, and not by us
    interrupted: datetime | None = None  # the start of a run that AWS interrupted
    stops: int = 0
    stuck_told: bool = False
    held: bool = False  # held back by `max_stops`; only a sweep releases it
    warnings: Mapping[str, GivenWarning] = field(default_factory=dict)  # by rule
    returns: Mapping[str, int] = field(default_factory=dict)  # by rule: fixed, and broken again
    gaps: tuple[str, ...] = ()  # rules whose missing fact was reported to the admins
    kept: tuple[KeepRequest, ...] = ()  # the keep-until tag's values, and answers, oldest first
    waivers: tuple[GraceWaiver, ...] = ()  # of recipients who answered: stop it now
    outbox: tuple[Notice, ...] = ()  # notices that are not known to be published yet
    deletion: DeletionCheck | None = None  # the last one that found obstacles
    remains: Remains | None = None  # what it was, from the request of its deletion on
    charged: str = ""  # people who were told that another person's resource counts as theirs
    updated: datetime | None = None
    version: int = 0
    later: LaterFacts | UnsetType = UNSET

    @property
    def ref(self) -> ResourceRef:
        """Name its resource."""
        return ResourceRef(self.kind, self.name, self.place or HOME)

    @property
    def is_open(self) -> bool:
        """Tell whether anything is left to watch."""
        return bool(self.findings or self.stopping or self.gaps)

    @property
    def is_over(self) -> bool:
        """Return whether nothing is left to watch or to publish."""
        return not self.is_open and not self.outbox and not self.later

    @property
    def was_stopped(self) -> bool:
        """Return whether Costguard stopped it for a finding that is not fixed since."""
        return any(finding.state is FindingState.STOPPED for finding in self.findings.values())

    def warning_of(self, rule: str) -> GivenWarning | None:
        """Return the recipients of a rule's warning; None where they are not known.

        It is stored beside the findings, because 8c92c59 refuses findings with more fields. A stop
        replaces the finding; the warning before the stop is still valid.
        """
        finding, given = self.findings.get(rule), self.warnings.get(rule)
        if finding is None or given is None:
            return None
        is_before = finding.state is FindingState.STOPPED and given.since < finding.since
        return given if is_before or given.since == finding.since else None

    def keep_until(self, now: datetime) -> datetime | None:
        """Return until when a closed case still counts earlier stops; None: it is not closed."""
        return now + _KEPT if self.is_over else None

    @property
    def was(self) -> Resource | None:
        """What was asked to be deleted, as it was."""
        return self.remains.revived(self.ref) if self.remains else None

    def is_about(self, resource: Resource) -> bool:
        """Return whether it is the same resource, not an earlier one of the same name."""
        return not self.created or not resource.created or self.created == resource.created


def case_about(case: Case | None, resource: Resource) -> Case | None:
    """Return the case if it is about this resource, not about an earlier one of the same name."""
    return case if case and case.is_about(resource) else None


def open_case(resource: Resource, version: int = 0) -> Case:
    """Open an empty case; for another resource of the same name the version goes on."""
    return Case(
        kind=resource.kind,
        name=resource.name,
        place=resource.place or UNSET,
        created=resource.created,
        version=version,
    )


def close_case(case: Case) -> Case:
    """Close the case of a resource that is gone."""
    return replace(not_stopping(case), findings={}, gaps=(), held=False, deletion=None)


def not_stopping(case: Case) -> Case:
    """Forget the request of a stop: it was confirmed, or nothing came of it."""
    return replace(case, stopping=None, asked=None, stuck_told=False, remains=None)


def encode_case(case: Case) -> str:
    """Write a case as JSON; the notices in it as `schema` writes them."""
    text = encode(replace(case, outbox=(), later=UNSET))
    if not case.outbox and not case.later:
        return text
    raw, later = decode(text, dict), case.later or LaterFacts()
    kept = {rule: each for rule, each in later.findings.items() if _is_later(case, rule)}
    notices = [*map(encode_outbox, case.outbox), *later.outbox]
    return encode(raw | {"marks": raw["marks"] | kept, "outbox": notices})


def decode_case(text: str, *where: str) -> Case:
    """Read a case. Raises StoredDataInvalid, which names the place.

    Nearly all have an empty outbox and are decoded directly; `schema` decodes notices.
    """
    try:
        case = decode(text, Case, *where)
    except StoredDataInvalid:
        states = frozenset(state.value for state in FindingState)
        read = set_aside(decode(text, dict[str, Any], *where), states)
        case = replace(
            decode_builtins(read.case, Case, *where), outbox=read.outbox, later=read.later
        )
    if case.outbox:
        case = replace(case, outbox=tuple(_addressed(case, notice) for notice in case.outbox))
    if not is_weighable(case):
        raise StoredDataInvalid(f"{'/'.join(where)} cannot be read: an impossible time or number")
    return case


def _addressed(case: Case, notice: Notice) -> Notice:
    """Restore the addressees of a notice in the outbox: 8c92c59 refuses a row with addressees."""
    given = (case.warning_of(rule) for rule in notice.rules)
    to = (key for each in given if each for key, to in each.to.items() if to.notice == notice.id)
    return replace(notice, addressees=tuple(dict.fromkeys(to)))


def _is_later(case: Case, rule: str) -> bool:
    """Return whether a finding is unchanged since a later version wrote it."""
    return rule in case.findings and case.findings[rule].state is FindingState.LATER


def without_sent(case: Case, sent: Iterable[Notice]) -> Case:
    """Remove the published notices from the outbox."""
    ids = frozenset(notice.id for notice in sent)
    return replace(case, outbox=tuple(n for n in case.outbox if n.id not in ids))


def is_still_due(case: Case | None, deadline: datetime) -> bool:
    """Return whether a warning of this planned deadline is still open; a notice has whole seconds.

    A resource that its owner has stopped needs no reminder.
    """
    if case is None or case.rested:
        return False
    planned = [f.deadline for f in case.findings.values() if f.is_warning and f.deadline]
    return any(each.replace(microsecond=0) == deadline.replace(microsecond=0) for each in planned)
