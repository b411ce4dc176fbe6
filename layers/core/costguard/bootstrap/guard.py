"""Where ports meet AWS: the one place that knows both."""

import os
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from costguard.adapters.activity_source import ActivitySource
from costguard.adapters.clients import client
from costguard.adapters.dynamodb.cases import Ledger
from costguard.adapters.dynamodb.usage import UsageRows
from costguard.adapters.metrics import emit_metrics
from costguard.adapters.probe_client import ask_probe
from costguard.adapters.sagemaker.inventory import Inventory
from costguard.adapters.sagemaker.stop import Stopper
from costguard.adapters.sns import NoticeTopic, TextTopic
from costguard.adapters.sqs import StopQueue
from costguard.adapters.thread_pool import run_concurrently
from costguard.app.metering import Meter
from costguard.app.ports import Ports
from costguard.bootstrap.policy import load_policy
from costguard.bootstrap.settings import GuardSettings
from costguard.policy.model import Policy


@cache
def guard_ports() -> Ports:
    """Wire the function once per container. Raises SettingsInvalid or PolicyInvalid."""
    settings = GuardSettings.read(os.environ)
    return wire_guard(settings, load_policy().with_ceiling(settings.mode), client)


def wire_guard(settings: GuardSettings, of: Policy, client: Callable[[str], Any]) -> Ports:
    """Bind every port to the AWS client that serves it."""
    inventory = Inventory(client("sagemaker"), partial(client, "resourcegroupstaggingapi"))
    senses = ActivitySource(
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
            slices=rows.slices,
            notebooks=inventory.notebooks,
            prices=rows.prices,
            spend=rows.spend,
            keep_spend=rows.keep_spend,
        ),
        place=settings.place,
        policy=of,
        describe=inventory.describe,
        running=inventory.running,
        tags=inventory.tags,
        observe_activity=senses.observe,
        event_context=ledger.event_context,
        case=ledger.case,
        cases=ledger.cases,
        save=ledger.save,
        audit=ledger.audit,
        last_time=ledger.last_time,
        mark_time=ledger.mark_time,
        record_creator=ledger.record_creator,
        publish_notice=NoticeTopic(client("sns"), settings.alerts_topic).publish,
        publish_text=TextTopic(client("sns"), settings.summary_topic).publish,
        acquire_stop_slot=ledger.acquire_stop_slot,
        enqueue_stops=StopQueue(client("sqs"), settings.stop_queue).enqueue,
        stop=Stopper(client("sagemaker")).stop,
        count=partial(emit_metrics, settings.stack, settings.function),
        together=run_concurrently,
    )
