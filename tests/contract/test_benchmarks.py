"""What is measured beside older builds must run against them: no name of the core is used."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.against.pair import Beside

PROGRAMS = Path(__file__).parents[2] / "benchmarks" / "programs"


def imported(program: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(program.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


@pytest.mark.parametrize("program", sorted(PROGRAMS.glob("*.py")), ids=lambda path: path.stem)
def test_a_measured_program_knows_the_handler_alone(program: Path) -> None:
    assert not [name for name in imported(program) if name.startswith("costguard")]


@pytest.mark.parametrize(
    ("floor", "most", "goal", "holds"),
    [
        (None, None, "", None),
        (None, 0.5, "≤ 0.50 x older", True),
        (None, 0.4, "≤ 0.40 x older", False),
        (9.5, 1.1, "≤ 1.10 x floor", True),
        (9.0, 1.1, "≤ 1.10 x floor", False),
    ],
)
def test_a_goal_is_for_the_share_of_the_floor_or_else_of_the_older_build(
    *, floor: float | None, most: float | None, goal: str, holds: bool | None
) -> None:
    row = Beside(what="x", unit="ms", now=10, then=20, floor=floor, most=most)
    assert (row.goal, row.holds) == (goal, holds)
