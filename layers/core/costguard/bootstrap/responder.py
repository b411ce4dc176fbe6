"""Build the ports of `respond` and of the public door from AWS clients."""

import os
from copy import replace
from functools import cache
from typing import TYPE_CHECKING

from costguard.adapters.clients import client
from costguard.adapters.dynamodb.audit import DynamoDbAudit
from costguard.adapters.dynamodb.cases import DynamoDbCases
from costguard.adapters.dynamodb.exceptions import DynamoDbExceptions
from costguard.adapters.dynamodb.links import DynamoDbPresses
from costguard.adapters.dynamodb.markers import DynamoDbMarkers
from costguard.adapters.dynamodb.published import PublishedNotices
from costguard.adapters.dynamodb.rosters import DynamoDbRosters
from costguard.adapters.dynamodb.table import Table
from costguard.adapters.dynamodb.usage import DynamoDbUsage
from costguard.adapters.logs import log_decision
from costguard.adapters.press_queue import SqsPressQueue
from costguard.adapters.sagemaker.inventory import inventory_in
from costguard.adapters.sagemaker.tags import SageMakerTagger
from costguard.adapters.secrets import Secret
from costguard.adapters.sqs import SqsNotifyQueue, SqsStopQueue
from costguard.app.door_ports import DoorPorts
from costguard.app.ports import Inventory, RespondPorts
from costguard.app.slack_ports import SlackDoorPorts, SlackMembers
from costguard.bootstrap.door_settings import DoorSettings
from costguard.bootstrap.policy import PolicySource, load_policy
from costguard.bootstrap.settings import RespondSettings
from costguard.policy.model import Policy

if TYPE_CHECKING:
    from costguard.adapters.clients import ClientFactory


def respond_ports() -> RespondPorts:
    """Put `respond` together, with the rosters of now. Raises SettingsInvalid or PolicyInvalid."""
    ports, source = _wired()
    return replace(ports, policy=source.enrolled())


def door_ports() -> DoorPorts:
    """Put the public door together. Raises SettingsInvalid or PolicyInvalid."""
    ports, settings = respond_ports(), DoorSettings.read(os.environ)
    table = Table(client("dynamodb"), RespondSettings.read(os.environ).ledger_table)
    return DoorPorts(
        **{name: getattr(ports, name) for name in ports.__struct_fields__},
        links=DynamoDbPresses(table),
        meter=DynamoDbUsage(table),
        page_requests=SqsNotifyQueue(client("sqs"), settings.notify_queue),
    )


def press_ports() -> SlackDoorPorts:
    """Put the door for Slack together. Raises SettingsInvalid or PolicyInvalid."""
    ports = respond_ports()
    table = Table(client("dynamodb"), RespondSettings.read(os.environ).ledger_table)
    queue = SqsNotifyQueue(client("sqs"), DoorSettings.read(os.environ).notify_queue)
    return SlackDoorPorts(
        **{name: getattr(ports, name) for name in ports.__struct_fields__},
        members=slack_members(),
        replies=SqsPressQueue(queue, PublishedNotices(table)),
    )


@cache
def slack_members() -> SlackMembers:
    """Wire Slack, as far as a press needs it while Slack waits."""
    from costguard.adapters.slack_workspace import NoWorkspace, SlackWorkspace  # noqa: PLC0415 - 0.15 s, only if needed

    name = DoorSettings.read(os.environ).slack_token
    return SlackWorkspace(Secret(name, client)) if name else NoWorkspace()


@cache
def _wired() -> tuple[RespondPorts, PolicySource]:
    settings = RespondSettings.read(os.environ)
    policy = load_policy(settings.mode, parks=settings.park_queue is not None)
    rosters = DynamoDbRosters(Table(client("dynamodb"), settings.ledger_table))
    return wire_respond(settings, policy, client), PolicySource(policy, rosters)


def wire_respond(settings: RespondSettings, of: Policy, client: "ClientFactory") -> RespondPorts:
    """Bind every port to the AWS client that serves it."""
    table, sagemaker = Table(client("dynamodb"), settings.ledger_table), client("sagemaker")
    settings = replace(settings, spokes=settings.spokes.besides(_home(settings)))
    return RespondPorts(
        policy=of,
        place=_home(settings),
        spokes=settings.spokes.places,
        inventory=_inventory(settings, client),
        cases=DynamoDbCases(table),
        audit=DynamoDbAudit(table),
        creators=DynamoDbMarkers(table),
        exceptions=DynamoDbExceptions(table),
        tagger=SageMakerTagger(sagemaker),
        stop_requests=SqsStopQueue(client("sqs"), settings.stop_queue, settings.park_queue),
        log=log_decision,
    )


def _home(settings: RespondSettings) -> tuple[str, str]:
    """Return the account and the Region: the address of a queue names its account."""
    return settings.stop_queue.rpartition("/")[0].rpartition("/")[2], settings.region


def _inventory(settings: RespondSettings, client: "ClientFactory") -> Inventory:
    own = inventory_in(client)
    if not settings.spokes.places:
        return own
    from costguard.bootstrap.spokes import inventory_of_all  # noqa: PLC0415 - only a hub needs it

    return inventory_of_all(_home(settings), own, settings.spokes, client)
