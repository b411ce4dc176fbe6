"""Read-only sessions with the user's own AWS credentials, one a region."""

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import boto3
from botocore.config import Config

from costguard.adapters.clients import CONFIG
from costguard_cli.errors import CannotRunError

READS = ("BatchGet", "Describe", "Get", "List", "Lookup", "Query", "Simulate")
LOCAL = "http://127.0.0.1:4566"
_LOCAL_CLOCK = "/_local/clock"  # local/ministack/control_api.py
_LOCAL_REGION, _LOCAL_KEY = "us-east-2", "test"

_CONFIG = CONFIG.merge(Config(user_agent_extra="costguard-cli"))
"""The guard's configuration, with a user agent that marks the CLI's calls in CloudTrail."""
_FIRST_CALL_CONFIG = _CONFIG.merge(Config(retries={"mode": "standard", "max_attempts": 3}))
_CALLED_FIRST = ("sts", "cloudformation")
"""Each command calls one of these services first; few retries report an unreachable AWS soon."""

type Watcher = Callable[[str, Mapping[str, Any]], None]


@dataclass(kw_only=True)
class ReadOnlySession:
    """A session in one region. `calls` counts its calls; a call that would write is refused."""

    region: str
    connect: Callable[[str, str], Any]  # service, region
    now: datetime
    calls: Counter[str] = field(default_factory=Counter)
    watchers: list[Watcher] = field(default_factory=list)
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a client that can only read."""
        key = (service, region or self.region)
        if key not in self._clients:
            client = self.connect(*key)
            client.meta.events.register("before-parameter-build", self._allow)
            client.meta.events.register("after-call", self._after_call)
            self._clients[key] = client
        return self._clients[key]

    def account(self) -> str:
        """Return the account id."""
        return str(self.client("sts").get_caller_identity()["Account"])

    def _allow(self, model: Any, **_: Any) -> None:
        if not model.name.startswith(READS):
            msg = f"{model.name} is not a call that only reads"
            raise AssertionError(msg)

    def _after_call(self, model: Any, parsed: Mapping[str, Any], **_: Any) -> None:
        self.calls[model.name] += 1
        for watcher in self.watchers:
            watcher(model.name, parsed)


def sessions(profile: str | None, regions: Sequence[str], *, local: bool) -> list[ReadOnlySession]:
    """Open a session for each region; by default the profile's own. Raises CannotRunError."""
    endpoint, session = local_endpoint() if local else None, own_session(profile, local=local)
    names = list(dict.fromkeys(r for each in regions for r in each.split(",") if r))
    if not names and not session.region_name:
        raise CannotRunError("No region is set.", "Name one or more: --region us-east-2")
    now = _local_now(endpoint) if endpoint else datetime.now(UTC)

    def connect(service: str, region: str) -> Any:
        create_client: Callable[..., Any] = session.client
        config = _FIRST_CALL_CONFIG if service in _CALLED_FIRST else _CONFIG
        return create_client(service, region_name=region, endpoint_url=endpoint, config=config)

    return [
        ReadOnlySession(region=r, connect=connect, now=now)
        for r in names or [str(session.region_name)]
    ]


def own_session(profile: str | None, *, local: bool) -> boto3.Session:
    """Open a session with the user's own credentials, or the local AWS's."""
    if local:
        return boto3.Session(_LOCAL_KEY, _LOCAL_KEY, region_name=_LOCAL_REGION)
    return boto3.Session(profile_name=profile)


def local_endpoint() -> str:
    """Return the local AWS's endpoint: AWS_ENDPOINT_URL, if it is on this machine."""
    given = os.environ.get("AWS_ENDPOINT_URL", "")
    return given if urlsplit(given).hostname in ("127.0.0.1", "localhost") else LOCAL


def _local_now(endpoint: str) -> datetime:
    """Read the local AWS's clock, which can be moved."""
    try:
        with urlopen(endpoint + _LOCAL_CLOCK, timeout=10) as response:  # noqa: S310 - this machine
            return datetime.fromisoformat(json.load(response)["now"])
    except (OSError, ValueError, KeyError):
        raise CannotRunError(
            f"No local AWS answers at {endpoint}.", "Start it with `make local`; it prints READY."
        ) from None
