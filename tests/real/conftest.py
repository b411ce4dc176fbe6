"""Real Jupyter servers of several versions, one at a time."""

import os
from collections.abc import Iterator

import pytest

from local.jupyter.server import JupyterServer
from tests.real.environments import NAMES, python_of
from tests.real.watcher import Watcher

WHOLE = "COSTGUARD_REAL"
SMALL = ("server-2.14-ipykernel-7",)
"""What `make test` runs; `make real` runs them all. The environment of the tests is a third."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test with each environment."""
    if "running" in metafunc.fixturenames:
        names = NAMES if os.environ.get(WHOLE) else SMALL
        metafunc.parametrize("running", names, indirect=True, scope="package")


@pytest.fixture(scope="package")
def running(request: pytest.FixtureRequest) -> Iterator[JupyterServer]:
    with JupyterServer(python=python_of(request.param)) as server:
        yield server


@pytest.fixture
def watcher(running: JupyterServer) -> Iterator[Watcher]:
    made = Watcher(running)
    yield made
    made.close()
    made.forget_beats()
    running.clear()
