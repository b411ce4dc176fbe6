"""What it costs a month, by list price: us-east-1, every line with its arithmetic.

Lambda's part is measured: processor time at the template's size, calls and what they wait. So are
the ledger's units (`ledger.py`). How busy an account is, is assumed, and said so.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from benchmarks import account, ledger, ours
from benchmarks.functions import A_CALL, START, USD_PER_GB_SECOND, VCPU
from benchmarks.ledger import MeteredAws, Stories, Units
from benchmarks.processes import announce
from benchmarks.rows import Lab, Row
from tests.contract.template import EVERYTHING, TEMPLATE, USUAL

MILLION = 1e6
PRICES = {  # USD
    "Lambda, GB-second (arm64)": USD_PER_GB_SECOND,
    "Lambda, million requests": 0.20,
    "DynamoDB, million writes of 1 KB": 0.625,
    "DynamoDB, million reads of 4 KB": 0.125,
    "SNS, million publishes": 0.50,
    "SQS, million requests": 0.40,
    "CloudWatch, thousand metrics asked for": 0.01,
    "CloudWatch, GB of logs": 0.50,
    "CloudWatch, alarm": 0.10,
    "CloudWatch, metric": 0.30,
    "CloudWatch, dashboard": 3.00,
    "KMS, key": 1.00,
    "Cost Explorer, request": 0.01,
    "Scheduler, million": 1.00,
}
FREE = {  # every month, in every account
    "Lambda, GB-second (arm64)": 400_000,
    "Lambda, million requests": MILLION,
    "SNS, million publishes": MILLION,
    "SQS, million requests": MILLION,
    "CloudWatch, GB of logs": 5,
    "CloudWatch, alarm": 10,
    "CloudWatch, metric": 10,
    "CloudWatch, dashboard": 3,
    "Scheduler, million": 14 * MILLION,
}
GOALS = {20: 1.0, 500: 5.0}
WHOLE_GOALS = {20: 3.0, 500: 4.5}  # with alarms, metrics and logs
JOBS = 5_000
DAYS, WORKDAYS, HOURS = 30, 22, 8  # a notebook runs eight hours of each working day
SWEEPS = DAYS * 24 * 12
REPEATED = 0.1  # of the events come twice
QUIET = 0.25  # of the hours: Jupyter has seen nothing, and the heartbeat is asked
METRICS = 2  # of one heartbeat
STATISTICS, ALL_STATISTICS = 1, 7  # asked of a notebook without a heartbeat, and with one
"""Each is priced as a metric that is asked for, though two are often of the same metric."""
IN_VIOLATION = 0.05  # of jobs and runs: a case with its notices, writes and perhaps a stop
INTERVALS_KEPT, CASES_KEPT = 3 + 2, 30 + 2  # days
"""DynamoDB deletes within two days of expiration, and bills reads until then (UpdateTimeToLive)."""
POLLERS = {"NotifyQueue": 5, "StopQueue": 2}
POLLS = sum(POLLERS.values()) * 3 * 60 * 24 * DAYS  # a long poll of an empty queue waits 20 s
"""Lambda goes down to two, but not with `MaximumConcurrency` (lambda, dg: services-sqs-scaling)."""
REPORTS = DAYS + DAYS / 7
ASKED = REPORTS - 2  # the bill knows no day yet on a month's first two mornings: nothing is asked


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bill."""

    what: str
    number: float
    price: str
    call: bool = True  # a call, or a function's time; alarms and metrics are neither

    @property
    def usd(self) -> float:
        """Its cost."""
        scale = MILLION if "million" in self.price else 1e3 if "thousand" in self.price else 1.0
        return self.number / scale * PRICES[self.price]


def measure(lab: Lab) -> list[Row]:
    """Bill both accounts."""
    announce("running cost")
    told = ledger.stories(lab.tmp)
    return [row for notebooks, goal in GOALS.items() for row in _rows(lab, notebooks, goal, told)]


def _rows(lab: Lab, notebooks: int, goal: float, told: Stories) -> list[Row]:
    found = _measured(lab, notebooks, told)
    lines = [*_lines(notebooks, found)]
    calls = sum(line.usd for line in lines if line.call)
    heartbeat = _HEARTBEAT.usd + _READ.usd
    month = f"a month of {notebooks} notebooks and {JOBS:,} jobs"
    written = {line.what: {"number": line.number, "USD": round(line.usd, 4)} for line in lines}
    return [
        Row(
            what=f"{month}, calls and time",
            unit="USD",
            ours=calls,
            goal=f"< {goal:.0f}",
            holds=calls < goal,
            detail={"lines": written, "measured": found.as_dict()},
        ),
        Row(
            what=f"{month}, with alarms and metrics",
            unit="USD",
            ours=_sum(lines),
            goal=f"<= {WHOLE_GOALS[notebooks]:.2f}",
            holds=_sum(lines) <= WHOLE_GOALS[notebooks],
        ),
        Row(
            what=f"{month}, with a heartbeat on each",
            unit="USD",
            ours=_sum(lines) + notebooks * heartbeat,
            detail={"of each notebook": {"number": _HEARTBEAT.number, "USD": heartbeat}},
        ),
        Row(what=f"{month}, less what is free", unit="USD", ours=_sum(lines) - _free(lines)),
    ]


def _sum(lines: list[Line]) -> float:
    return sum(line.usd for line in lines)


