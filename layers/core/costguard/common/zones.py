"""The time zones of the tzdata that is pinned, whatever files the machine has.

`ZoneInfo(name)` reads the machine's files first: two machines may differ by an hour after a change
of rules, such as that of three provinces of Canada in 2026.
"""

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

_TZDATA = files("tzdata")


@cache
def zone_names() -> frozenset[str]:
    """List the zones of the IANA database."""
    return frozenset(_TZDATA.joinpath("zones").read_text(encoding="utf-8").split())


@cache
def read_zone(name: str) -> ZoneInfo:
    """Read a zone; each is made once. Raises KeyError where there is none."""
    if name not in zone_names():
        raise KeyError(name)
    with _TZDATA.joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)
