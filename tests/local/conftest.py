"""One account for the tests of a module: a frozen clock, a free port, IAM enforced."""

from collections.abc import Iterator

import pytest

from local.server import LocalAws, utc

MORNING = utc(2026, 11, 23, 9)


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws(port=0, start=MORNING, frozen=True) as running:
        yield running
