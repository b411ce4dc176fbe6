"""SageMaker's service models in an unpacked botocore, read as data."""

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

GROWING = (*("Create", "Start", "Extend", "BatchAdd", "Update", "Retry", "Add", "Put", "Move"),)
"""What the name of an operation begins with that may start or grow cost."""

type Model = Mapping[str, Any]


def sagemaker_models(botocore: Path) -> Iterator[tuple[str, Model]]:
    """Read the model of every SageMaker service, each in its newest version."""
    for service in sorted((botocore / "botocore" / "data").glob("sagemaker*")):
        newest = max(service.iterdir())
        text = gzip.decompress((newest / "service-2.json.gz").read_bytes())
        yield service.name, json.loads(text)


def growing(model: Model) -> list[str]:
    """List the operations of a service that may start or grow cost."""
    return sorted(name for name in model["operations"] if name.startswith(GROWING))


def statuses(model: Model) -> dict[str, set[str]]:
    """Map each shape that is a status to its words."""
    return {name: words for name, words in _enums(model) if name.endswith("Status")}


def instance_types(model: Model) -> dict[str, set[str]]:
    """Map each shape that is an instance type to the types."""
    return {name: words for name, words in _enums(model) if name.endswith("InstanceType")}


def _enums(model: Model) -> Iterator[tuple[str, set[str]]]:
    for name, shape in model["shapes"].items():
        if shape.get("enum"):
            yield name, set(shape["enum"])


def required(model: Model, operation: str) -> set[str]:
    """List the members that a request must have."""
    asked = model["operations"][operation].get("input", {}).get("shape", "")
    return set(model["shapes"].get(asked, {}).get("required", ()))


def members(model: Model, operation: str, side: str) -> set[str]:
    """List the members of an operation's `input` or `output`."""
    shape = model["operations"][operation].get(side, {}).get("shape", "")
    return set(model["shapes"].get(shape, {}).get("members", ()))
