"""docs/running-costs.md: what a month of Costguard costs, with the whole arithmetic."""

import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

PATH = Path(__file__).parents[1] / "running-costs.md"
HERE = Path(__file__).parent
MEMORY = {"sweep": Decimal("0.5"), "notify": Decimal("0.5"), "other": Decimal("0.25")}  # GB
METRICS_ASKED = 5  # of one heartbeat

type Numbers = Mapping[str, Any]
type Line = tuple[str, str, Callable[[Numbers], Decimal]]

LINES: tuple[Line, ...] = (
    (
        "`sweep`: looking",
        "sweeps x (seconds x 0.5 GB x GB-second + request)",
        lambda n: (
            n["sweeps"] * (n["sweep_seconds"] * MEMORY["sweep"] * n["gb_second"] + n["request"])
        ),
    ),
    (
        "`probe`: asking notebooks",
        "asks x (seconds x 0.25 GB x GB-second + request)",
        lambda n: (
            n["asks"] * (n["probe_seconds"] * MEMORY["other"] * n["gb_second"] + n["request"])
        ),
    ),
    (
        "`watch`: events",
        "events x (seconds x 0.25 GB x GB-second + request)",
        lambda n: (
            n["events"] * (n["watch_seconds"] * MEMORY["other"] * n["gb_second"] + n["request"])
        ),
    ),
    (
        "`report`, `enforce`, `notify`",
        "(reports x seconds x 0.25 GB + notices x 2 s x 0.5 GB) x GB-second",
        lambda n: (
            (
                n["reports"] * n["report_seconds"] * MEMORY["other"]
                + n["notices"] * MEMORY["notify"] * 2
            )
            * n["gb_second"]
        ),
    ),
    (
        "the ledger (DynamoDB)",
        "sweeps x (reads x read unit + writes x write unit)",
        lambda n: n["sweeps"] * (n["reads"] * n["read"] + n["writes"] * n["write"]),
    ),
    (
        "reading heartbeats (CloudWatch)",
        f"asks x {METRICS_ASKED} metrics x metric asked for",
        lambda n: n["asks"] * METRICS_ASKED * n["asked"],
    ),
    (
        "own metrics, alarms, logs",
        "metrics x $0.30 + alarms x $0.10 + GB of logs x $0.50",
        lambda n: n["metrics"] * n["metric"] + n["alarms"] * n["alarm"] + n["logs"] * n["log_gb"],
    ),
    ("queues (SQS)", "polls x request", lambda n: n["polls"] * n["poll"]),
    (
        "the bill (Cost Explorer)",
        "reports x calls x $0.01",
        lambda n: n["reports"] * n["bill_calls"] * n["bill"],
    ),
)


def document() -> str:
    """Write it."""
    costs = _costs()
    sizes = {size: _numbers(costs, size) for size in costs["sizes"]}
    rows = [
        f"| {what} | {how} | {' | '.join(_usd(of(sizes[size])) for size in sizes)} |"
        for what, how, of in LINES
    ]
    sums = map(_usd, totals().values())
    rows.append(f"| **a month** | | {' | '.join(f'**{each}**' for each in sums)} |")
    head = (HERE / "running-costs.md").read_text(encoding="utf-8")
    return head.format(table="\n".join(rows), inputs="\n".join(_inputs(costs)))


def totals() -> dict[str, Decimal]:
    """Sum up a month, by the number of notebooks."""
    costs = _costs()
    sizes = {size: _numbers(costs, size) for size in costs["sizes"]}
    return {size: sum((of(n) for _, _, of in LINES), Decimal()) for size, n in sizes.items()}


def _costs() -> Numbers:
    return tomllib.loads((HERE / "costs.toml").read_text("utf-8"), parse_float=Decimal)


def _numbers(costs: Numbers, size: str) -> dict[str, Any]:
    own = {**costs["sizes"][size]}
    return {**costs["prices"], **costs["fixed"], **own, "logs": own["log_gb"]} | {
        "log_gb": costs["prices"]["log_gb"]
    }


def _inputs(costs: Numbers) -> list[str]:
    small, large = costs["sizes"]["20"], costs["sizes"]["500"]
    fixed = [f"| {name} | {value} | {value} |" for name, value in costs["fixed"].items()]
    return [*fixed, *(f"| {name} | {small[name]} | {large[name]} |" for name in small)]


def _usd(amount: Decimal) -> str:
    return f"${amount:.2f}"
