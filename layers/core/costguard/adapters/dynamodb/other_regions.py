"""Another region's ledger, read from here: its table's region is part of its ARN."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.config import Config
from msgspec import Struct

from costguard.adapters.clients import AWS_ERRORS
from costguard.adapters.dynamodb.audit import DynamoDbAudit
from costguard.adapters.dynamodb.cases import DynamoDbCases
from costguard.adapters.dynamodb.deliveries import DynamoDbDeliveries
from costguard.adapters.dynamodb.table import Table
from costguard.adapters.dynamodb.usage import DynamoDbUsage
from costguard.common.errors import SourceUnavailableError, StoredDataInvalid
from costguard.reports.regions import RegionLedger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PATIENCE = Config(
    retries={"mode": "standard", "max_attempts": 3}, connect_timeout=3, read_timeout=10
)
"""Short, so that the report can still name the regions that do not answer."""


class OtherRegionLedger(Struct, frozen=True):
    """Reads another region's table; the client is made when first needed."""

    dynamodb: "Callable[[], DynamoDBClient]"
    table: str

    def read(self, since: datetime, needed: datetime, now: datetime) -> RegionLedger:
        """Read the facts for one summary. Raises SourceUnavailableError if they cannot be read.

        Usage is read while it is summed up, because there may be much. If a region fails during
        that, the report fails and is retried: a partial sum would be wrong.
        """
        try:
            table = Table(self.dynamodb(), self.table)
            rows = DynamoDbUsage(table)
            return RegionLedger(
                prices=rows.prices(now),
                cases=tuple(DynamoDbCases(table).all()),
                audit_entries=tuple(DynamoDbAudit(table).entries(since, now)),
                unreached=tuple(DynamoDbDeliveries(table).unreached_since(since)),
                slices=rows.slices(needed, now),
            )
        except (*AWS_ERRORS, StoredDataInvalid) as error:
            raise SourceUnavailableError(str(error)) from error
