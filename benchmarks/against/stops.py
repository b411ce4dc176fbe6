"""500 stops: handed over at the deadline by a sweep, and carried out by `enforce`."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

from benchmarks import account, ours
from benchmarks.against.pair import Beside, Pair, Runs
from benchmarks.builds import Build
from benchmarks.counting import CountingAws
from benchmarks.functions import START
from benchmarks.processes import Run, announce

NUMBER, HALF = 1_000, 2
STOPS = NUMBER // HALF
UNTAGGED_OF = 10  # one of so many violators has no tags: SageMaker itself is asked for them
STOP, CONFIRM = "sagemaker:StopNotebookInstance", "sagemaker:ListTags"
MOST = 0.5
WHOLE = "whole"


def measure(pair: Pair) -> list[Beside]:
    """Interleave both on one account, each time with an empty ledger."""
    runs, calls = Runs(pair, "s"), dict[Build, Counter[str]]()
    policy = ours.policy(pair.lab.tmp / "stops", account.POLICY)
    with CountingAws(start=START) as aws:
        account.fill(aws, NUMBER, every=HALF, untagged_of=UNTAGGED_OF)
        for turn in range(pair.lab.times(5, 1)):
            for build in pair:
                announce(f"{build.name}: {STOPS} stops, turn {turn + 1}")
                calls[build] = _stops(aws, runs, build, policy, turn)
                account.start_again(aws)
    return _rows(runs, calls)


def _stops(aws: CountingAws, runs: Runs, build: Build, policy: Path, turn: int) -> Counter[str]:
    """Warn, be heard, hand over, and stop; count the calls of the last two."""
    stage = ours.stage(aws, f"stops-{build.name}-{turn}")

    def look(function: str) -> Run:
        return ours.look(stage, function, policy=policy, build=build)

    look("Sweep")
    look("Notify")
    aws.clock.advance(timedelta(minutes=5))
    look("Sweep")  # without one the guard would have been silent for too long
    aws.clock.advance(account.GRACE)
    with aws.counting() as counted:
        runs.add_sum(WHOLE, build, [look("Sweep"), look("Enforce")])
    found = Counter(counted.by_operation(ours.CLIENT))
    if found[STOP] != STOPS:
        msg = f"{build.name} stopped {found[STOP]} of {STOPS}"
        raise RuntimeError(msg)
    return found


def _rows(runs: Runs, calls: dict[Build, Counter[str]]) -> list[Beside]:
    pair, what = runs.pair, f"{STOPS} stops handed over and carried out"
    beside = {
        build: sum(counted.values()) - counted[STOP] - counted[CONFIRM]
        for build, counted in calls.items()
    }
    return [
        runs.row(f"{what}, processor time", WHOLE, "processor", most=MOST),
        runs.row(what, WHOLE, "seconds"),
        Beside(
            what="calls beside each stop and its confirmation",
            unit="calls",
            now=beside[pair.now] / STOPS,
            then=beside[pair.then] / STOPS,
            detail={build.name: dict(counted) for build, counted in calls.items()},
        ),
    ]
