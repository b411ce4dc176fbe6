"""A row of the table: the measurement, the builds, and the goal."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HOLDS = {True: "yes", False: "no", None: ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Numbers in one unit. `share` is ours over what the goal compares with; None: no ratio."""

    what: str
    unit: str
    ours: float
    custodian: float | None = None
    floor: float | None = None
    goal: str = ""
    holds: bool | None = None  # None: a number without a goal of its own
    detail: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Lab:
    """How much to measure, and where to put what is needed for it."""

    quick: bool
    tmp: Path

    def times(self, whole: int, quick: int) -> int:
        """Say how often."""
        return quick if self.quick else whole


def number(value: float | None) -> str:
    """Write a number with three digits, or all before the point."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 - digits
