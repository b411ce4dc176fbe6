"""Measure everything, print one table, write results.json: `make bench`, ARGS=--quick for less.

With `--against REV`: this build beside an older one, in against.json.
"""

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
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import (
    builds,
    chain,
    cold,
    cost,
    custodian,
    functions,
    growth,
    package,
    places,
    sweeps,
    warm,
)
from benchmarks.against import table
from benchmarks.processes import HERE
from benchmarks.rows import HOLDS, Lab, Row, number
from local import sam

MODULES: dict[str, ModuleType] = {
    module.__name__.rpartition(".")[2]: module
    for module in (sweeps, growth, places, cold, warm, chain, package, functions, cost)
}
RESULTS, AGAINST = HERE / "results.json", HERE / "against.json"


def main() -> int:
    """Measure what was asked for, beside Custodian or beside an older build."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer turns, up to 1,000 notebooks")
    parser.add_argument("--against", metavar="REV", help="a revision to measure this one beside")
    known = f"some of {', '.join(MODULES)}; with --against of {', '.join(table.MODULES)}"
    parser.add_argument("rows", nargs="*", metavar="ROW", help=known)
    asked = parser.parse_args()
    modules = table.MODULES if asked.against else MODULES
    if unknown := set(asked.rows) - modules.keys():
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    if asked.against:
        _check(parser, asked.against)
    custodian.install()
    sam.build()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as tmp:
        lab = Lab(asked.quick, Path(tmp))
        found = _found(lab, asked.against, asked.rows)
    if not asked.quick and not asked.rows:
        kept = AGAINST if asked.against else RESULTS
        told = {**_circumstances(time.monotonic() - begun), **found}
        kept.write_text(json.dumps(told, indent=1) + "\n")
    return 0


def _check(parser: argparse.ArgumentParser, revision: str) -> None:
    try:
        builds.full(revision)
    except builds.NoSuchRevision as exc:
        parser.error(str(exc))


def _found(lab: Lab, against: str | None, names: list[str]) -> dict[str, Any]:
    if against:
        return table.measure(lab, against, names)
    rows = [row for name in names or MODULES for row in MODULES[name].measure(lab)]
    _show(rows)
    return {"rows": [row.as_dict() for row in rows]}


def _circumstances(took: float) -> dict[str, Any]:
    """Tell when, where and with what it was measured."""
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
    }


def _show(rows: list[Row]) -> None:
    shown = Table("what", "unit", "ours", "Custodian", "floor", "ratio", "goal", "holds")
    for row in rows:
        beside = row.floor or row.custodian
        shown.add_row(
            row.what,
            row.unit,
            number(row.ours),
            number(row.custodian),
            number(row.floor),
            f"{row.ours / beside:.2f}" if beside else "",
            row.goal,
            HOLDS[row.holds],
        )
    Console(width=150).print(shown)


if __name__ == "__main__":
    sys.exit(main())
