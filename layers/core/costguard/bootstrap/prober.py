"""The client with which `probe` opens a notebook: of the place where that is."""

import os
from functools import cache
from typing import TYPE_CHECKING

from costguard.adapters.clients import client
from costguard.bootstrap.spoke_settings import SpokeSettings
from costguard.common.errors import GuardError

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

    from costguard.adapters.clients import ClientFactory


def sagemaker_in(place: str) -> "SageMakerClient":
    """Return the client of a place; a place that is not a spoke is refused."""
    return (_factory(place) if place else client)("sagemaker")


@cache
def _factory(place: str) -> "ClientFactory":
    from costguard.bootstrap.spokes import clients_in  # noqa: PLC0415 - only a hub needs it

    found = clients_in(SpokeSettings.read(os.environ), "probe", client).get(place)
    if found is None:
        raise GuardError(f"{place} is not guarded")
    return found.factory
