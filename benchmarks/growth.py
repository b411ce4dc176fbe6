"""From 100 to 10,000 notebooks, one in ten in violation, in one invocation of `sweep`."""

from datetime import timedelta
from pathlib import Path

from benchmarks import account, ours
from benchmarks.counting import CountingAws
from benchmarks.functions import VCPU
from benchmarks.processes import Run, announce
from benchmarks.rows import Lab, Row
from local.account import utc

MOST, MEMORY, SECONDS = 10_000, 512, 300
LINEAR = 1.3  # processor time of ten times as many, over ten times the processor time


def measure(lab: Lab) -> list[Row]:
    """Meet each account twice: never seen before, and with nothing new since."""
    policy = ours.policy(lab.tmp / "growth", account.POLICY)
    sizes = (100, 1_000) if lab.quick else (100, 1_000, MOST)
    found = {size: _at(size, policy) for size in sizes}
    first = {size: runs[0] for size, runs in found.items()}
    quiet = {size: runs[1] for size, runs in found.items()}
    last, before = sizes[-1], sizes[-2]
    slope = quiet[last].processor / quiet[before].processor
    detail = {
        str(size): {"first": runs[0].took, "quiet": runs[1].took} for size, runs in found.items()
    }
    return [
        Row(
            what=f"a first sweep of {last:,} notebooks",
            unit="s",
            ours=first[last].seconds,
            goal=f"< {SECONDS} s",
            holds=first[last].seconds < SECONDS,
            detail=detail,
        ),
        Row(
            what=f"its processor time at {MEMORY} MB's share of a processor",
            unit="s",
            ours=first[last].processor * VCPU / MEMORY,
            goal=f"< {SECONDS} s",
            holds=first[last].processor * VCPU / MEMORY < SECONDS,
        ),
        Row(
            what=f"the next sweep of {last:,} notebooks",
            unit="s",
            ours=quiet[last].seconds,
            goal=f"< {SECONDS} s",
            holds=quiet[last].seconds < SECONDS,
        ),
        Row(
            what=f"memory of a sweep of {last:,} notebooks",
            unit="MB",
            ours=max(run.memory for run in found[last]),
            goal=f"< {MEMORY} MB",
            holds=max(run.memory for run in found[last]) < MEMORY,
        ),
        Row(
            what=f"processor time of {last:,} over that of {before:,}",
            unit="x",
            ours=slope,
            goal="linear: ≤ 13",
            holds=slope <= last / before * LINEAR,
        ),
    ]


def _at(size: int, policy: Path) -> tuple[Run, Run]:
    with CountingAws(start=utc(2026, 11, 23, 9)) as aws:
        announce(f"growth: {size} notebooks")
        account.fill(aws, size, every=10)
        stage = ours.stage(aws, "growth")

        def look() -> Run:
            return ours.look(stage, "Sweep", policy=policy)

        first = look()
        aws.clock.advance(timedelta(minutes=5))
        return first, look()
