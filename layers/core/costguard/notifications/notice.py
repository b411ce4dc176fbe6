"""A notice: what happened to one resource, several or a budget, as values. No sentence, no JSON.

`templates` writes the English, `schema` the JSON of `costguard.notice/1`. It is longer than other
modules because every part of a notice is here.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from msgspec import UNSET, Struct, UnsetType

from costguard.common.calendar import UTC, Zone
from costguard.common.datetimes import iso_utc
from costguard.common.observed import AwareTime
from costguard.common.sanitize import single_line
from costguard.notifications.press import PressOutcome
from costguard.resources.model import ResourceRef
from costguard.resources.places import HOME

REMINDER = "-reminder"
CHARGED = "charged"  # the rule of a finding about a charge to a person
ANSWERED = "answered"  # the rule of a finding about an answer of the admins
ASKED = "asked"  # the rule of a finding about a request to the admins
STUCK = "stuck"  # the rule of a finding about an unfinished stop
_SUBJECT_LIMIT = 99  # SNS refuses 100 characters, and anything but printable ASCII may be lost


class Audience(StrEnum):
    """Who reads a notice: the owner of the resource, or the admins only."""

    OWNER = "owner"
    ADMINS = "admins"


class NoticeStage(StrEnum):
    """The stage of a notice."""

    WOULD_STOP = "would-stop"
    WARNING = "warning"
    STOPPED = "stopped"
    ALL_CLEAR = "all-clear"
    HELD_BACK = "held-back"
    FAILED = "failed"
    BUDGET = "budget"
    CHARGED = "charged"  # a resource that somebody else created counts as theirs
    ANSWERED = "answered"  # the admins decided about a request
    ASKED = "asked"  # the admins are to decide about a request

    @property
    def audience(self) -> Audience:
        """Return the readers of notices of this stage."""
        for_admins = (
            NoticeStage.WOULD_STOP,
            NoticeStage.HELD_BACK,
            NoticeStage.FAILED,
            NoticeStage.ASKED,
        )
        return Audience.ADMINS if self in for_admins else Audience.OWNER

    @property
    def published_as(self) -> "NoticeStage":
        """Return the stage in the contract; earlier versions know no other."""
        if self is NoticeStage.ASKED:  # it waits for the admins
            return NoticeStage.HELD_BACK
        others = (NoticeStage.CHARGED, NoticeStage.ANSWERED)
        return NoticeStage.BUDGET if self in others else self

    @property
    def tells_creator(self) -> bool:
        """Return whether the creator of the resource is notified too."""
        return self is not NoticeStage.CHARGED

    @property
    def is_never_quiet(self) -> bool:
        """Return whether notices of this stage are sent in quiet hours too."""
        return self in (NoticeStage.STOPPED, NoticeStage.HELD_BACK, NoticeStage.FAILED)

    @property
    def order(self) -> int:
        """Order notices about one resource at one time: ended findings first."""
        stages = sorted(NoticeStage, key=lambda stage: stage is not NoticeStage.ALL_CLEAR)
        return stages.index(self)


class NoticeResource(Struct, frozen=True, kw_only=True):
    """The subject of a notice; several resources and a budget have no ARN."""

    arn: str | None = None
    kind: str
    name: str
    instance_type: str | None = None
    instance_count: int | None = None
    place: str | UnsetType = UNSET  # unless it is that of the stack

    @property
    def ref(self) -> ResourceRef:
        """Name the resource."""
        return ResourceRef(self.kind, self.name, self.place or HOME)


class NoticeOwner(Struct, frozen=True, kw_only=True):
    """The owner, with the addresses in the policy."""

    name: str | None = None
    email: str | None = None
    slack: str | None = None


class Resolution(StrEnum):
    """How a finding ended after a notice to its owner."""

    FIXED = "fixed"  # the rule passed
    EXEMPT = "exempt"  # an exemption covers it
    OFF = "off"  # the rule is switched off
    KEPT = "kept"  # its owner keeps it for a while


class NoticeFinding(Struct, frozen=True, kw_only=True):
    """One broken rule, in the rule's own words."""

    rule: str
    reason: str
    remedy: str = ""
    deadline: datetime | None = None
    title: str = ""  # empty in notices of an earlier version
    grace: timedelta | None = None  # the present full grace of the violation; None: not known
    resolution: Resolution = Resolution.FIXED  # of a finding that an all-clear names


class CostEstimate(Struct, frozen=True, kw_only=True):
    """What a resource costs; `None` is not known, never zero."""

    usd_per_hour: Decimal | None = None  # the most that it may cost
    usd_per_hour_least: Decimal | None = None  # the least, where AWS chooses the instances
    usd_so_far: Decimal | None = None
    estimated: bool = True
    prepaid: bool = False  # by a training plan: it costs no more by the hour
    waits: bool = False  # for instances: it costs nothing yet
    unpriced: tuple[str, ...] = ()  # types without a price in the region


