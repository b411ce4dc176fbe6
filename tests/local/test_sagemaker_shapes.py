"""The local SageMaker takes what the service model allows, and refuses what it forbids, by name."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import StructureShape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.sagemaker import model
from local.sagemaker.account import OPERATIONS
from local.sagemaker.errors import AwsError
from local.sagemaker.validation import accept
from tests.local.sagemaker_cases import account, refused, tagged
from tests.local.sagemaker_shapes import (
    ITEM,
    KEY,
    MISSING,
    Path,
    forbidden,
    legal,
    members,
    nested,
)

CREATES = sorted(name for name in OPERATIONS if name.startswith("Create"))
"""Every operation of the local SageMaker that makes something."""
TAGGED = [name for name in CREATES if "Tags" in model.members(model.input_shape(name))]
ILL_FORMED = ("cannot be read", "Duplicate tag key", "Member must have", "Member must satisfy")
"""What no well formed request is refused for: it may name what nobody has made."""


def shape_of(operation: str) -> StructureShape:
    """Give the shape of an operation's request."""
    shape = model.input_shape(operation)
    assert shape
    return shape


def told_at(path: Path) -> str:
    """Spell a path as AWS's texts do."""
    words = (each if each == ITEM else f"{each[:1].lower()}{each[1:]}" for each in path)
    return re.sub(rf"\.{KEY}(?=\.|$)", f".{KEY}.member", ".".join(words))


def is_taken(operation: str, request: dict[str, Any]) -> bool:
    """Tell whether a request is well formed, even if it names what nobody has made."""
    try:
        account().call(operation, request)
    except AwsError as error:
        return not any(text in error.message for text in ILL_FORMED)
    return True


def faults(operation: str) -> Iterator[tuple[Path, object]]:
    """List what the model forbids of an operation's request: where, and the value."""
    for path, member in members(shape_of(operation)):
        yield from ((path, value) for value in forbidden(member) if path)
        if isinstance(member, StructureShape):
            yield from (((*path, name), MISSING) for name in member.required_members)


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_what_the_model_forbids_is_refused_by_name(operation: str) -> None:
    aws = account()
    for path, value in faults(operation):
        code, message = refused(aws, operation, **nested(path, value))
        assert code == "ValidationException", (path, value)
        assert f"at '{told_at(path)}' failed to satisfy constraint" in message, (path, value)


def test_there_is_much_that_the_model_forbids() -> None:
    assert sum(1 for operation in CREATES for _ in faults(operation)) > 3000
    assert all(any(faults(operation)) for operation in CREATES)


@pytest.mark.parametrize("operation", CREATES)
@settings(max_examples=5, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_the_model_allows_is_taken_as_it_is(operation: str, data: st.DataObject) -> None:
    shape = shape_of(operation)
    request = data.draw(legal(shape))
    assert accept(shape, request) == request


@pytest.mark.parametrize("operation", CREATES)
@settings(max_examples=5, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_least_that_the_model_asks_for_is_enough(operation: str, data: st.DataObject) -> None:
    assert is_taken(operation, data.draw(legal(shape_of(operation), depth=2)))


@pytest.mark.parametrize("value", [None, 5, "a", [None]])
def test_a_request_of_another_form_cannot_be_read(value: object) -> None:
    code, _ = refused(account(), "CreateTrainingJob", Tags=[value], ResourceConfig=value)
    assert code == "SerializationException"


@pytest.mark.parametrize("operation", TAGGED)
@settings(max_examples=2, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_tag_key_is_given_once(operation: str, data: st.DataObject) -> None:
    request: dict[str, Any] = data.draw(legal(shape_of(operation), depth=2))
    twice = [*tagged(Project="a", Name="b"), *tagged(Project="c")]
    answer = refused(account(), operation, **request | {"Tags": twice})
    assert answer == ("ValidationException", "Duplicate tag key")
    assert is_taken(operation, request | {"Tags": tagged(Project="a", project="a")})