def _free(lines: list[Line]) -> float:
    """Price what the free allowances cover."""
    found = 0.0
    for price, most in FREE.items():
        used = [line for line in lines if line.price == price]
        number = sum(line.number for line in used)
        found += _sum(used) * min(1.0, most / number) if number else 0.0
    return found


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of a warm sweep and of a warm event, what they print, and the ledger's units."""

    sweep: float
    event: float
    printed: Mapping[str, float]  # bytes
    metrics: int
    quiet: Units  # of one sweep that finds nothing new
    stories: Stories

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        every = asdict(self)
        return every | {"stories": {k: v for k, v in every["stories"].items() if k not in _ROWS}}


_ROWS = {"interval", "row"}


def _measured(lab: Lab, notebooks: int, told: Stories) -> Measured:
    """Run both at the template's size, in a ledger that remembers the days before."""
    seconds, metrics, printed = dict[str, float](), dict[str, int](), dict[str, float]()
    with MeteredAws(start=START) as aws:
        account.fill(aws, notebooks, every=20)
        stage = ours.stage(aws, "cost")
        daily = (JOBS + notebooks * WORKDAYS) / DAYS
        cases = round(JOBS * IN_VIOLATION / DAYS * CASES_KEPT)
        ledger.remember(stage, told, round(daily * INTERVALS_KEPT), cases)
        policy = ours.policy(lab.tmp / f"cost-{notebooks}", account.POLICY)
        quiet, turns = Units(), 4
        for function, event in (
            ("Sweep", {"time": aws.clock.now().isoformat()}),
            ("Watch", ours.event("notebook-instance-in-service")),
        ):
            how: dict[str, Any] = {"env": stage.env, "function": function, "policy": policy}
            ours.program("function", json.dumps(event), "1", **how)
            if function == "Sweep":
                aws.take()
                ours.program("function", json.dumps(event), "1", **how)
                quiet = aws.take()
            with aws.counting() as counted:
                run = ours.program("function", json.dumps(event), str(turns), **how)
            calls = counted.of(ours.CLIENT) / turns
            worked = median(run.said["worked"][1:]) / 1e3
            metrics[function], printed[function] = run.said["metrics"], run.said["printed"]
            seconds[function] = worked / min(1.0, _size(function) / VCPU) + calls * A_CALL
    published = sum(metrics.values())
    return Measured(seconds["Sweep"], seconds["Watch"], printed, published, quiet, told)


def _lines(notebooks: int, found: Measured) -> Iterator[Line]:
    runs, told = notebooks * WORKDAYS, found.stories
    asked = runs * (HOURS - 1)  # nobody asks in the first hour, then once an hour
    once = JOBS * told.job.events + runs * told.run.events
    events = once * (1 + REPEATED)
    cases = (JOBS + runs) * IN_VIOLATION
    others = asked + 2 * cases
    invoked = SWEEPS + events + others
    seconds = {
        "Sweep": SWEEPS * found.sweep,
        "Watch": events * found.event,
        "Probe": asked * 1.0,
        "Enforce": cases * 2 * found.event,
        "Notify": cases * 2 * found.event,
        "Report": REPORTS * 10.0,
    }
    for function, spent in seconds.items():
        memory = _size(function) / 1024
        yield Line(f"{function}: {spent:,.0f} s x {memory:g} GB", spent * memory, _GB_SECOND)
    yield Line("invocations", invoked, "Lambda, million requests")
    for what, number, units in (
        ("jobs", JOBS, told.job),
        ("notebooks that run", runs, told.run),
        ("events that come twice", once * REPEATED, told.again),
        ("cases, from the warning to the stop", cases, told.case),
        ("notices", cases * 2, told.notice),
        ("sweeps", SWEEPS, found.quiet),
    ):
        yield Line(f"ledger, writes of {what}", number * units.writes, _WRITES)
        yield Line(f"ledger, reads of {what}", number * units.reads, _READS)
    yield Line("notices", cases * 2, "SNS, million publishes")
    yield Line("stops and notices through the queues", cases * 6, "SQS, million requests")
    yield Line("metrics of heartbeats", asked * QUIET * STATISTICS, _METRICS)
    logged = SWEEPS * found.printed["Sweep"] + (events + others) * found.printed["Watch"]
    yield Line("logs", logged / 1e9, "CloudWatch, GB of logs")
    yield Line("schedules", SWEEPS + REPORTS, "Scheduler, million")
    yield Line("polls of the queues", POLLS, "SQS, million requests")
    yield Line("Cost Explorer, one question a summary", ASKED, _BILL)
    for what, kind in FIXED.items():
        yield Line(f"{what}s", len(USUAL.of_type(kind)), what, call=False)
    published = found.metrics + REPORTS / (DAYS * 24)  # billed by the hour in which it is published
    yield Line("metrics of sweep, watch and report", published, "CloudWatch, metric", call=False)


_HEARTBEAT = Line(
    "metrics of one heartbeat", METRICS * WORKDAYS * HOURS / (DAYS * 24), "CloudWatch, metric"
)
_READ = Line(
    "statistics of one heartbeat",
    WORKDAYS * (HOURS - 1) * QUIET * (ALL_STATISTICS - STATISTICS),
    "CloudWatch, thousand metrics asked for",
)
FIXED = {
    "CloudWatch, alarm": "AWS::CloudWatch::Alarm",
    "CloudWatch, dashboard": "AWS::CloudWatch::Dashboard",
    "KMS, key": "AWS::KMS::Key",
}
_GB_SECOND, _METRICS = "Lambda, GB-second (arm64)", "CloudWatch, thousand metrics asked for"
_BILL = "Cost Explorer, request"
_WRITES = "DynamoDB, million writes of 1 KB"
_READS = "DynamoDB, million reads of 4 KB"


def _size(function: str) -> float:
    every = TEMPLATE["Globals"]["Function"]["MemorySize"]
    return float(EVERYTHING.functions[function].get("MemorySize", every))
