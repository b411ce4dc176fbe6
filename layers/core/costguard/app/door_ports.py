"""The ports of the public door: what `respond` has, the links of messages, and what is metered."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from costguard.app.ports import RespondPorts
from costguard.costs.budgets import SpendToDate
from costguard.costs.prices import Prices
from costguard.costs.usage import Usage
from costguard.notifications.links import Link
from costguard.notifications.notice import DeferredMessage


class Pressed(Struct, frozen=True):
    """An action that was taken before; it says nothing while it is in hand."""

    says: str
    at: datetime | None = None  # not known of one that an earlier version wrote


class LinkStore(Protocol):
    """The links of messages, and what was pressed by them."""

    def link(self, token: str, /) -> Link | None:
        """Read a link; None where there is none by that token."""

    def taken(self, opened: str, /) -> frozenset[str]:
        """List the actions that were taken on the page which a link opened."""

    def begin(self, press: str, now: datetime, until: datetime, /) -> Pressed | None:
        """Take an action in hand; of two at once, one. None: it is ours."""

    def finish(self, press: str, says: str, now: datetime, until: datetime, /) -> None:
        """Write what came of an action until it may be taken again; at once, if it says nothing."""


class MeterReader(Protocol):
    """What runs, and what it costs."""

    def open(self) -> Iterable[Usage]:
        """Read the open and the recently closed intervals."""

    def prices(self, now: datetime, /) -> Prices:
        """Read the prices that are known."""

    def spend(self) -> SpendToDate | None:
        """Read the last sum of the spend."""


class PageRequests(Protocol):
    """The queue of `notify`, which alone writes to people."""

    def defer(self, message: DeferredMessage, now: datetime, /) -> None:
        """Ask for a message."""


class DoorPorts(RespondPorts, frozen=True, kw_only=True):
    """The ports of the public door."""

    links: LinkStore
    meter: MeterReader
    page_requests: PageRequests
