"""docs/running-costs.md: what a month costs, as the last whole run of the benchmarks found it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PATH = Path(__file__).parents[1] / "running-costs.md"
HERE = Path(__file__).parent
RESULTS = Path(__file__).parents[2] / "benchmarks" / "results.json"
SIZES = ("20", "500")  # notebooks
SUMS = ("calls and time", "with alarms and metrics", "less what is free")

type Row = Mapping[str, Any]


def document() -> str:
    """Write it."""
    told = {f"of_{size}": "\n".join(_table(size)) for size in SIZES}
    return (HERE / "running-costs.md").read_text(encoding="utf-8").format(**told)


def usd(size: str, which: str) -> str:
    """Say one of the sums of a month, such as `$1.39`."""
    return f"${_row(size, which)['ours']:.2f}"


def number(what: str) -> float:
    """Say how many of something a month's bill counts, whatever the size."""
    return float(_lines(SIZES[0])[what]["number"])


def _table(size: str) -> list[str]:
    lines = _lines(size).items()
    rows = [f"| {what} | {each['number']:,.5g} | ${each['USD']:.2f} |" for what, each in lines]
    sums = [f"| **{which}** | | **{usd(size, which)}** |" for which in SUMS]
    return ["| what | number | USD |", "|---|--:|--:|", *rows, *sums]


def _lines(size: str) -> Mapping[str, Row]:
    lines: Mapping[str, Row] = _row(size, SUMS[0])["detail"]["lines"]
    return lines


def _row(size: str, which: str) -> Row:
    rows: list[Row] = json.loads(RESULTS.read_text(encoding="utf-8"))["rows"]
    [found] = [
        r for r in rows if r["what"].startswith(f"a month of {size} ") and which in r["what"]
    ]
    return found
