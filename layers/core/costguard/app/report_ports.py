"""The ports of the report: small Protocols, and the set of them.

It reads and publishes, and marks what it has told: no case and no audit entry can be written.
`bootstrap/reporter.py` binds them to AWS; tests bind them to memory.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Protocol

from msgspec import Struct

from costguard.app.ports import ExceptionReader, NoExceptions, TimeMarks
from costguard.costs.aws_budgets import AwsBudgets
from costguard.costs.bill import CostExplorerAnswer
from costguard.costs.credits import Credits
from costguard.costs.prices import Prices
from costguard.costs.pricing import UsageSlice
from costguard.enforcement.audit import AuditEntry
from costguard.enforcement.case import Case
from costguard.notifications.delivery import Delivery
from costguard.policy.model import Policy
from costguard.reports.html import Assets
from costguard.reports.regions import RegionReader
from costguard.resources.places import HOME
from costguard.resources.unwatched import UnwatchedList


class PriceSource(Protocol):
    """A source of list prices."""

    def fetch(self, region: str, now: datetime, /) -> Prices:
        """Read the prices of one region. Raises SourceUnavailableError."""


class PriceStore(Protocol):
    """Stores the known prices."""

    def prices(self, now: datetime, /) -> Prices:
        """Read the prices: fetched ones replace bundled ones."""

    def keep_prices(self, fetched: Prices, region: str = "", /) -> None:
        """Store the fetched prices of a Region; of the stack's own where none is named."""


class UsageHistory(Protocol):
    """Reads stored usage."""

    def slices(self, since: datetime, until: datetime, /) -> Iterable[UsageSlice]:
        """Read all usage in a period."""


class CaseReader(Protocol):
    """Reads the cases."""

    def all(self) -> Iterable[Case]:
        """Read every case."""


class AuditReader(Protocol):
    """Reads the audit."""

    def entries(self, since: datetime, until: datetime, /) -> Iterable[AuditEntry]:
        """Read the audit of a period."""


class UnreachedReader(Protocol):
    """Reads the failed deliveries."""

    def unreached_since(self, since: datetime, /) -> Iterable[Delivery]:
        """Read the deliveries that failed since a moment. Raises SourceUnavailableError."""


class BillSource(Protocol):
    """What AWS has billed."""

    def accounts(self, since: date, until: date, regions: tuple[str, ...], /) -> CostExplorerAnswer:
        """Read the cost of some days by account. Raises SourceUnavailableError."""

    def ask(
        self,
        tag: str,
        since: date,
        until: date,
        regions: tuple[str, ...],
        accounts: tuple[str, ...] = (),
        /,
    ) -> CostExplorerAnswer:
        """Read the cost of some days, by usage type and tag; of some accounts, or of all.

        Raises SourceUnavailableError.
        """


class AwsBudgetSource(Protocol):
    """AWS's own budgets of the account."""

    def read(self) -> AwsBudgets:
        """Read them. Raises SourceUnavailableError."""


class CreditSource(Protocol):
    """The credits of the account."""

    def credits(self, account: str, now: datetime, /) -> Credits:
        """Read them. Raises SourceUnavailableError."""


class PagePublisher(Protocol):
    """Stores pages."""

    def publish(self, key: str, text: str, /) -> str:
        """Store a page, or a CSV, by the end of the key; return its address."""


class SummaryPublisher(Protocol):
    """The topic that carries text for people."""

    def publish_with_subject(self, subject: str, text: str, /) -> None:
        """Publish one text under a subject."""


class UnwatchedHistory(Protocol):
    """What bills and is only told of, as the sweep saw it last."""

    def last_unwatched(self, place: str = HOME, /) -> UnwatchedList | None:
        """Read that of a place; None for never."""


class MarkReader(Protocol):
    """When the guard's other functions last did something, by its name."""

    def last_time(self, word: str, /) -> datetime | None:
        """Return when; None for never."""


class ReportPorts(Struct, frozen=True, kw_only=True):
    """The ports of the report: read, ask for prices and the bill, publish."""

    policy: Policy
    place: tuple[str, str]  # account and region
    timezone: str  # of the schedules
    assets: Assets  # the parts of the page
    price_source: PriceSource
    prices: PriceStore
    usage: UsageHistory
    cases: CaseReader
    audit: AuditReader
    unreached: UnreachedReader
    unwatched: UnwatchedHistory
    other_regions: Mapping[str, RegionReader]  # by region
    spokes: tuple[str, ...] = ()  # the places that the stack guards besides its own
    bill: BillSource
    aws_budgets: AwsBudgetSource
    credits: CreditSource
    marks: TimeMarks  # its own
    guard_marks: MarkReader  # of the sweep
    pages: PagePublisher
    texts: SummaryPublisher
    exceptions: ExceptionReader = NoExceptions()
    unreadable: Callable[[], list[Exception]] = list  # rows of the ledger, since it was last asked
