"""Build the ports of the guard's functions from their environment."""

import os
from copy import replace
from functools import cache, partial
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from costguard.adapters.activity_source import NotebookObserver
from costguard.adapters.clients import client
from costguard.adapters.dynamodb.audit import DynamoDbAudit
from costguard.adapters.dynamodb.cases import DynamoDbCases
from costguard.adapters.dynamodb.deliveries import DynamoDbDeliveries
from costguard.adapters.dynamodb.exceptions import DynamoDbExceptions
from costguard.adapters.dynamodb.markers import DynamoDbMarkers
from costguard.adapters.dynamodb.published import PublishedNotices, RecordedNotices
from costguard.adapters.dynamodb.rosters import DynamoDbRosters
from costguard.adapters.dynamodb.table import Table
from costguard.adapters.dynamodb.unreadable import unreadable_rows
from costguard.adapters.dynamodb.unwatched import DynamoDbUnwatched
from costguard.adapters.dynamodb.usage import DynamoDbUsage
from costguard.adapters.dynamodb.work import DynamoDbWork
from costguard.adapters.logs import log_decision
from costguard.adapters.metrics import emit_metrics
from costguard.adapters.probe_client import ask_probe
from costguard.adapters.roster_bucket import RosterBucket
from costguard.adapters.sagemaker.deletion import SageMakerDeleter
from costguard.adapters.sagemaker.inventory import inventory_in
from costguard.adapters.sagemaker.stop import SageMakerStopper
from costguard.adapters.sagemaker.unwatched import SageMakerUnwatched
from costguard.adapters.sns import SnsNotices, SnsTexts
from costguard.adapters.sqs import SqsStopQueue
from costguard.adapters.thread_pool import run_concurrently
from costguard.adapters.use_metrics import CloudWatchUse
from costguard.app.ports import (
    EnforcePorts,
    GuardPorts,
    NoExceptions,
    ParkPorts,
    Stopper,
    SweepPorts,
    WatchPorts,
)
from costguard.bootstrap.policy import PolicySource, load_policy
from costguard.bootstrap.settings import GuardSettings
from costguard.policy.model import Policy

if TYPE_CHECKING:
    from costguard.adapters.clients import ClientFactory


def watch_ports() -> WatchPorts:
    """Put `watch` together, with the rosters of now. Raises SettingsInvalid or PolicyInvalid."""
    return replace(_watch(), policy=_policy_source().enrolled())


def sweep_ports() -> SweepPorts:
    """Put `sweep` together, with the rosters of now. Raises SettingsInvalid or PolicyInvalid."""
    return replace(_sweep(), policy=_policy_source().enrolled())


def enforce_ports() -> EnforcePorts:
    """Put `enforce` together, with the rosters of now. Raises SettingsInvalid or PolicyInvalid."""
    return replace(_enforce(), policy=_policy_source().enrolled())


def park_ports() -> ParkPorts:
    """Put `park` together, with the rosters of now. Raises SettingsInvalid or PolicyInvalid."""
    return replace(_park(), policy=_policy_source().enrolled())


def wire_watch(settings: GuardSettings, policy: Policy, client: "ClientFactory") -> WatchPorts:
    """Bind the ports of `watch` to AWS clients."""
    return WatchPorts(
        **asdict(_shared(settings, policy, client)),
        texts=SnsTexts(client("sns"), settings.summary_topic),
        events=DynamoDbMarkers(_table(settings, client)),
        stop_requests=SqsStopQueue(client("sqs"), settings.stop_queue, settings.park_queue),
    )


def wire_sweep(settings: GuardSettings, policy: Policy, client: "ClientFactory") -> SweepPorts:
    """Bind the ports of `sweep` to AWS clients."""
    ports = SweepPorts(
        **asdict(_shared(settings, policy, client)),
        texts=SnsTexts(client("sns"), settings.summary_topic),
        receipts=PublishedNotices(_table(settings, client)),
        unwatched=SageMakerUnwatched(client("sagemaker")),
        unwatched_ledger=DynamoDbUnwatched(_table(settings, client)),
        roster_files=RosterBucket(lambda: client("s3"), settings.rosters),
        rosters=DynamoDbRosters(_table(settings, client)),
        enrolled=policy_source(settings, policy, client).enrolled,
        stop_requests=SqsStopQueue(client("sqs"), settings.stop_queue, settings.park_queue),
    )
    if not settings.spokes.places:
        return ports
    from costguard.bootstrap import spokes  # noqa: PLC0415 - only a hub needs it

    return spokes.with_unwatched(ports)


