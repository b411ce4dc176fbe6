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
        fetch=PriceList(partial(client, "pricing", endpoint_for(region))).fetch,
        prices=rows.prices,
        keep_prices=rows.keep_prices,
        pieces=rows.slices,
        cases=ledger.cases,
        actions=ledger.actions,
        unreached=Deliveries(client("dynamodb"), settings.ledger_table).unreached_since,
        others={
            there: OtherRegionLedger(partial(client, "dynamodb", there, PATIENCE), table).read
            for there, table in settings.other_ledgers.items()
            if there != region  # all regions may be given the same list
        },
        ask=CostExplorer(partial(client, "ce", CE_REGION)).ask,
        render=partial(render, assets=assets),
        publish=ReportBucket(client("s3"), settings.bucket, region).publish,
        tell=TextTopic(client("sns"), settings.summary_topic).publish_with_subject,
    )
