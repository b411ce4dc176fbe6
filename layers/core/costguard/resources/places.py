"""Places: an account in a Region, as a text. The place of the stack itself is the empty text."""

import re
from collections.abc import Mapping
from typing import Any

from costguard.common.observed import printable

HOME = ""
NOWHERE = ("", "")
_PLACE = re.compile(r"(?P<account>\d{12})/(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)")


def is_place(text: str) -> bool:
    """Tell whether a text names a place other than home: `222233334444/eu-west-1`."""
    return _PLACE.fullmatch(text) is not None


def place_of(account: str, region: str, home: tuple[str, str]) -> str:
    """Name a place, as seen from home."""
    return HOME if (account, region) == home else f"{account}/{region}"


def place_of_arn(arn: str, home: tuple[str, str]) -> str:
    """Name the place of an ARN; home where the ARN is none."""
    parts = arn.split(":")
    return place_of(parts[4], parts[3], home) if len(parts) > 5 else HOME  # noqa: PLR2004 - six parts


def place_of_event(event: Mapping[str, Any], home: tuple[str, str]) -> str:
    """Name the place of an event; EventBridge writes it, and a member that is missing is ours.

    Where home is not known, as in a replay of events without a stack, it is home.
    """
    if home == NOWHERE:
        return HOME
    account, region = printable(event.get("account")), printable(event.get("region"))
    return place_of(account or home[0], region or home[1], home)


def account_and_region(place: str, home: tuple[str, str]) -> tuple[str, str]:
    """Return the account and the Region of a place."""
    account, _, region = place.partition("/")
    return (account, region) if region else home


def within(place: str, name: str) -> str:
    """Label something of a place; at home by its name alone."""
    return f"{place}/{name}" if place else name
