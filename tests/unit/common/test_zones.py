"""Hours are those of the pinned tzdata, on a machine whose own files are of another year too."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, reset_tzpath

import pytest

from costguard.common.calendar import Zone
from costguard.common.zones import read_zone, zone_names

WINTER = datetime(2026, 12, 15, 12, tzinfo=UTC)


@pytest.fixture
def old_machine(tmp_path: Path) -> Iterator[None]:
    """A machine that takes Vancouver for UTC."""
    (tmp_path / "America").mkdir()
    utc = files("tzdata").joinpath("zoneinfo", "UTC").read_bytes()
    (tmp_path / "America" / "Vancouver").write_bytes(utc)
    before = TZPATH
    reset_tzpath(to=[tmp_path])
    yield
    reset_tzpath(to=before)


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("America/Vancouver", -7),  # the rules of 2026 (tzdata 2026.6)
        ("America/Edmonton", -6),
        ("America/Winnipeg", -5),
        ("America/Chicago", -6),
        ("Asia/Kathmandu", 5.75),
    ],
)
def test_the_offset_is_that_of_the_pinned_tzdata(name: str, hours: float) -> None:
    assert WINTER.astimezone(Zone.parse(name).info).utcoffset() == timedelta(hours=hours)


@pytest.mark.usefixtures("old_machine")
def test_what_the_machine_has_makes_no_difference() -> None:
    assert not WINTER.astimezone(ZoneInfo.no_cache("America/Vancouver")).utcoffset()
    read_again = read_zone.__wrapped__  # past what is remembered
    assert WINTER.astimezone(read_again("America/Vancouver")).utcoffset() == timedelta(hours=-7)


def test_every_zone_of_the_database_is_read_and_each_once() -> None:
    assert len(zone_names()) > 500
    for name in zone_names():
        assert read_zone(name) is read_zone(name)
        assert str(read_zone(name)) == name


@pytest.mark.parametrize("name", ["", "../zones", "America", "america/chicago", "/etc/passwd"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="IANA time zone"):
        Zone.parse(name)
