"""Where the report's ports meet AWS."""

import os
from functools import partial

from costguard.adapters.clients import client, clients_of
from costguard.adapters.cost_explorer import CostExplorer
from costguard.adapters.dynamodb.audit import DynamoDbAudit
from costguard.adapters.dynamodb.cases import DynamoDbCases
from costguard.adapters.dynamodb.deliveries import DynamoDbDeliveries
from costguard.adapters.dynamodb.other_regions import PATIENCE, OtherRegionLedger
from costguard.adapters.dynamodb.table import Table
from costguard.adapters.dynamodb.usage import DynamoDbUsage
from costguard.adapters.price_list import PriceList, endpoint_for
from costguard.adapters.s3 import ReportBucket
from costguard.adapters.sns import SnsTexts
from costguard.app.report import ReportPorts
from costguard.bootstrap.policy import load_policy
from costguard.bootstrap.settings import ReportSettings
from costguard.reports.html import Assets, render
from costguard.reports.regions import ReadRegion

CE_REGION = "us-east-1"  # Cost Explorer's one endpoint


def report_ports(assets: Assets) -> ReportPorts:
    """Wire the report. Raises SettingsInvalid or PolicyInvalid."""
    settings = ReportSettings.read(os.environ)
    _, region = settings.place
    table = Table(client("dynamodb"), settings.ledger_table)
    rows = DynamoDbUsage(table)
    return ReportPorts(
        policy=load_policy(),
        place=settings.place,
        timezone=settings.timezone,
        fetch_prices=PriceList(lambda: clients_of(endpoint_for(region))("pricing")).fetch,
        prices=rows.prices,
        keep_prices=rows.keep_prices,
        slices=rows.slices,
        cases=DynamoDbCases(table).all,
        audit_entries=DynamoDbAudit(table).entries,
        unreached=DynamoDbDeliveries(table).unreached_since,
        other_regions={
            there: _other_region(there, name)
            for there, name in settings.other_ledgers.items()
            if there != region  # all regions may be given the same list
        },
        ask_bill=CostExplorer(lambda: clients_of(CE_REGION)("ce")).ask,
        render=partial(render, assets=assets),
        publish_page=ReportBucket(client("s3"), settings.bucket, region).publish,
        publish_text=SnsTexts(client("sns"), settings.summary_topic).publish_with_subject,
    )


def _other_region(region: str, table: str) -> ReadRegion:
    """Read another region's ledger; its client is made when it is first needed."""
    return OtherRegionLedger(lambda: clients_of(region, PATIENCE)("dynamodb"), table).read
