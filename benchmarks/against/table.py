"""Measure both builds, and stand them side by side: one table, and one value to keep."""

import os
from types import ModuleType
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import builds
from benchmarks.against import calls, cold, growth, imports, stops, warm
from benchmarks.against.pair import Beside, Pair
from benchmarks.processes import announce
from benchmarks.rows import HOLDS, Lab, number

MODULES: dict[str, ModuleType] = {
    module.__name__.rpartition(".")[2]: module
    for module in (imports, cold, warm, calls, growth, stops)
}


def measure(lab: Lab, revision: str, names: list[str]) -> dict[str, Any]:
    """Measure the present build beside that of a revision, show both, and answer what was found."""
    pair = Pair(lab, builds.of(revision))
    rows = [row for name in names or MODULES for row in MODULES[name].measure(pair)]
    _show(rows, pair)
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load > cores:
        announce(
            f"the machine is busy (load {load:.1f}, cores {cores}): only processor time counts"
        )
    return {
        "now": {"revision": builds.full("HEAD"), "edited": builds.edited(), "SDK": pair.now.sdk},
        "then": {"revision": builds.full(revision), "SDK": pair.then.sdk},
        "rows": [row.as_dict() for row in rows],
    }


def _show(rows: list[Beside], pair: Pair) -> None:
    older = pair.then.name
    columns = ("unit", "present", older, "ratio", "floor", "share", f"share of {older}")
    table = Table("what", *columns, "goal", "holds")
    for row in rows:
        table.add_row(
            row.what,
            row.unit,
            number(row.now),
            number(row.then),
            _ratio(row.ratio),
            number(row.floor),
            _ratio(row.share),
            _ratio(row.share_then),
            row.goal,
            HOLDS[row.holds],
        )
    Console(width=150).print(table)


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
