"""The laws hold for the guard as it is, and each one fails for a guard with a safety removed."""

import os
import sys
from pathlib import Path
from subprocess import run

import pytest

from tests.soak import invariant
from tests.soak.mutants import MUTANTS
from tests.soak.report import failure, table
from tests.soak.soak import Result, Soak, days

SEED, DAYS = 7, 10  # the guard sleeps through five of them
ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LIFE = """
from tests.soak.soak import Soak, days
lived = Soak(5).run(days(1))
print(lived.history, lived.injected)
"""


def test_the_laws_hold_for_a_random_account_in_any_weather() -> None:
    result = Soak(SEED).run(days(DAYS))
    assert not result.breaches, failure(result)
    assert result.days == DAYS
    assert result.stops > 50
    assert "| wrong stops | 0 |" in table(result)


def test_the_laws_hold_where_people_answer_and_others_try_to() -> None:
    result = Soak(SEED, answers=True).run(days(1))
    assert not result.breaches, failure(result)
    assert result.invocations["Respond"] > 10


@pytest.mark.parametrize("missing", MUTANTS)
def test_a_guard_without_one_safety_breaks_its_law(missing: str) -> None:
    mutant = MUTANTS[missing]
    soak = Soak(mutant.seed, mutant.build, mutant.rates, mutant.events, answers=mutant.answers)
    result = soak.run(days(5))
    assert result.breaches, missing
    assert result.breaches[0].invariant in (mutant.breaks, mutant.or_before), failure(result)


def test_the_readme_shows_such_a_table() -> None:
    shown = README.split("<!-- soak -->\n")[1].split("<!-- /soak -->")[0]
    wanted = table(Result(seed=0)).splitlines()[2:]
    rows = [row for row in shown.splitlines()[2:] if not row.startswith("| …")]
    assert [row.split("|")[1] for row in rows] == [row.split("|")[1] for row in wanted]
    assert rows[-4:] == wanted[-4:]  # nothing wrong, lost, late or else


def test_every_law_can_fail() -> None:
    known = {text for name, text in vars(invariant).items() if name.isupper()}
    assert {mutant.breaks for mutant in MUTANTS.values()} == known


def test_the_same_seed_lives_the_same_life() -> None:
    one, other = (Soak(5).run(days(1)) for _ in range(2))
    assert (one.history, one.injected) == (other.history, other.injected)
    elsewhere = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    told = run(  # noqa: S603 - our own words
        [sys.executable, "-c", LIFE],
        cwd=ROOT,
        env=elsewhere,
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    assert told.stdout.strip() == f"{one.history} {one.injected}"


def test_what_is_broken_is_told_with_the_line_that_repeats_it() -> None:
    mutant = MUTANTS["no grace"]
    result = Soak(mutant.seed, mutant.build).run(days(1))
    told = failure(result)
    assert told.startswith(f"BROKEN: {invariant.NO_GRACE}")
    assert "the guard calls Stop" in told
    assert told.endswith(f"make soak SEED={mutant.seed} DAYS=1")
