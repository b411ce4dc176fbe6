"""Another region's ledger, read from here: its table's region is part of its ARN."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.config import Config

from costguard.adapters.clients import AWS_ERRORS
from costguard.adapters.dynamodb.cases import Ledger
from costguard.adapters.dynamodb.deliveries import Deliveries
from costguard.adapters.dynamodb.usage import UsageRows
from costguard.common.errors import SourceUnavailableError
from costguard.reports.regions import RegionLedger

PATIENCE = Config(
    retries={"mode": "standard", "max_attempts": 3}, connect_timeout=3, read_timeout=10
)
"""Short: regions that do not answer must leave the report time to say so."""


@dataclass(frozen=True, slots=True)
class OtherRegionLedger:
    """Reads with the client it is given; made when first needed."""

    dynamodb: Callable[[], Any]
    table: str

    def read(self, since: datetime, needed: datetime, now: datetime) -> RegionLedger:
        """Read what one summary needs. Raises NotTold where it cannot be read.

        Usage is read when it is summed up: there may be much. A region that fails in the middle of
        that fails the report, which is tried again: half a sum would be no sum.
        """
        try:
            client = self.dynamodb()
            ledger, rows = Ledger(client, self.table), UsageRows(client, self.table)
            return RegionLedger(
                prices=rows.prices(now),
                cases=tuple(ledger.cases()),
                audit_entries=tuple(ledger.actions(since, now)),
                unreached=tuple(Deliveries(client, self.table).unreached_since(since)),
                slices=rows.slices(needed, now),
            )
        except AWS_ERRORS as error:
            raise SourceUnavailableError(str(error)) from error
