"""The SDK's own description of SageMaker: operations and the shapes of what they take and give."""

from functools import cache

import botocore.session
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape


@cache
def service() -> ServiceModel:
    """Load the service model that boto3 itself uses."""
    return botocore.session.get_session().get_service_model("sagemaker")


def operation(name: str) -> OperationModel | None:
    """Look up an operation; `None` when AWS has no such call."""
    return service().operation_model(name) if name in service().operation_names else None


def takes(name: str) -> StructureShape | None:
    """Give the input shape of an operation."""
    found = operation(name)
    return found.input_shape if found else None


def gives(name: str) -> StructureShape | None:
    """Give the output shape of an operation; `None` when the answer is empty."""
    found = operation(name)
    return found.output_shape if found else None


def members(shape: Shape | None) -> tuple[str, ...]:
    """Name the members of a structure."""
    return tuple(shape.members) if isinstance(shape, StructureShape) else ()


def summary_members(list_operation: str) -> tuple[str, tuple[str, ...]]:
    """Name the list in a List answer, and the members each of its items has."""
    answer = gives(list_operation)
    if answer is None:
        raise LookupError(list_operation)
    lists = ((n, s) for n, s in answer.members.items() if isinstance(s, ListShape))
    items, shape = next(lists)
    return items, members(shape.member)
