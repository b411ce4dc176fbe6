"""The calls of a sweep: what each build asks SageMaker and the tagging API, by operation."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from benchmarks import account, ours
from benchmarks.against.pair import Beside, Pair
from benchmarks.builds import Build
from benchmarks.counting import CountingAws
from benchmarks.functions import START
from benchmarks.processes import announce

SIZE = 100
LOOKING = ("sagemaker", "tagging")
WAITS: dict[Literal["first", "next", "hourly"], timedelta] = {
    "first": timedelta(minutes=5),
    "next": timedelta(minutes=70),
    "hourly": timedelta(0),
}

type Counted = dict[tuple[str, Build], dict[str, int]]


def measure(pair: Pair) -> list[Beside]:
    """Count three sweeps of one account with notebooks alone: of the other kinds there is none."""
    policy = ours.policy(pair.lab.tmp / "calls", account.POLICY)
    with CountingAws(start=START) as aws:
        announce(f"the calls of sweeps of {SIZE} notebooks")
        account.fill(aws, SIZE, every=10)
        counted = _counted(aws, pair, policy)
    return [
        _row(pair, counted, "first", f"calls of SageMaker by a first sweep of {SIZE} notebooks"),
        _row(pair, counted, "next", "calls by the next one, 5 minutes later"),
        _row(pair, counted, "hourly", "calls by one more than an hour later"),
    ]


def _counted(aws: CountingAws, pair: Pair, policy: Path) -> Counted:
    stages = {build: ours.stage(aws, f"calls-{build.name}") for build in pair}
    found: Counted = {}
    for what, wait in WAITS.items():
        for build, stage in stages.items():
            with aws.counting() as calls:
                ours.look(stage, "Sweep", policy=policy, build=build)
            every = calls.by_operation(ours.CLIENT).items()
            found[what, build] = {name: n for name, n in every if name.startswith(LOOKING)}
        aws.clock.advance(wait)
    return found


def _row(pair: Pair, counted: Counted, what: str, name: str) -> Beside:
    now, then = counted[what, pair.now], counted[what, pair.then]
    detail = {"now": now, "then": then}
    asked, before = sum(now.values()), sum(then.values())
    return Beside(what=name, unit="calls", now=asked, then=before, detail=detail)
