"""docs/running-costs.md: what a month of Costguard costs, with the whole arithmetic."""

import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

PATH = Path(__file__).parents[1] / "running-costs.md"
HERE = Path(__file__).parent
MEMORY = {  # GB, as in template.yaml
    "Watch": Decimal("0.25"),
    "Sweep": Decimal("0.5"),
    "Probe": Decimal("0.25"),
    "Enforce": Decimal("0.25"),
    "Report": Decimal("0.25"),
    "Notify": Decimal("0.5"),
}
METRICS_ASKED = 5  # of one heartbeat

type Numbers = Mapping[str, Any]
type Line = tuple[str, str, Callable[[Numbers], Decimal]]

LINES: tuple[Line, ...] = (
    (
        "`sweep`: looking",
        f"sweeps x (seconds x {MEMORY['Sweep']} GB x GB-second + request)",
        lambda n: (
            n["sweeps"] * (n["sweep_seconds"] * MEMORY["Sweep"] * n["gb_second"] + n["request"])
        ),
    ),
    (
        "`probe`: asking notebooks",
        f"asks x (seconds x {MEMORY['Probe']} GB x GB-second + request)",
        lambda n: (
            n["asks"] * (n["probe_seconds"] * MEMORY["Probe"] * n["gb_second"] + n["request"])
        ),
    ),
    (
        "`watch`: events",
        f"events x (seconds x {MEMORY['Watch']} GB x GB-second + request)",
        lambda n: (
            n["events"] * (n["watch_seconds"] * MEMORY["Watch"] * n["gb_second"] + n["request"])
        ),
    ),
    (
        "`report`, `enforce`, `notify`",
        (
            f"(reports x seconds x {MEMORY['Report']} GB + "
            f"notices x 2 s x {MEMORY['Notify']} GB) x GB-second"
        ),
        lambda n: (
            (
                n["reports"] * n["report_seconds"] * MEMORY["Report"]
                + n["notices"] * MEMORY["Notify"] * 2
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
    costs = read()
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
    costs = read()
    sizes = {size: _numbers(costs, size) for size in costs["sizes"]}
    return {size: sum((of(n) for _, _, of in LINES), Decimal()) for size, n in sizes.items()}


def read() -> Numbers:
    """Read the prices and the inputs."""
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
