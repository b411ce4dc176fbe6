"""What SageMaker refuses of a request whose every member is well formed.

Each text names its source; "guess" where only the refusal is documented, or neither is.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from local.sagemaker.errors import invalid

_PLAIN = ("InstanceType", "InstanceCount")
_ALTERNATIVES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    # quoted in aws/sagemaker-python-sdk pull request 5564
    ("InstanceGroups", _PLAIN, "InstanceType or InstanceCount cannot be specified with {one}"),
    # the model calls them mutually exclusive; texts: guess
    (
        "InstancePreferences",
        ("InstanceType", "InstanceGroups", "InstancePlacementConfig"),
        "{one} cannot be combined with {other}.",
    ),
    # the model: "do not provide a value"; which members, and the text: guess
    (
        "InstanceConfigs",
        ("InstanceType", "InstanceCount", "VolumeSizeInGB"),
        "{other} cannot be specified with {one}",
    ),
)
_READ_ONLY = ("SelectedInstanceType", "SelectedInstanceCount")
_WAYS = (
    ("TrainingJobDefinition", "TrainingJobDefinitions"),
    ("ResourceConfig", "HyperParameterTuningResourceConfig"),
)


def check(request: Mapping[str, Any]) -> None:
    """Refuse what the documents rule out beside the shapes of the model."""
    _check_tags([tag["Key"] for tag in request.get("Tags", ())])
    for each in _structures(request):
        _check_ways(each)
        _check_instances(each)
        _check_spot(each)


def _check_tags(keys: Iterable[str]) -> None:
    """Refuse a key twice (quoted in aws/sagemaker-python-sdk pull request 3608) and AWS's own."""
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise invalid("Duplicate tag key")
        if key.lower().startswith("aws:"):  # documented; the text: guess
            raise invalid(f"Tag key {key} is reserved: aws: prefixed keys are for AWS's use")
        seen.add(key)


def _check_ways(of: Mapping[str, Any]) -> None:
    """Refuse the same thing stated twice, in two members (guess: one is documented as enough)."""
    for one, other in _WAYS:
        if one in of and other in of:
            raise invalid(f"{one} cannot be specified with {other}")


def _check_instances(of: Mapping[str, Any]) -> None:
    """Refuse instances stated in two ways, and what only answers hold."""
    for one, others, text in _ALTERNATIVES:
        for other in others:
            if of.get(one) and other in of:
                raise invalid(text.format(one=one, other=other))
    for member in _READ_ONLY:  # the model: "isn't accepted in requests"; the text: guess
        if member in of:
            raise invalid(f"{member} is read-only")


def _check_spot(of: Mapping[str, Any]) -> None:
    """Refuse a choice of instances for managed spot training (documented; the text: guess)."""
    chosen = of.get("ResourceConfig", {}).get("InstancePreferences")
    if chosen and of.get("EnableManagedSpotTraining"):
        raise invalid("InstancePreferences cannot be combined with EnableManagedSpotTraining.")


def _structures(value: object) -> Iterator[Mapping[str, Any]]:
    """Find every structure of a request, itself included."""
    if isinstance(value, Mapping):
        yield value
        for each in value.values():
            yield from _structures(each)
    elif isinstance(value, list):
        for each in value:
            yield from _structures(each)
