"""Where ports meet AWS: the one place that knows both."""

import os
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from costguard.adapters.activity_source import Senses
from costguard.adapters.clients import client
from costguard.adapters.dynamodb.cases import Ledger
from costguard.adapters.dynamodb.usage import UsageRows
from costguard.adapters.metrics import count
from costguard.adapters.probe_client import ask_probe
from costguard.adapters.sagemaker.inventory import Inventory
from costguard.adapters.sagemaker.stop import Hands
from costguard.adapters.sns import Alerts, Summaries
from costguard.adapters.sqs import StopQueue
from costguard.adapters.thread_pool import together
from costguard.app.metering import Meter
from costguard.app.ports import Ports
from costguard.bootstrap.policy import policy
from costguard.bootstrap.settings import Settings
from costguard.policy.model import Policy


@cache
def ports() -> Ports:
    """Wire the function once per container. Raises SettingsInvalid or PolicyInvalid."""
    settings = Settings.read(os.environ)
    return wire(settings, policy().capped(settings.mode), client)


def wire(settings: Settings, of: Policy, client: Callable[[str], Any]) -> Ports:
    """Bind every port to the AWS client that serves it."""
    inventory = Inventory(client("sagemaker"), partial(client, "resourcegroupstaggingapi"))
    senses = Senses(
        inventory=inventory,
        cloudwatch=partial(client, "cloudwatch"),
        ask=partial(ask_probe, client("lambda"), settings.probe) if settings.probe else None,
    )
    ledger = Ledger(client("dynamodb"), settings.ledger_table)
    rows = UsageRows(client("dynamodb"), settings.ledger_table)
    return Ports(
        meter=Meter(
            known=rows.known,
            open=rows.open,
            save=rows.save,
            pieces=rows.pieces,
            notebooks=inventory.notebooks,
            prices=rows.prices,
            standing=rows.standing,
            keep_standing=rows.keep_standing,
        ),
        place=settings.place,
        policy=of,
        look=inventory.look,
        running=inventory.running,
        tags=inventory.tags,
        activity=senses.activity,
        remembered=ledger.remembered,
        case=ledger.case,
        cases=ledger.cases,
        save=ledger.save,
        audit=ledger.audit,
        recall=ledger.recall,
        note=ledger.note,
        created_by=ledger.created_by,
        tell=Alerts(client("sns"), settings.alerts_topic).tell,
        summarise=Summaries(client("sns"), settings.summary_topic).summarise,
        take_place=ledger.take_place,
        hand_over=StopQueue(client("sqs"), settings.stop_queue).hand_over,
        stop=Hands(client("sagemaker")).stop,
        count=partial(count, settings.stack, settings.function),
        together=together,
    )