class BudgetFacts(Struct, frozen=True, kw_only=True):
    """How much of a budget is used; `lasts_until` is None where it lasts its period.

    The period is the month, or that of the course.
    """

    dimension: str  # project, owner, course, or student of a course
    name: str
    month: str
    percent: int
    spent: Decimal
    limit: Decimal
    is_over: bool
    lasts_until: datetime | None = None
    course: str | UnsetType = UNSET  # of which it is the budget


class NoticeRequest(Struct, frozen=True, kw_only=True):
    """A request for an exception, and until when."""

    id: str
    until: AwareTime


class NoticeText(Struct, frozen=True, kw_only=True):
    """The contract's `reason` and `remedy` of a notice that was read, as its sender wrote them."""

    reason: str
    remedy: str


class Notice(Struct, frozen=True, kw_only=True):
    """One message on the alerts topic. Times are aware."""

    id: str
    time: datetime
    stage: NoticeStage
    account: str
    region: str
    resource: NoticeResource
    owner: NoticeOwner
    rules: tuple[str, ...]
    findings: tuple[NoticeFinding, ...] = ()
    deadline: datetime | None = None
    cost: CostEstimate | None = None  # None: the cost was not requested
    addressees: tuple[str, ...] = ()  # keys of recipients; empty: those of the routing
    stops: int = 0  # number of stops, this one included
    kept: str | None = None  # what a stop keeps, loses, and how to start again
    lost: str | None = None
    restart: str | None = None
    resources: tuple[NoticeResource, ...] = ()  # if the notice is about several
    max_stops: int | None = None  # for stops that were held back: the limit of the policy
    budget: BudgetFacts | None = None
    zone: Zone = UTC  # of the policy, for times in the contract's text
    text: NoticeText | None = None
    request: NoticeRequest | None = None  # that the admins are asked to decide
    version: int = 0  # of the case that it was decided from

    @property
    def audience(self) -> Audience:
        """Return its readers."""
        return self.stage.audience

    @property
    def rule(self) -> str:
        """Name the rules as the contract does: joined by commas."""
        return ",".join(self.rules)

    @property
    def stops_at(self) -> datetime | None:
        """Return when the resource will be stopped; deadlines of other stages stop nothing."""
        return self.deadline if self.stage is NoticeStage.WARNING else None

    @property
    def is_reminder(self) -> bool:
        """Tell whether the warning was sent before."""
        return self.id.endswith(REMINDER)

    @property
    def subject_key(self) -> str:
        """Return the key of the resource, whose notices must stay in order."""
        return (self.resource.arn or self.resource.name or self.id).lower()

    @property
    def sort_key(self) -> str:
        """Return the sort key among other messages, oldest first."""
        return f"{iso_utc(self.time)}#{self.version:09d}#{self.stage.order}#{self.id}"

    @property
    def attributes(self) -> dict[str, str]:
        """The message attributes that a subscription can filter on."""
        return {
            "stage": self.stage.published_as.value,
            "rule": self.rule,
            "kind": self.resource.kind,
            "owner": single_line(self.owner.name or "") or "unknown",
        }

    @property
    def log_keys(self) -> dict[str, str]:
        """Name it and what it is about, for the log."""
        return {
            "notice": self.id,
            "resource": f"{self.resource.kind}/{self.resource.name}",
            "owner": self.owner.name or "",
            "rule": self.rule,
        }

    @property
    def subject(self) -> str:
        """One line of printable ASCII that SNS accepts."""
        line = single_line(f"Costguard {self.stage}: {self.resource.name} ({self.rule})", 200)
        return line.encode("ascii", "replace").decode()[:_SUBJECT_LIMIT]


class TakenMessage(Struct, frozen=True, kw_only=True):
    """A message that a channel took, of which the ledger does not know yet."""

    to: str  # a recipient's key
    notice: str  # its id
    at: datetime
    channel: str | None = None
    sent: datetime | None = None


class DeferredMessage(Struct, frozen=True, kw_only=True):
    """A deferred message: once it is `due`, send what waits, remind, or store a delivery."""

    due: datetime
    to: str | None = None  # a recipient's key
    remind: Notice | None = None
    taken: tuple[TakenMessage, ...] = ()
    token: str = ""  # of the ledger: it proves that one of our functions says so
    page: bool = False  # send the link to their own page
    press: PressOutcome | None = None  # of a button, to be said there

    @property
    def subject_key(self) -> str:
        """Name it: nothing has to wait for it, but what is said of an earlier press there."""
        if self.press:
            return f"press#{self.press.channel}#{self.press.message}"
        return f"later#{self.to}#{self.due.isoformat()}"

    @property
    def sort_key(self) -> str:
        """Return the sort key among other messages, oldest first."""
        return self.due.isoformat()
