"""The sweeps of a large account: the one that meets it, and those that find nothing new."""

from datetime import timedelta
from pathlib import Path

from benchmarks import account, growth, ours
from benchmarks.against.pair import Beside, Pair, Runs
from benchmarks.counting import CountingAws
from benchmarks.functions import START
from benchmarks.processes import announce

HALF, QUICK, NEXT_ONES = 0.5, 1_000, 3
FIRST, NEXT = "first", "next"


def measure(pair: Pair) -> list[Beside]:
    """Interleave both in one account, each with a ledger of its own; one in ten is in violation."""
    size, runs = pair.lab.times(growth.MOST, QUICK), Runs(pair, "s")
    policy = ours.policy(pair.lab.tmp / "against", account.POLICY)
    with CountingAws(start=START) as aws:
        announce(f"an account of {size:,} notebooks")
        account.fill(aws, size, every=10)
        for turn in range(pair.lab.times(2, 1)):
            _meet(aws, runs, policy, turn)
    then, now = f"the next sweep of {size:,}", f"a first sweep of {size:,}"
    return [
        runs.row(f"{then}, processor time", NEXT, "processor", most=HALF),
        runs.row(then, NEXT, "seconds", most=HALF),
        runs.row(f"{now}, processor time", FIRST, "processor"),
        runs.row(now, FIRST, "seconds"),
        runs.row(f"memory of {now}", FIRST, "memory"),
    ]


def _meet(aws: CountingAws, runs: Runs, policy: Path, turn: int) -> None:
    """Sweep with empty ledgers, and then again, some minutes later, before any deadline."""
    stages = {build: ours.stage(aws, f"{build.name}-{turn}") for build in runs.pair}

    def each(what: str) -> None:
        for build in runs.pair:
            announce(f"{build.name}: {what}")
            runs.add(what, build, ours.look(stages[build], "Sweep", policy=policy, build=build))

    each(FIRST)
    aws.clock.advance(timedelta(minutes=5))
    for _ in range(NEXT_ONES):
        each(NEXT)
        aws.clock.advance(timedelta(minutes=1))
