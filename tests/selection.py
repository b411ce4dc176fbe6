"""Which tests run: those of `make test`, or the slow ones that `make real` adds.

A test with the marker `real` runs in `make real` alone; a file marks all of its tests. A test that is
skipped there has failed: it would run nowhere else.
"""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest

REAL: Final = "COSTGUARD_REAL"
"""Set by `make real`."""
FOLDER: Final = Path(__file__).parent / "real"
"""The tests in it run more cases in `make real`."""


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", "real: slow; runs in `make real` alone")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep a file with one worker where xdist distributes by group, as it has fixtures to share."""
    if FOLDER not in item.path.parents:
        item.add_marker(pytest.mark.xdist_group(str(item.path)))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests out that are not asked for."""
    chosen = _of_real if REAL in os.environ else _of_test
    config.hook.pytest_deselected(items=[item for item in items if not chosen(item)])
    items[:] = filter(chosen, items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail what is skipped in `make real`."""
    report = yield
    if REAL in os.environ and report.skipped:
        report.outcome, report.longrepr = "failed", f"skipped in `make real`: {report.longrepr}"
    return report


def _of_real(item: pytest.Item) -> bool:
    return FOLDER in item.path.parents or not _of_test(item)


def _of_test(item: pytest.Item) -> bool:
    return item.get_closest_marker("real") is None