def wire_enforce(settings: GuardSettings, policy: Policy, client: "ClientFactory") -> EnforcePorts:
    """Bind the ports of `enforce` to AWS clients: only it gets the Stop call."""
    stopper: Stopper = SageMakerStopper(client("sagemaker"))
    if settings.spokes.places:
        from costguard.bootstrap import spokes  # noqa: PLC0415 - only a hub needs it

        stopper = spokes.stopper_of_all(stopper, settings.spokes, client)
    return EnforcePorts(**asdict(_shared(settings, policy, client)), stopper=stopper)


def wire_park(settings: GuardSettings, policy: Policy, client: "ClientFactory") -> ParkPorts:
    """Bind the ports of `park` to AWS clients: only it gets the Delete call, and only at home."""
    return ParkPorts(
        **asdict(_at_home(settings, policy, client)), deleter=SageMakerDeleter(client("sagemaker"))
    )


@cache
def _watch() -> WatchPorts:
    return wire_watch(*_deployed(), client)


@cache
def _sweep() -> SweepPorts:
    return wire_sweep(*_deployed(), client)


@cache
def _enforce() -> EnforcePorts:
    return wire_enforce(*_deployed(), client)


@cache
def _park() -> ParkPorts:
    return wire_park(*_deployed(), client)


@cache
def _policy_source() -> PolicySource:
    settings, policy = _deployed()
    return policy_source(settings, policy, client)


def policy_source(settings: GuardSettings, policy: Policy, client: "ClientFactory") -> PolicySource:
    """Bind the policy to the rosters in the ledger."""
    return PolicySource(policy, DynamoDbRosters(_table(settings, client)))


def _deployed() -> tuple[GuardSettings, Policy]:
    settings = GuardSettings.read(os.environ)
    return settings, load_policy(settings.mode, parks=settings.park_queue is not None)


def _table(settings: GuardSettings, client: "ClientFactory") -> Table:
    return Table(client("dynamodb"), settings.ledger_table)


def _shared(settings: GuardSettings, policy: Policy, client: "ClientFactory") -> GuardPorts:
    """Bind the ports that all of them share."""
    ports = _at_home(settings, policy, client)
    if not settings.spokes.places:
        return ports
    from costguard.bootstrap import spokes  # noqa: PLC0415 - only a hub needs it

    return spokes.with_spokes(ports, settings, client)


def _at_home(settings: GuardSettings, policy: Policy, client: "ClientFactory") -> GuardPorts:
    """Bind the ports that all of them share to the account and Region of the stack."""
    inventory = inventory_in(client)
    ask = partial(ask_probe, client("lambda"), settings.probe) if settings.probe else None
    table = _table(settings, client)
    work = DynamoDbWork(table)
    return GuardPorts(
        policy=policy,
        place=settings.place,
        sweep_interval=settings.sweep_interval,
        inventory=inventory,
        activity=NotebookObserver(inventory, lambda: client("cloudwatch"), ask, ledger=work),
        use=CloudWatchUse(lambda: client("cloudwatch")),
        cases=DynamoDbCases(table),
        audit=DynamoDbAudit(table),
        marks=DynamoDbMarkers(table),
        creators=DynamoDbMarkers(table),
        usage=DynamoDbUsage(table),
        deliveries=DynamoDbDeliveries(table),
        notices=RecordedNotices(table, SnsNotices(client("sns"), settings.alerts_topic)),
        count=partial(emit_metrics, settings.stack, settings.function),
        log=log_decision,
        run_concurrently=run_concurrently,
        exceptions=DynamoDbExceptions(table) if settings.self_service else NoExceptions(),
        unreadable=unreadable_rows,
    )
