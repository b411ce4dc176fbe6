"""The condition keys that a request gives IAM (Service Authorization Reference, SageMaker)."""

from collections.abc import Iterator, Mapping
from typing import Any

_DEFINITIONS = tuple(
    f"Create{each}JobDefinition"
    for each in ("DataQuality", "ModelBias", "ModelExplainability", "ModelQuality")
)
_TYPES = (
    *("CreateNotebookInstance", "UpdateNotebookInstance"),
    *("CreateTrainingJob", "UpdateTrainingJob", "CreateHyperParameterTuningJob"),
    *("CreateApp", "CreateSpace", "UpdateSpace", "CreateDomain", "UpdateDomain"),
    *("CreateUserProfile", "UpdateUserProfile"),
    *("CreateProcessingJob", "CreateTransformJob", "CreateEndpointConfig", "CreateCluster"),
    *("CreateMonitoringSchedule", *_DEFINITIONS),
)
_NUMBERS = {  # key: the member it is read from, and the operations that know it
    "sagemaker:MaxRuntimeInSeconds": (
        "MaxRuntimeInSeconds",
        (
            *("CreateTrainingJob", "CreateHyperParameterTuningJob", "CreateProcessingJob"),
            *("CreateMonitoringSchedule", *_DEFINITIONS),
        ),
    ),
    "sagemaker:KeepAlivePeriod": (
        "KeepAlivePeriodInSeconds",
        ("CreateTrainingJob", "UpdateTrainingJob"),
    ),
}


def keys_of(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Give the keys of a request; one without the member has no such key.

    Whether AWS leaves MaxRuntimeInSeconds out where a request does, and which of several it
    compares, is not documented: here it does, and it is the largest.
    """
    keys: dict[str, Any] = {}
    types = [str(found) for found in _values("InstanceType", request)]
    if operation in _TYPES and types:
        keys["sagemaker:InstanceTypes"] = list(dict.fromkeys(types))
    for key, (member, operations) in _NUMBERS.items():
        numbers = [found for found in _values(member, request) if isinstance(found, int)]
        if operation in operations and numbers:
            keys[key] = str(max(numbers))
    return keys


def _values(member: str, within: object) -> Iterator[Any]:
    """Find every value of a member, however deep."""
    if isinstance(within, Mapping):
        for name, value in within.items():
            if name == member:
                yield value
            yield from _values(member, value)
    elif isinstance(within, list):
        for each in within:
            yield from _values(member, each)
