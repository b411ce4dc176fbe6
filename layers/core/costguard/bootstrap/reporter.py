"""Build the ports of the report from AWS clients."""

import os

from costguard.adapters.aws_budgets import AwsBudgetReader
from costguard.adapters.clients import client, clients_of
from costguard.adapters.cost_explorer import CostExplorer
from costguard.adapters.credits import BillingCredits
from costguard.adapters.dynamodb.audit import DynamoDbAudit
from costguard.adapters.dynamodb.cases import DynamoDbCases
from costguard.adapters.dynamodb.deliveries import DynamoDbDeliveries
from costguard.adapters.dynamodb.exceptions import DynamoDbExceptions
from costguard.adapters.dynamodb.markers import DynamoDbMarkers
from costguard.adapters.dynamodb.other_regions import PATIENCE, OtherRegionLedger
from costguard.adapters.dynamodb.rosters import DynamoDbRosters
from costguard.adapters.dynamodb.table import Table
from costguard.adapters.dynamodb.unreadable import unreadable_rows
from costguard.adapters.dynamodb.unwatched import DynamoDbUnwatched
from costguard.adapters.dynamodb.usage import DynamoDbUsage
from costguard.adapters.price_list import PriceList, endpoint_for
from costguard.adapters.s3 import S3ReportBucket
from costguard.adapters.sns import SnsTexts
from costguard.app.ports import NoExceptions
from costguard.app.report_ports import ReportPorts
from costguard.bootstrap.policy import PolicySource, load_policy
from costguard.bootstrap.settings import ReportSettings
from costguard.reports.html import Assets

CE_REGION = "us-east-1"  # the one endpoint of Cost Explorer, and of AWS Budgets


def report_ports(assets: Assets) -> ReportPorts:
    """Wire the report. Raises SettingsInvalid or PolicyInvalid."""
    settings = ReportSettings.read(os.environ)
    account, region = settings.place
    table = Table(client("dynamodb"), settings.ledger_table)
    usage = DynamoDbUsage(table)
    return ReportPorts(
        policy=PolicySource(load_policy(), DynamoDbRosters(table)).enrolled(),
        place=settings.place,
        spokes=tuple(each for each in settings.spokes if each != f"{account}/{region}"),
        timezone=settings.timezone,
        assets=assets,
        price_source=PriceList(lambda: clients_of(endpoint_for(region))("pricing")),
        prices=usage,
        usage=usage,
        cases=DynamoDbCases(table),
        audit=DynamoDbAudit(table),
        unreached=DynamoDbDeliveries(table),
        unwatched=DynamoDbUnwatched(table),
        other_regions=_other_regions(settings, region),
        bill=CostExplorer(lambda: clients_of(CE_REGION)("ce")),
        aws_budgets=AwsBudgetReader(account, lambda: clients_of(CE_REGION)("budgets")),
        credits=BillingCredits(lambda: client("billing")),
        marks=DynamoDbMarkers(table, "money"),
        guard_marks=DynamoDbMarkers(table),
        pages=S3ReportBucket(client("s3"), settings.bucket, region),
        texts=SnsTexts(client("sns"), settings.summary_topic),
        exceptions=DynamoDbExceptions(table) if settings.self_service else NoExceptions(),
        unreadable=unreadable_rows,
    )


def _other_regions(settings: ReportSettings, region: str) -> dict[str, OtherRegionLedger]:
    """Bind the ledgers of other regions; all regions may have the same list."""
    others = settings.other_ledgers.items()
    return {there: _other_region(there, name) for there, name in others if there != region}


def _other_region(region: str, table: str) -> OtherRegionLedger:
    """Read another region's ledger; its client is made when it is first needed."""
    return OtherRegionLedger(lambda: clients_of(region, PATIENCE)("dynamodb"), table)
