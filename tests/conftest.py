from pathlib import Path

import pytest

pytest_plugins = ["tests.selection"]
UNTRACED = tuple(Path(__file__).parent / name for name in ("local", "soak"))
"""The other tests cover all of the core; a local AWS and simulated weeks are slow to trace."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden", action="store_true", help="rewrite the golden files")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave coverage to the fast tests."""
    for item in items:
        if any(folder in item.path.parents for folder in UNTRACED):
            item.add_marker("no_cover")
