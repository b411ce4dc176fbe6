"""The SDK's own model of SageMaker: its operations, and their input and output shapes."""

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


def input_shape(name: str) -> StructureShape | None:
    """Return the input shape of an operation."""
    found = operation(name)
    return found.input_shape if found else None


def output_shape(name: str) -> StructureShape | None:
    """Return the output shape of an operation; `None` when the response is empty."""
    found = operation(name)
    return found.output_shape if found else None


def members(shape: Shape | None) -> tuple[str, ...]:
    """Name the members of a structure."""
    return tuple(shape.members) if isinstance(shape, StructureShape) else ()


def summary_members(list_operation: str) -> tuple[str, tuple[str, ...]]:
    """Return the list member of a List response, and the members of its items."""
    answer = output_shape(list_operation)
    if answer is None:
        raise LookupError(list_operation)
    lists = ((n, s) for n, s in answer.members.items() if isinstance(s, ListShape))
    items, shape = next(lists)
    return items, members(shape.member)
