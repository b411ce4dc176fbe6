"""A case: what the ledger remembers of one resource that a rule has failed."""

from collections.abc import Iterable, Mapping
from copy import replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from msgspec import Struct, field

from costguard.common.codec import decode, decode_builtins, encode
from costguard.common.errors import StoredDataInvalid
from costguard.notifications.notice import Notice, NoticeStage
from costguard.notifications.schema import decode_notice, encode_outbox
from costguard.resources.activity import KeepRequest
from costguard.resources.model import Resource, ResourceRef

_KEPT = timedelta(days=30)


class FindingState(Enum):
    """How far one finding has come."""

    NONE = "none"
    OBSERVED = "observed"  # the admins know
    NOTIFIED = "told"  # the owner knows; nothing will be stopped
    WARNED = "warned"  # the owner knows the deadline
    DUE = "due"  # warned, and the deadline has passed; never stored
    STOPPED = "stopped"  # stopped for it before, and not fixed since


class Finding(Struct, frozen=True, kw_only=True):
    """One finding, stored with `state` as `stage`. Times are aware UTC."""

    state: FindingState = field(name="stage")
    since: datetime
    reason: str
    remedy: str
    deadline: datetime | None = None
    cause: str = ""

    def at(self, now: datetime) -> FindingState:
        """Answer its state now: a warning whose deadline has passed is due."""
        due = (
            self.state is FindingState.WARNED and self.deadline is not None and now >= self.deadline
        )
        return FindingState.DUE if due else self.state


class Case(Struct, frozen=True, kw_only=True):
    """Everything open about one resource, stored with `findings` as `marks`.

    `version` counts writes, so that only one writer wins.
    """

    kind: str
    name: str
    created: datetime | None = None
    findings: Mapping[str, Finding] = field(name="marks", default_factory=dict)
    stopping: datetime | None = None  # a stop was first asked for then and is not confirmed
    asked: datetime | None = None  # the last time it was asked for
    run: datetime | None = None  # the start of the run that was asked to stop
    stops: int = 0
    stuck_told: bool = False
    held: bool = False  # held back by the brake; only a sweep lets it go
    returns: Mapping[str, int] = field(default_factory=dict)  # by rule: fixed, and broken again
    gaps: tuple[str, ...] = ()  # rules whose gap the admins know of
    kept: tuple[KeepRequest, ...] = ()  # values of the keep-until tag, oldest first
    outbox: tuple[Notice, ...] = ()  # notices decided on and not yet known to be sent
    updated: datetime | None = None
    version: int = 0

    @property
    def ref(self) -> ResourceRef:
        """Name its resource."""
        return ResourceRef(self.kind, self.name)

    @property
    def is_open(self) -> bool:
        """Tell whether anything is left to watch."""
        return bool(self.findings or self.stopping or self.gaps)

    @property
    def is_over(self) -> bool:
        """Tell whether nothing is left to watch, and nothing to tell."""
        return not self.is_open and not self.outbox

    def keep_until(self, now: datetime) -> datetime | None:
        """Answer until when a closed case still counts earlier stops; None: it is not closed."""
        return now + _KEPT if self.is_over else None

    def is_about(self, resource: Resource) -> bool:
        """Tell a resource from an earlier one of the same name, by its creation time."""
        return not self.created or not resource.created or self.created == resource.created


def open_case(resource: Resource, version: int = 0) -> Case:
    """Open an empty case; for another resource of the same name the version goes on."""
    return Case(kind=resource.kind, name=resource.name, created=resource.created, version=version)


def encode_case(case: Case) -> str:
    """Write a case as JSON; the notices in it as `schema` writes them."""
    text = encode(replace(case, outbox=()))
    if not case.outbox:
        return text
    notices = [encode_outbox(notice) for notice in case.outbox]
    return encode(decode(text, dict) | {"outbox": notices})


def decode_case(text: str, *where: str) -> Case:
    """Read a case. Raises StoredDataInvalid, which says where it stands.

    Nearly all have an empty outbox, and are read at once; notices are read by `schema`.
    """
    try:
        return decode(text, Case, *where)
    except StoredDataInvalid:
        raw = decode(text, dict[str, Any], *where)
        notices = tuple(map(decode_notice, raw.get("outbox", ())))
        case = decode_builtins(raw | {"outbox": ()}, Case, *where)
        return replace(case, outbox=notices)


def without_sent(case: Case, sent: Iterable[str]) -> Case:
    """Take the notices that were accepted, by id, out of the outbox."""
    ids = frozenset(sent)
    return replace(case, outbox=tuple(n for n in case.outbox if n.id not in ids))


def undelivered_rules(case: Case) -> frozenset[str]:
    """Name the rules whose first warning still waits in the outbox, not yet published."""
    waiting = [n for n in case.outbox if n.stage is NoticeStage.WARNING]
    return frozenset(
        rule
        for notice in waiting
        for rule in notice.rules
        if rule in case.findings and case.findings[rule].since >= notice.time
    )


def is_still_due(case: Case | None, deadline: datetime) -> bool:
    """Tell whether a warning of this deadline is still open; a notice has whole seconds."""
    findings = case.findings.values() if case else ()
    warned = [f.deadline for f in findings if f.state is FindingState.WARNED and f.deadline]
    return any(each.replace(microsecond=0) == deadline.replace(microsecond=0) for each in warned)


def restart_grace(case: Case, rules: Iterable[str], now: datetime) -> Case:
    """Restart the grace period of warnings that were published late."""
    late = frozenset(rules)

    def counted(rule: str, finding: Finding) -> Finding:
        ends = finding.deadline
        if rule not in late or finding.state is not FindingState.WARNED or ends is None:
            return finding
        return replace(finding, deadline=max(ends, now + (ends - finding.since)))

    return replace(case, findings={rule: counted(rule, f) for rule, f in case.findings.items()})
