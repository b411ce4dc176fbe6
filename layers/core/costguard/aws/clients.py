"""AWS clients, made once per container, with patience that suits a short-lived function."""

from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

CONFIG = Config(retries={"mode": "adaptive", "max_attempts": 8}, connect_timeout=3, read_timeout=10)
"""Spelled out: the SDK's defaults wait 60 s and differ between versions (aws-facts 2)."""

_OWN = {
    "lambda": Config(  # waits for the probe, in many threads at once
        retries={"mode": "standard", "max_attempts": 3},
        connect_timeout=3,
        read_timeout=30,
        max_pool_connections=25,
    ),
}

_retried: list[int] = []  # of each call; what is appended in threads is not lost


@cache
def client(service: str, region: str | None = None) -> Any:
    """Make, or hand out again, the client of one service, in the function's region by default."""
    make: Callable[..., Any] = boto3.client
    made = make(service, region_name=region, config=_OWN.get(service, CONFIG))
    made.meta.events.register("after-call", _note)
    return made


def retries() -> int:
    """Say how many tries AWS has throttled, or failed to answer, since this was last asked."""
    found = sum(_retried)
    _retried.clear()
    return found


def _note(parsed: dict[str, Any], **_: Any) -> None:
    _retried.append(int(parsed.get("ResponseMetadata", {}).get("RetryAttempts", 0)))
