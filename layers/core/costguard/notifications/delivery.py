"""A delivery: the ledger's record of one message to one recipient."""

from collections.abc import Sequence
from copy import replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum

from msgspec import Struct

from costguard.notifications import templates
from costguard.notifications.notice import Notice
from costguard.ownership.channel import Channel

CLAIM = timedelta(minutes=6)
"""Longer than the function may run: an invocation that died has lost its claim by then."""
LOOK_BACK = timedelta(days=2)
"""How old a notice may be that still waits: longer than any digest or quiet hours."""
_DIGEST = "digest "
MOST_NAMED = 20
"""Notices in one message of a digest: as many as Slack shows in full."""
NEXT_PART = timedelta(microseconds=1)
"""What tells the messages of one digest apart: each has a row of its own, by its time."""


class DeliveryStatus(Enum):
    """The status of a message."""

    CLAIMED = "claimed"  # being sent now; the claim ends at `until`
    RETRY = "retry"  # it could not be sent yet
    WAITING = "waiting"  # for a digest or the end of quiet hours, at `until`
    SENT = "sent"  # the channel accepted it
    FAILED = "failed"  # no channel accepted it; the admins were notified


class Delivery(Struct, frozen=True, kw_only=True):
    """One message to one recipient. `at` is the notice's time, so a duplicate finds the same."""

    to: str
    notice: str  # its id
    at: datetime
    status: DeliveryStatus
    until: datetime | None = None
    channel: str | None = None
    why: str | None = None
    body: Notice | None = None  # the notice, while it waits
    sent: datetime | None = None  # when the channel took it, by the wall clock
    named: str = ""  # of a digest: the notices in it

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing more is done about it."""
        return self.status in (DeliveryStatus.SENT, DeliveryStatus.FAILED)

    def names(self, row: "Delivery") -> bool:
        """Tell whether a digest names what waited in a row; one of an earlier version named all."""
        return not self.named or row.notice in self.named.split()

    def as_told_in(self, digest: "Delivery") -> "Delivery":
        """Give the row the end of the digest that named it."""
        if digest.status is DeliveryStatus.SENT:
            return self.as_sent(digest.channel, digest.sent)
        return self.with_status(DeliveryStatus.FAILED, why=digest.why)

    @property
    def is_waiting(self) -> bool:
        """Return whether a notice waits to be sent."""
        return self.status is DeliveryStatus.WAITING and self.body is not None

    def with_status(
        self, status: DeliveryStatus, *, channel: str | None = None, why: str | None = None
    ) -> "Delivery":
        """Return the row with a new status and without its waiting notice."""
        return replace(self, status=status, until=None, body=None, channel=channel, why=why)

    def as_sent(self, channel: str | None, moment: datetime | None) -> "Delivery":
        """Give the row of a message that a channel took at a moment."""
        return replace(self.with_status(DeliveryStatus.SENT, channel=channel), sent=moment)


def digest_row(to: str, due: datetime, until: datetime) -> Delivery:
    """Build the row of a digest, claimed until a time; its holder sends what waits for it."""
    name, status = f"{_DIGEST}{due.isoformat()}", DeliveryStatus.CLAIMED
    return Delivery(to=to, notice=name, at=due, status=status, until=until)


def handed_to(row: Delivery, to: str) -> Delivery:
    """Build the row of the same for those who get it instead: of a digest, not their own one."""
    name = f"{row.notice} for {row.to}" if row.notice.startswith(_DIGEST) else row.notice
    return replace(row, to=to, notice=name)


class DeliveryOutcome(StrEnum):
    """The outcome of one attempt to deliver a notice, as the log names it."""

    SENT = "sent"
    HELD = "held"  # for a digest or the end of quiet hours
    REFUSED = "refused"  # by one channel; the next is tried
    RETRIED = "retried"  # no channel accepted it; it goes back to the queue
    UNREACHABLE = "unreachable"  # it is given up
    REPEATED = "repeated"  # an earlier attempt has no result: it may be sent twice


class Sent(Struct, frozen=True):
    """The channel accepted the message."""


class Busy(Struct, frozen=True):
    """The channel asks to wait for a while."""

    after: timedelta


class Down(Struct, frozen=True):
    """The channel does not answer properly; it may later."""

    why: str


class Refused(Struct, frozen=True):
    """The channel will not accept this message, now or later."""

    why: str


type SendOutcome = Sent | Busy | Down | Refused
type Failures = list[tuple[Channel, Busy | Down | Refused]]


def rows_of_digest(waiting: Sequence[Delivery], due: datetime) -> list[Delivery]:
    """Return the due messages, and older waiting ones about the same resources.

    A warning may wait for the morning, and a stop of the same night for the next digest: messages
    about a resource are sent in the order of the events.
    """
    newest: dict[str, datetime] = {}
    for row in waiting:
        if row.body and row.until and row.until <= due:
            newest[row.body.subject_key] = max(row.at, newest.get(row.body.subject_key, row.at))
    return [
        row
        for row in waiting
        if row.body
        and row.body.subject_key in newest
        and (not row.until or row.until <= due or row.at <= newest[row.body.subject_key])
    ]


def describe_failures(failures: Failures) -> str:
    """Describe the errors, channel by channel."""
    if not failures:
        return templates.NO_CHANNEL
    return "; ".join(
        f"{channel.value}: {templates.BUSY if isinstance(what, Busy) else what.why}"
        for channel, what in failures
    )
