"""What it costs a month, by list price: us-east-1, every line with its arithmetic.

Lambda's part is measured: processor time at the template's size, calls and what they wait. How
busy an account is, is assumed, and said so.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from statistics import median

from benchmarks import account, ours
from benchmarks.counting import CountingAws
from benchmarks.functions import A_CALL, START, USD_PER_GB_SECOND, VCPU
from benchmarks.processes import announce
from benchmarks.rows import Lab, Row
from tests.contract.template import EVERYTHING, TEMPLATE

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
JOBS = 5_000
DAYS, WORKDAYS, HOURS = 30, 22, 8  # a notebook runs eight hours of each working day
SWEEPS = DAYS * 24 * 12
EVENTS_A_JOB, EVENTS_A_RUN = 6, 5  # state changes and calls, repeated ones included
QUIET = 0.25  # of the hours: Jupyter has seen nothing, and the heartbeat is asked
METRICS = 5  # of one heartbeat
IN_VIOLATION = 0.05  # of jobs and runs: a case with its notices, writes and perhaps a stop
WRITES_AN_EVENT, WRITES_A_CASE = 2, 8
LOG_LINE = 1_000  # bytes of one invocation: metrics, a line, the platform's report
POLLS = 2 * 5 * 3 * 60 * 24 * DAYS  # two queues, five pollers, each waiting up to 20 s
REPORTS = DAYS + DAYS / 7


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
    return [row for notebooks, goal in GOALS.items() for row in _rows(lab, notebooks, goal)]


def _rows(lab: Lab, notebooks: int, goal: float) -> list[Row]:
    found = _measured(lab, notebooks)
    lines = [*_lines(notebooks, found)]
    calls = sum(line.usd for line in lines if line.call)
    month = f"a month of {notebooks} notebooks and {JOBS:,} jobs"
    written = {line.what: {"number": line.number, "USD": round(line.usd, 4)} for line in lines}
    return [
        Row(
            what=f"{month}, calls and time",
            unit="USD",
            ours=calls,
            goal=f"< {goal:.0f}",
            holds=calls < goal,
            detail={"lines": written, "measured": asdict(found)},
        ),
        Row(what=f"{month}, with alarms and metrics", unit="USD", ours=_sum(lines)),
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
    """Seconds of a warm sweep and of a warm event, what a sweep reads, and its metrics."""

    sweep: float
    event: float
    kilobytes: float
    metrics: int


def _measured(lab: Lab, notebooks: int) -> Measured:
    """Run both at the template's size."""
    with CountingAws(start=START) as aws:
        account.fill(aws, notebooks, every=20)
        stage = ours.stage(aws, "cost")
        policy = ours.policy(lab.tmp / f"cost-{notebooks}", account.POLICY)
        now = {"time": aws.clock.now().isoformat()}
        seconds, metrics = {}, {}
        for function, event in (
            ("Sweep", now),
            ("Watch", ours.event("notebook-instance-in-service")),
        ):
            turns = 4
            ours.program(
                "function", json.dumps(event), "1", env=stage.env, function=function, policy=policy
            )
            with aws.counting() as counted:
                run = ours.program(
                    "function",
                    json.dumps(event),
                    str(turns),
                    env=stage.env,
                    function=function,
                    policy=policy,
                )
            calls = counted.of(ours.CLIENT) / turns
            worked = median(run.said["worked"][1:]) / 1e3
            metrics[function] = run.said["metrics"]
            seconds[function] = worked / min(1.0, _size(function) / VCPU) + calls * A_CALL
        table = aws.client("dynamodb").scan(TableName=stage.table)["Items"]
        kept = sum(len(json.dumps(row)) for row in table if row["pk"]["S"] in {"usage", "case"})
    return Measured(seconds["Sweep"], seconds["Watch"], kept / 1e3, metrics["Sweep"])


def _lines(notebooks: int, found: Measured) -> Iterator[Line]:
    runs = notebooks * WORKDAYS
    asked = runs * (HOURS - 1)  # nobody asks in the first hour, then once an hour
    events = JOBS * EVENTS_A_JOB + runs * EVENTS_A_RUN
    cases = (JOBS + runs) * IN_VIOLATION
    invoked = SWEEPS + asked + events + 2 * cases
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
    writes = events * WRITES_AN_EVENT + cases * WRITES_A_CASE + SWEEPS
    yield Line("writes of the ledger", writes, "DynamoDB, million writes of 1 KB")
    read = SWEEPS * (found.kilobytes / 4 + 3) + events * 4 + cases * 8
    yield Line("reads of the ledger", read, "DynamoDB, million reads of 4 KB")
    yield Line("notices", cases * 2, "SNS, million publishes")
    yield Line("stops and notices through the queues", cases * 6, "SQS, million requests")
    yield Line("metrics of heartbeats", asked * QUIET * METRICS, _METRICS)
    yield Line("logs", invoked * LOG_LINE / 1e9, "CloudWatch, GB of logs")
    yield Line("schedules", SWEEPS + REPORTS, "Scheduler, million")
    yield Line("polls of the queues", POLLS, "SQS, million requests")
    yield Line("Cost Explorer, two questions a summary", REPORTS * 2, _BILL)
    for what, kind in FIXED.items():
        yield Line(f"{what}s", len(EVERYTHING.of_type(kind)), what, call=False)
    yield Line("metrics of the sweep", found.metrics, "CloudWatch, metric", call=False)


FIXED = {
    "CloudWatch, alarm": "AWS::CloudWatch::Alarm",
    "CloudWatch, dashboard": "AWS::CloudWatch::Dashboard",
    "KMS, key": "AWS::KMS::Key",
}
_GB_SECOND, _METRICS = "Lambda, GB-second (arm64)", "CloudWatch, thousand metrics asked for"
_BILL = "Cost Explorer, request"


def _size(function: str) -> float:
    every = TEMPLATE["Globals"]["Function"]["MemorySize"]
    return float(EVERYTHING.functions[function].get("MemorySize", every))
