"""What a Describe answer tells of the bill: ends, billable seconds, volumes, warm pools. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from costguard.model import Billing

_ENDS = (
    "TrainingEndTime",
    "ProcessingEndTime",
    "TransformEndTime",
    "HyperParameterTuningEndTime",
)
_WAITS = "Available"  # the one status of a warm pool that costs while no job runs in it


def billing_of(raw: Mapping[str, Any]) -> Billing:
    """Read it from any kind's answer; a summary tells little, and the rest stays not known."""
    pool = raw.get("WarmPoolStatus") or {}
    return Billing(
        ended=next((raw[field] for field in _ENDS if raw.get(field)), None),
        billable=_seconds(raw.get("BillableTimeInSeconds")),
        spot=bool(raw.get("EnableManagedSpotTraining")),
        volume_gb=raw.get("VolumeSizeInGB"),
        retained=_seconds(pool.get("ResourceRetainedBillableTimeInSeconds")),
        retaining=pool.get("Status") == _WAITS,
    )


def _seconds(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(seconds=number)
