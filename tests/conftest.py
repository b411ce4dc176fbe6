from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.selection"]
settings.register_profile(
    "steady",  # the same examples in each run, however busy the machine
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")
UNTRACED = tuple(Path(__file__).parent / name for name in ("local", "soak"))
"""The other tests cover all of the core; a local AWS and simulated weeks are slow to trace."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="rewrite the golden files")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave coverage to the fast tests."""
    for item in items:
        if any(folder in item.path.parents for folder in UNTRACED):
            item.add_marker("no_cover")
