"""`make test` leaves the slow tests out; `make real` runs them, and takes no excuse."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.paths import PROJECT
from tests.selection import REAL

FAST = "def test_fast(): ..."
SOME_SLOW = """
import pytest

def test_fast(): ...

@pytest.mark.real
def test_slow(): ...

@pytest.mark.real
@pytest.mark.skip(reason="no machine for it")
def test_skipped(): ...

@pytest.mark.real
def test_skips(): pytest.skip("not today")
"""


def outcomes(at: Path, **environment: str) -> str:
    """Run those tests, and return what pytest says of them."""
    (at / "test_fast.py").write_text(FAST)
    (at / "test_slow.py").write_text(SOME_SLOW)
    given = {name: value for name, value in os.environ.items() if name != REAL}
    done = subprocess.run(  # noqa: S603 - pytest itself
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.selection", f"--rootdir={at}", at],
        env=given | environment | {"PYTHONPATH": str(PROJECT)},
        cwd=at,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "2 passed, 3 deselected"),
        ({REAL: "1"}, "1 failed, 2 passed, 1 deselected, 1 error"),
    ],
)
def test_slow_tests_run_in_make_real_with_their_file_and_no_skip_passes(
    environment: dict[str, str], said: str, tmp_path: Path
) -> None:
    assert outcomes(tmp_path, **environment).startswith(said)
