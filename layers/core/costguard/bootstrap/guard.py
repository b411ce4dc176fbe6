"""Where ports meet AWS: the one place that knows both."""

import os
from functools import cache, partial
from typing import TYPE_CHECKING

from costguard.adapters.activity_source import ActivitySource
from costguard.adapters.clients import client
from costguard.adapters.dynamodb.audit import AuditLog
from costguard.adapters.dynamodb.cases import Cases
from costguard.adapters.dynamodb.markers import Markers
from costguard.adapters.dynamodb.table import Table
from costguard.adapters.dynamodb.usage import UsageRows
from costguard.adapters.logs import log_decision
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

if TYPE_CHECKING:
    from costguard.adapters.clients import ClientFactory


@cache
def guard_ports() -> Ports:
    """Wire the function once per container. Raises SettingsInvalid or PolicyInvalid."""
    settings = GuardSettings.read(os.environ)
    return wire_guard(settings, load_policy().with_ceiling(settings.mode), client)


def wire_guard(settings: GuardSettings, of: Policy, client: "ClientFactory") -> Ports:
    """Bind every port to the AWS client that serves it."""
    inventory = Inventory(client("sagemaker"), lambda: client("resourcegroupstaggingapi"))
    senses = ActivitySource(
        inventory=inventory,
        cloudwatch=lambda: client("cloudwatch"),
        ask=partial(ask_probe, client("lambda"), settings.probe) if settings.probe else None,
    )
    table = Table(client("dynamodb"), settings.ledger_table)
    cases, audit, markers, rows = Cases(table), AuditLog(table), Markers(table), UsageRows(table)
    return Ports(
        meter=Meter(
            known=rows.known,
            open=rows.open,
            save=rows.save,
            slices=rows.slices,
            with_volumes=inventory.with_volumes,
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
        event_context=markers.event_context,
        case=cases.get,
        cases=cases.all,
        save=cases.save,
        audit=audit.record,
        last_time=markers.last_time,
        mark_time=markers.mark_time,
        record_creator=markers.record_creator,
        publish_notice=NoticeTopic(client("sns"), settings.alerts_topic).publish,
        publish_text=TextTopic(client("sns"), settings.summary_topic).publish,
        acquire_stop_slot=markers.acquire_stop_slot,
        enqueue_stops=StopQueue(client("sqs"), settings.stop_queue).enqueue,
        stop=Stopper(client("sagemaker")).stop,
        count=partial(emit_metrics, settings.stack, settings.function),
        log=log_decision,
        together=run_concurrently,
    )
