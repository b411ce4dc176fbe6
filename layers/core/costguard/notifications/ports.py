"""The ports of `notify`: small Protocols, and the set of them.

`bootstrap/notifier.py` binds them to AWS and Slack; tests bind them to memory.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from costguard.common.decision_log import DecisionLog
from costguard.notifications.deadlines import Enforces, StandingWarning
from costguard.notifications.delivery import Delivery, Refused, SendOutcome
from costguard.notifications.links import Link
from costguard.notifications.lookups import CreatorLookup, DeliveryLookup
from costguard.notifications.message import Message
from costguard.notifications.notice import DeferredMessage, Notice
from costguard.notifications.press import PressOutcome
from costguard.notifications.settings import NotificationPolicy
from costguard.ownership.channel import Channel
from costguard.ownership.directory import Person
from costguard.resources.model import ResourceRef


class MessageSender(Protocol):
    """One channel that is set up."""

    def send(self, message: Message, person: Person, /) -> SendOutcome:
        """Send a message; return the channel's result."""


class KnownNotices(Protocol):
    """Reads the published notices."""

    def find(self, notice: Notice, sent: datetime, now: datetime, /) -> Notice | None:
        """Return a notice as it was published, and record that it was taken; None if it was not.

        `sent` is when its message came to the queue.
        """

    def as_published(self, name: str, at: datetime, /) -> Notice | None:
        """Return a notice by its id and time; None if none was published."""

    def token(self) -> str:
        """Return a secret of the ledger, which is read once: what proves a message to be ours."""


class WarningLookup(Protocol):
    """Reads which warnings still apply."""

    def is_still_due(self, ref: ResourceRef, deadline: datetime, /) -> bool:
        """Return whether the warning of that deadline still applies unchanged."""

    def standing(self, ref: ResourceRef, to: str, /) -> Mapping[str, StandingWarning]:
        """Read the warnings that stand for a recipient, by rule."""


class DeliveryStore(DeliveryLookup, Protocol):
    """The deliveries by recipient: sent, waiting and failed."""

    def waiting(self, to: str, since: datetime, /) -> Sequence[Delivery]:
        """Read all that waits for a recipient, with its notices."""

    def claim(self, delivery: Delivery, now: datetime, /) -> bool:
        """Claim a delivery; False where it is sent, or another function sends it."""

    def mark(self, delivery: Delivery, /) -> None:
        """Write down how far a delivery has come."""

    def unreached(self, delivery: Delivery, /) -> None:
        """Write down that a recipient could not be reached."""


class TurnKeeper(Protocol):
    """The order of the notices about one resource."""

    def take_turn(self, subject: str, order: str, now: datetime, until: datetime, /) -> bool:
        """Claim a resource for one notice; False while an earlier notice has it."""


class DeferralQueue(Protocol):
    """The queue of deferred messages."""

    def defer(self, message: DeferredMessage, now: datetime, /) -> None:
        """Send a message to ourselves, hidden until it is due."""


class LinkMaker(Protocol):
    """Makes the links that open the pages of the public door."""

    def make(self, link: Link, /) -> str:
        """Make a link; return its address, empty where there is no such door."""


class NoLinks(Struct, frozen=True):
    """Where there is no public door."""

    def make(self, _link: Link) -> str:
        """Make none."""
        return ""


class PressReplies(Protocol):
    """The channel that takes presses of buttons."""

    def reply(self, outcome: PressOutcome, message: Message | None, /) -> SendOutcome:
        """Replace the message with the button; without one, tell only who pressed."""


class NoPresses(Struct, frozen=True):
    """Where no channel has buttons."""

    def reply(self, _outcome: PressOutcome, _message: Message | None) -> SendOutcome:
        """Refuse it: nobody can have pressed."""
        return Refused("there are no buttons")


class NotificationPorts(Struct, frozen=True, kw_only=True):
    """The ports of `notify`: look up, store, send, defer."""

    policy: NotificationPolicy
    senders: Mapping[Channel, MessageSender]  # the channels that are set up
    creators: CreatorLookup
    warnings: WarningLookup
    enforces: Enforces
    known: KnownNotices
    deliveries: DeliveryStore
    turns: TurnKeeper
    deferrals: DeferralQueue
    count: Callable[[Mapping[str, int]], None]  # metrics
    log: DecisionLog
    takes_answers: bool = False  # the deployment has a door for answers
    links: LinkMaker = NoLinks()
    presses: PressReplies = NoPresses()
