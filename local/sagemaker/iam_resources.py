"""What IAM checks a call against."""

import re
from typing import Any

from local.sagemaker.other_kinds import EVERY_KIND
from local.sagemaker.resource import Place


def resource_of(place: Place, operation: str, request: dict[str, Any]) -> str:
    """Name what IAM checks a call against: one resource, or `*` for calls about no single one.

    Service Authorization Reference of Amazon SageMaker: List calls and unnamed ones take `*`.
    """
    for member in ("ResourceArn", "PipelineExecutionArn"):
        if isinstance(arn := request.get(member), str):
            return arn
    for kind in EVERY_KIND:
        if kind.prefix in operation and (name := kind.name_in(request)):
            return place.arn(kind, name)
    if operation.endswith("JobDefinition"):
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", operation.removeprefix("Describe")).lower()
        name = str(request.get("JobDefinitionName")).lower()
        return f"arn:aws:sagemaker:{place.region}:{place.account_id}:{words}/{name}"
    if operation.endswith("Model") and isinstance(name := request.get("ModelName"), str):
        return f"arn:aws:sagemaker:{place.region}:{place.account_id}:model/{name.lower()}"
    return "*"
