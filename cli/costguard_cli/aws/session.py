"""AWS through the person's own credentials: one region each, and only calls that read."""

import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import boto3
from botocore.config import Config

from costguard.adapters.clients import CONFIG
from costguard_cli.console import aside, clear
from costguard_cli.errors import INTERRUPTED, CannotRunError

READS = ("BatchGet", "Describe", "Get", "List", "Lookup", "Query")
LOCAL = "http://127.0.0.1:4566"
_LOCAL_CLOCK = "/_local/clock"  # local/ministack/control_api.py
_LOCAL_REGION, _LOCAL_KEY = "us-east-2", "test"

_PATIENCE = CONFIG.merge(Config(user_agent_extra="costguard-cli"))
"""The guard's own; CloudTrail tells a person's look from the guard's."""
_KNOCK = _PATIENCE.merge(Config(retries={"mode": "standard", "max_attempts": 3}))
_FIRST = ("sts", "cloudformation")
"""Every command asks one of these first: whoever gets no answer at all hears so soon."""

type Watcher = Callable[[str, Mapping[str, Any]], None]


@dataclass(kw_only=True)
class ReadOnlySession:
    """One region. `calls` counts what was asked; a call that would write is refused right here."""

    region: str
    connect: Callable[[str, str], Any]  # service, region
    now: datetime
    calls: Counter[str] = field(default_factory=Counter)
    watchers: list[Watcher] = field(default_factory=list)
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def client(self, service: str, region: str | None = None) -> Any:
        """Hand out a client that can only read."""
        key = (service, region or self.region)
        if key not in self._clients:
            made = self.connect(*key)
            made.meta.events.register("before-parameter-build", self._allow)
            made.meta.events.register("after-call", self._saw)
            self._clients[key] = made
        return self._clients[key]

    def account(self) -> str:
        """Name the account."""
        return str(self.client("sts").get_caller_identity()["Account"])

    def _allow(self, model: Any, **_: Any) -> None:
        if not model.name.startswith(READS):
            msg = f"{model.name} is not a call that only reads"
            raise AssertionError(msg)

    def _saw(self, model: Any, parsed: Mapping[str, Any], **_: Any) -> None:
        self.calls[model.name] += 1
        for watcher in self.watchers:
            watcher(model.name, parsed)


def sessions(profile: str | None, regions: Sequence[str], *, local: bool) -> list[ReadOnlySession]:
    """Open every region asked for; by default the profile's own. Raises CannotRunError."""
    endpoint = _local_endpoint() if local else None
    session = (
        boto3.Session(_LOCAL_KEY, _LOCAL_KEY, region_name=_LOCAL_REGION)
        if local
        else boto3.Session(profile_name=profile)
    )
    asked = list(dict.fromkeys(r for each in regions for r in each.split(",") if r))
    if not asked and not session.region_name:
        raise CannotRunError("No region is set.", "Name one or more: --region us-east-2")
    now = _local_now(endpoint) if endpoint else datetime.now(UTC)

    def connect(service: str, region: str) -> Any:
        made: Callable[..., Any] = session.client
        config = _KNOCK if service in _FIRST else _PATIENCE
        return made(service, region_name=region, endpoint_url=endpoint, config=config)

    return [
        ReadOnlySession(region=r, connect=connect, now=now)
        for r in asked or [str(session.region_name)]
    ]


@contextmanager
def exit_on_sigint() -> Iterator[None]:
    """Let Ctrl-C end the process now: nothing was begun that would need an end."""

    def leave(_signal: int, _frame: FrameType | None) -> None:
        clear(aside())
        os._exit(INTERRUPTED)

    try:
        before = signal.signal(signal.SIGINT, leave)
    except ValueError:  # not the main thread: it has no say in signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _local_endpoint() -> str:
    """Find the local AWS: where AWS_ENDPOINT_URL says, if that is this machine."""
    given = os.environ.get("AWS_ENDPOINT_URL", "")
    return given if urlsplit(given).hostname in ("127.0.0.1", "localhost") else LOCAL


def _local_now(endpoint: str) -> datetime:
    """Read the local AWS's own clock, which can be moved."""
    try:
        with urlopen(endpoint + _LOCAL_CLOCK, timeout=10) as answer:  # noqa: S310 - this machine
            return datetime.fromisoformat(json.load(answer)["now"])
    except (OSError, ValueError, KeyError):
        raise CannotRunError(
            f"No local AWS answers at {endpoint}.", "Start it with `make local`; it prints READY."
        ) from None
