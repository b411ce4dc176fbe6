"""Where the report's ports meet AWS."""

import os
from functools import partial

from costguard.adapters.clients import client
from costguard.adapters.cost_explorer import CostExplorer
from costguard.adapters.dynamodb.cases import Ledger
from costguard.adapters.dynamodb.deliveries import Deliveries
from costguard.adapters.dynamodb.other_regions import PATIENCE, OtherRegionLedger
from costguard.adapters.dynamodb.usage import UsageRows
from costguard.adapters.price_list import PriceList, endpoint_for
from costguard.adapters.s3 import ReportBucket
from costguard.adapters.sns import TextTopic
from costguard.app.report import ReportPorts
from costguard.bootstrap.policy import load_policy
from costguard.bootstrap.settings import ReportSettings
from costguard.reports.html import Assets, render

CE_REGION = "us-east-1"  # Cost Explorer's one endpoint


def report_ports(assets: Assets) -> ReportPorts:
    """Wire the report. Raises SettingsInvalid or PolicyInvalid."""
    settings = ReportSettings.read(os.environ)
    _, region = settings.place
    ledger = Ledger(client("dynamodb"), settings.ledger_table)
    rows = UsageRows(client("dynamodb"), settings.ledger_table)
    return ReportPorts(
        policy=load_policy(),
        place=settings.place,
        timezone=settings.timezone,
        fetch_prices=PriceList(partial(client, "pricing", endpoint_for(region))).fetch,
        prices=rows.prices,
        keep_prices=rows.keep_prices,
        slices=rows.slices,
        cases=ledger.cases,
        audit_entries=ledger.actions,
        unreached=Deliveries(client("dynamodb"), settings.ledger_table).unreached_since,
        other_regions={
            there: OtherRegionLedger(partial(client, "dynamodb", there, PATIENCE), table).read
            for there, table in settings.other_ledgers.items()
            if there != region  # all regions may be given the same list
        },
        ask_bill=CostExplorer(partial(client, "ce", CE_REGION)).ask,
        render=partial(render, assets=assets),
        publish_page=ReportBucket(client("s3"), settings.bucket, region).publish,
        publish_text=TextTopic(client("sns"), settings.summary_topic).publish_with_subject,
    )
