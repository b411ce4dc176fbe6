"""One account for the tests of a module: a frozen clock, a free port, IAM enforced."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local import sam
from local.account import LocalAws, utc
from local.demo.environment import DemoEnvironment
from tests.local.guard import POLICY, START, Guard

MORNING = utc(2026, 11, 23, 9)


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws(port=0, start=MORNING, frozen=True) as running:
        yield running


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sam.copy_sources(POLICY, tmp_path_factory.mktemp("guard"))


@pytest.fixture(scope="module")
def parameters() -> dict[str, str]:
    """Deploy with every parameter of its own default."""
    return {}


@pytest.fixture(scope="module")
def guard(staged: Path, parameters: dict[str, str]) -> Iterator[Guard]:
    with DemoEnvironment(port=0, start=START, frozen=True) as stage:
        stage.open()
        guard = Guard(stage, staged)
        guard.deploy(**parameters)
        stage.subscribe(guard.outputs)
        yield guard
