"""Where the report's ports meet AWS."""

import os
from functools import partial

from costguard.aws.billing import CostExplorer
from costguard.aws.clients import client
from costguard.aws.deliveries import Deliveries
from costguard.aws.elsewhere import PATIENCE, OtherLedger
from costguard.aws.ledger import Ledger
from costguard.aws.notify import Summaries
from costguard.aws.pages import Pages
from costguard.aws.prices import PriceList, endpoint_for
from costguard.aws.usage_rows import UsageRows
from costguard.aws.wiring import policy
from costguard.page import Assets, render
from costguard.report import ReportPorts
from costguard.settings import ReportSettings

CE_REGION = "us-east-1"  # Cost Explorer's one endpoint


def report_ports(assets: Assets) -> ReportPorts:
    """Wire the report. Raises SettingsInvalid or PolicyInvalid."""
    settings = ReportSettings.read(os.environ)
    _, region = settings.place
    ledger = Ledger(client("dynamodb"), settings.ledger_table)
    rows = UsageRows(client("dynamodb"), settings.ledger_table)
    return ReportPorts(
        policy=policy(),
        place=settings.place,
        timezone=settings.timezone,
        fetch=PriceList(partial(client, "pricing", endpoint_for(region))).fetch,
        prices=rows.prices,
        keep_prices=rows.keep_prices,
        pieces=rows.pieces,
        cases=ledger.cases,
        actions=ledger.actions,
        unreached=Deliveries(client("dynamodb"), settings.ledger_table).unreached_since,
        others={
            there: OtherLedger(partial(client, "dynamodb", there, PATIENCE), table).read
            for there, table in settings.other_ledgers.items()
            if there != region  # all regions may be given the same list
        },
        ask=CostExplorer(partial(client, "ce", CE_REGION)).ask,
        render=partial(render, assets=assets),
        publish=Pages(client("s3"), settings.bucket, region).publish,
        tell=Summaries(client("sns"), settings.summary_topic).say,
    )
