"""Other regions: their ledgers are added to ours; one that cannot be read is reported.

Each region meters and evaluates for itself. Only a stack that has the other regions' ledgers adds
them up.
"""

from collections.abc import Iterable, Mapping
from copy import replace
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from costguard.common.errors import SourceUnavailableError
from costguard.costs.prices import Prices
from costguard.costs.pricing import UsageSlice
from costguard.enforcement.audit import AuditEntry
from costguard.enforcement.case import Case
from costguard.notifications.delivery import Delivery


class RegionLedger(Struct, frozen=True, kw_only=True):
    """The facts in another region's ledger; usage is read while it is summed up."""

    slices: Iterable[UsageSlice]
    prices: Prices
    cases: tuple[Case, ...]
    audit_entries: tuple[AuditEntry, ...]
    unreached: tuple[Delivery, ...]


class RegionReader(Protocol):
    """Reads another region's ledger."""

    def read(self, since: datetime, needed: datetime, now: datetime, /) -> RegionLedger:
        """Read it from the period's begin, its usage from `needed`.

        Raises SourceUnavailableError where it cannot be read.
        """


class OtherRegions(Struct, frozen=True):
    """The other regions: those that answered, and why the others did not."""

    ledgers: Mapping[str, RegionLedger]
    failures: Mapping[str, str]

    @property
    def problems(self) -> tuple[str, ...]:
        """Describe the regions that are not in any sum."""
        return tuple(
            f"the ledger of {region} ({why}): nothing of that region is in any sum"
            for region, why in self.failures.items()
        )

    def cases(self, account: str) -> tuple[Case, ...]:
        """List their cases; where an account is named, as those of its places."""
        found = ((region, case) for region, each in self.ledgers.items() for case in each.cases)
        if not account:
            return tuple(case for _, case in found)
        return tuple(
            replace(case, place=case.place or f"{account}/{region}") for region, case in found
        )

    def prices(self, own: Prices) -> Prices:
        """Replace our rates of each region by those of its own stack."""
        table = {
            key: price
            for region, each in self.ledgers.items()
            for key, price in each.prices.table.items()
            if key[0] == region
        }
        known = ((region, each.prices.fetched) for region, each in self.ledgers.items())
        listed = {region: when for region, when in known if when}
        return Prices(table, own.fetched, listed=listed).over(own)


def read_regions(
    readers: Mapping[str, RegionReader], since: datetime, needed: datetime, now: datetime
) -> OtherRegions:
    """Read every other region; one that does not answer does not affect the others."""
    ledgers, unread = dict[str, RegionLedger](), dict[str, str]()
    for region, reader in readers.items():
        try:
            ledgers[region] = reader.read(since, needed, now)
        except SourceUnavailableError as error:
            unread[region] = str(error)
    return OtherRegions(ledgers, unread)
