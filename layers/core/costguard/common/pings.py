"""A ping: a message that says nothing. A function that takes it from its queue is alive."""

from collections.abc import Iterable, Mapping
from typing import Any

PING = '{"schema": "costguard.ping/1"}'
"""The body, as the schedules of the template send it."""


def without_pings(records: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Leave the pings out of what Lambda took from a queue."""
    return [each for each in records if each["body"] != PING]


def is_pinged(event: object) -> bool:
    """Return whether a ping is among what Lambda took from a queue."""
    match event:
        case {"Records": [*records]}:
            return any(isinstance(each, Mapping) and each.get("body") == PING for each in records)
        case _:
            return False
