"""The hands: the one place that stops anything."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from costguard.adapters.sagemaker.inventory import is_missing
from costguard.resources.model import Resource
from costguard.resources.registry import KINDS

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

_WRONG_STATE = re.compile(r"Status \(\w+\) not in|is in status \w+")
"""How SageMaker refuses a stop that comes too early or too late (aws-facts 1.1, 1.3)."""


@dataclass(frozen=True, slots=True)
class Stopper:
    """Stops with the client it is given."""

    sagemaker: "SageMakerClient"

    def stop(self, resource: Resource) -> str:
        """Ask AWS to stop it: `accepted`, or why not needed. Raises any other refusal."""
        kind = KINDS[resource.kind]
        try:
            getattr(self.sagemaker, kind.stop_op)(**{f"{kind.prefix}Name": resource.name})
        except ClientError as error:
            if is_missing(error):
                return "gone"
            if _WRONG_STATE.search(error.response["Error"].get("Message", "")):
                return "not-running"
            raise
        return "accepted"
