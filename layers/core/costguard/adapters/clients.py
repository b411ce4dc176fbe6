"""AWS clients, made once per container, with patience that suits a short-lived function."""

from functools import cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session, get_session

AWS_ERRORS = (ClientError, BotoCoreError)
"""What AWS refuses, and what kept it from answering."""
CONFIG = Config(
    retries={"mode": "adaptive", "max_attempts": 8},
    connect_timeout=3,
    read_timeout=10,
    user_agent="Costguard",
    parameter_validation=False,  # AWS validates too; 6 % of a call's work
)
"""Spelled out: the SDK's defaults wait 60 s and differ between versions (aws-facts 2).

A name of our own is what CloudTrail shows, and a fifth of a call's work: the SDK writes a long one.
"""

_OWN = {
    "lambda": CONFIG.merge(  # waits for the probe, in many threads at once
        Config(
            retries={"mode": "standard", "max_attempts": 3},
            read_timeout=30,
            max_pool_connections=25,
        )
    ),
}

_retried: list[int] = []  # of each call; what is appended in threads is not lost


@cache
def session() -> Session:
    """Begin a session, without boto3: what that adds costs a tenth of a cold start."""
    return get_session()


@cache
def client(service: str, region: str | None = None, patience: Config | None = None) -> Any:
    """Make, or hand out again, the client of one service, in the function's region by default."""
    config = patience or _OWN.get(service, CONFIG)
    made = session().create_client(service, region_name=region, config=config)
    made.meta.events.register("after-call", _note)
    return made


def retries() -> int:
    """Say how many tries AWS has throttled, or failed to answer, since this was last asked."""
    found = sum(_retried)
    _retried.clear()
    return found


def _note(parsed: dict[str, Any], **_: Any) -> None:
    _retried.append(int(parsed.get("ResponseMetadata", {}).get("RetryAttempts", 0)))
