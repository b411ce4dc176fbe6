"""Measure everything, print one table, write results.json: `make bench`, ARGS=--quick for less."""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

from rich.console import Console
from rich.table import Table

from benchmarks import chain, cold, cost, custodian, functions, growth, package, sweeps, warm
from benchmarks.processes import HERE
from benchmarks.rows import Lab, Row
from local import sam

MODULES: dict[str, ModuleType] = {
    module.__name__.rpartition(".")[2]: module
    for module in (sweeps, growth, cold, warm, chain, package, functions, cost)
}
RESULTS = HERE / "results.json"


def main() -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer turns, up to 1,000 notebooks")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"some of {', '.join(MODULES)}")
    asked = parser.parse_args()
    if unknown := set(asked.rows) - MODULES.keys():
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    custodian.install()
    sam.build()
    begun, rows = time.monotonic(), list[Row]()
    with tempfile.TemporaryDirectory() as tmp:
        lab = Lab(asked.quick, Path(tmp))
        for name in asked.rows or MODULES:
            rows += MODULES[name].measure(lab)
    _show(rows)
    if not asked.quick and not asked.rows:
        RESULTS.write_text(json.dumps(_results(rows, time.monotonic() - begun), indent=1) + "\n")
    return 0


def _results(rows: list[Row], took: float) -> dict[str, object]:
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "took": round(took),
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "system": platform.platform(),
            "load": os.getloadavg(),
        },
        "versions": {
            "python": sys.version.split()[0],
            "c7n": custodian.installed("c7n"),
            "botocore": custodian.installed("botocore"),
            "ministack": version("ministack"),
        },
        "rows": [row.as_dict() for row in rows],
    }


def _show(rows: list[Row]) -> None:
    table = Table("what", "unit", "ours", "Custodian", "floor", "ratio", "goal", "holds")
    for row in rows:
        beside = row.floor or row.custodian
        table.add_row(
            row.what,
            row.unit,
            _number(row.ours),
            _number(row.custodian),
            _number(row.floor),
            f"{row.ours / beside:.2f}" if beside else "",
            row.goal,
            {True: "yes", False: "no", None: ""}[row.holds],
        )
    Console(width=150).print(table)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 - digits


if __name__ == "__main__":
    sys.exit(main())
