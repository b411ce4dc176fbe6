"""What IAM checks a call against."""

from typing import Any

from local.sagemaker.kinds import KINDS
from local.sagemaker.resource import Place


def resource_of(place: Place, operation: str, request: dict[str, Any]) -> str:
    """Name what IAM checks a call against: one resource, or `*` for calls about no single one.

    Service Authorization Reference of Amazon SageMaker: List calls and unnamed ones take `*`.
    """
    if isinstance(arn := request.get("ResourceArn"), str):
        return arn
    for kind in KINDS:
        if kind.prefix in operation and isinstance(name := request.get(kind.name_field), str):
            return place.arn(kind, name)
    return "*"
