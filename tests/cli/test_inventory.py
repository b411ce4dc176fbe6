"""The inventory of a session: whose credentials it asks with."""

from typing import Any

from costguard_cli.analysis.inventory import inventory_of
from costguard_cli.aws.session import ReadOnlySession
from tests.factories import at
from tests.integration.aws import client


def test_every_service_is_asked_with_the_session_of_the_user() -> None:
    asked: list[tuple[str, str]] = []

    def connect(service: str, region: str) -> Any:
        asked.append((service, region))
        return client(service)

    inventory = inventory_of(ReadOnlySession(region="eu-west-1", connect=connect, now=at(0)))
    inventory.tagging()
    inventory.scaling()
    services = ("sagemaker", "resourcegroupstaggingapi", "application-autoscaling")
    assert asked == [(each, "eu-west-1") for each in services]
