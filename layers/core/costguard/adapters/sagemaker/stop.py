"""The Stop call: the one place that stops anything."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from msgspec import Struct, field

from costguard.adapters.sagemaker.calls import call, is_missing
from costguard.common.errors import GuardError
from costguard.enforcement.outcomes import StopOutcome
from costguard.resources.kind import Kind
from costguard.resources.model import Resource
from costguard.resources.places import HOME
from costguard.resources.registry import KINDS

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

_WRONG_STATE = re.compile(r"Status \(\w+\) not in|is in status \w+")
"""How SageMaker refuses a stop that comes too early or too late."""


class SageMakerStopper(Struct, frozen=True):
    """Stops with the client it is given."""

    sagemaker: "SageMakerClient"
    kinds: Mapping[str, Kind] = field(default_factory=lambda: KINDS)
    place: str = HOME  # of this client

    def stop(self, resource: Resource) -> StopOutcome:
        """Ask AWS to stop it; return the outcome. Raises any other refusal."""
        if resource.place != self.place:  # its namesake here is another resource
            raise GuardError(f"this call stops nothing in another place: {resource.arn}")
        kind = self.kinds[resource.kind]
        if (stop := kind.api.stop) is None or kind.is_deleted:
            msg = f"the guard has no call that stops this kind: {kind.title}"
            raise GuardError(msg)
        address = resource.address or next(iter(kind.identity.addresses(resource.name)), None)
        if address is None:
            return StopOutcome.GONE
        try:
            call(self.sagemaker, stop.operation, **address, **(stop.arguments or {}))
        except ClientError as error:
            if is_missing(error):
                return StopOutcome.GONE
            if _WRONG_STATE.search(error.response["Error"].get("Message", "")):
                return StopOutcome.NOT_RUNNING
            raise
        return StopOutcome.ACCEPTED
