"""`make soak`: live for minutes, then say what was lived through, or which law did not hold."""

import argparse
import secrets
import sys
from pathlib import Path

from tests.soak.report import failure, table
from tests.soak.soak import Soak, days, lasting

OUT = Path(__file__).parents[2] / "build" / "soak.md"


def main(arguments: list[str]) -> int:
    """Run a soak; the answer is the process's exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300, help="how long (default 300)")
    parser.add_argument("--days", type=int, help="so many simulated days instead")
    parser.add_argument("--seed", type=int, help="which account and faults (default: any)")
    asked = parser.parse_args(arguments)
    seed = secrets.randbelow(10_000) if asked.seed is None else asked.seed
    print(f"soaking, seed {seed} ...", flush=True)  # noqa: T201 - people watch it
    result = Soak(seed, answers=True).run(
        days(asked.days) if asked.days else lasting(asked.seconds)
    )
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(table(result), encoding="utf-8")
    print(failure(result) if result.breaches else table(result))  # noqa: T201
    return 1 if result.breaches else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
