"""Instances stated as a list of preferences, of which the service selects one.

Shapes and texts of the model: InstancePreferences, SelectedInstanceType, SelectedInstanceCount.
"""

from collections.abc import Container
from copy import deepcopy
from typing import Any


def select(fields: dict[str, Any], exhausted: Container[str]) -> dict[str, Any]:
    """Select the first preferred type that has capacity, in the fields of a job that starts."""
    chosen: dict[str, Any] = deepcopy(
        {n: fields[n] for n in ("ResourceConfig", "ProcessingResources") if n in fields}
    )
    for config in (
        chosen.get("ResourceConfig"),
        chosen.get("ProcessingResources", {}).get("ClusterConfig"),
    ):
        if not config or not config.get("InstancePreferences"):
            continue
        preferred = config["InstancePreferences"]
        first = next((p for p in preferred if p["InstanceType"] not in exhausted), preferred[-1])
        count = first.get("InstanceCount") or config.get("InstanceCount", 1)
        config |= {"SelectedInstanceType": first["InstanceType"], "SelectedInstanceCount": count}
    return chosen
