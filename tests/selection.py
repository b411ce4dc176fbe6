"""Which tests run: those of `make test`, or the slow ones that `make real` adds.

`make test` leaves out each test with the marker `real`. `make real` runs the whole file of such a
test, in its order, as the tests of a file share an account. A test that is skipped there fails: it
would run nowhere else.
"""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest

REAL: Final = "COSTGUARD_REAL"
"""Set by `make real`."""
TESTS: Final = Path(__file__).parent
LONGEST: Final = ("soak", "local", "real")
FOLDER: Final = TESTS / "real"
"""The tests in it run more cases in `make real`."""


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", "real: slow, runs in `make real` alone")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep a file with one worker where xdist distributes by group, as it has fixtures to share."""
    if FOLDER not in item.path.parents:
        item.add_marker(pytest.mark.xdist_group(str(item.path)))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests out that are not asked for."""
    slow = {item for item in items if item.get_closest_marker("real")}
    files = {item.path for item in slow}
    if REAL in os.environ:
        out = [i for i in items if i.path not in files and FOLDER not in i.path.parents]
    else:
        out = [item for item in items if item in slow]
    config.hook.pytest_deselected(items=out)
    items[:] = sorted((item for item in items if item not in set(out)), key=_begins)


def _begins(item: pytest.Item) -> int:
    """Order files that take minutes first: none is to run alone when the others are done."""
    folders = [folder.name for folder in item.path.parents if folder.parent == TESTS]
    return LONGEST.index(folders[0]) if folders and folders[0] in LONGEST else len(LONGEST)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail what is skipped in `make real`."""
    report = yield
    if REAL in os.environ and report.skipped:
        report.outcome, report.longrepr = "failed", f"skipped in `make real`: {report.longrepr}"
    return report
