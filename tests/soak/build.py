"""The guard as it is built, and the queues as the template sets them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from costguard.app.enforce import enforce
from costguard.app.ports import RespondPorts
from costguard.app.respond import respond
from costguard.app.sweep import sweep
from costguard.app.watch import watch
from costguard.common.errors import GuardError
from costguard.notifications.ports import NotificationPorts
from costguard.policy.model import Policy
from tests.contract.template import EVERYTHING
from tests.soak.cloud import Cloud

PROPERTIES = {name: each.get("Properties", {}) for name, each in EVERYTHING.resources.items()}


def _same[T](thing: T, *_: object) -> T:
    return thing


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """The guard as it is built; a build with one safety removed changes one of these."""

    policy: Callable[[Policy], Policy] = _same
    alarm: Callable[[Mapping[str, Any]], Mapping[str, Any]] = _same  # of a lockdown
    ports: Callable[[Any, Cloud], Any] = _same  # of watch, sweep and enforce
    answers: Callable[[RespondPorts, Cloud], RespondPorts] = _same
    notifier: Callable[[NotificationPorts, Cloud], NotificationPorts] = _same
    enforce: Callable[..., object] = enforce
    sweep: Callable[..., Mapping[str, int]] = sweep
    watch: Callable[..., str] = watch
    respond: Callable[..., dict[str, Any]] = respond


@dataclass(slots=True)
class QueuedMessage:
    """A queued message."""

    id: str
    body: str
    sent: datetime
    tries: int = 0


@dataclass(slots=True)
class Queue:
    """A queue as the template sets it: its visibility timeout, and the most receives."""

    visibility_timeout: timedelta
    max_receives: int
    waiting: list[QueuedMessage] = field(default_factory=list)

    @classmethod
    def of(cls, name: str) -> "Queue":
        """Read it from the template."""
        properties = PROPERTIES[name]
        max_receives = properties["RedrivePolicy"]["maxReceiveCount"]
        return cls(timedelta(seconds=properties["VisibilityTimeout"]), int(max_receives))


def own_faults(error: BaseException) -> list[BaseException]:
    """Return the errors that are not refusals by AWS."""
    if isinstance(error, BaseExceptionGroup):
        return [each for inner in error.exceptions for each in own_faults(inner)]
    known = isinstance(error, (ClientError, BotoCoreError, GuardError))
    return [] if known else [error]
