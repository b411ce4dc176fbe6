"""What a deployed guard needs around it: mail, Slack, a trail, its SDK and the way to notebooks."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from costguard.common.datetimes import say_duration
from costguard.resources.activity import WorkMemory
from costguard_cli.analysis.health import HealthCheck, HealthState

SCOPES = {
    "chat:write": "to write messages",
    "im:write": "to open a conversation with a person",
    "users:read.email": "to find a person by an e-mail address",
}
"""What the Slack bot's token must allow, and what for (the methods' pages on api.slack.com)."""
_LAMBDAS_OWN = "Lambda's own"


@dataclass(frozen=True, slots=True)
class Setup:
    """All checks around one stack. `unseen` is what could not be read."""

    region: str
    stack: str
    checks: tuple[HealthCheck, ...]
    unseen: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether no check is broken."""
        return all(check.state is not HealthState.BROKEN for check in self.checks)


def mail_account(answer: Mapping[str, Any]) -> HealthCheck:
    """Check that SES sends, and to everybody (its GetAccount)."""
    if not answer.get("SendingEnabled", True):
        return _broken("e-mail", "SES does not send: sending is paused in this Region")
    if not answer.get("ProductionAccessEnabled"):
        return _broken(
            "e-mail",
            "SES is in its sandbox here: it delivers only to verified addresses, so most owners "
            "get no e-mail. Request production access in the SES console",
        )
    return HealthCheck("e-mail", HealthState.FINE, "SES sends, and not only to verified addresses")


def mail_sender(sender: str, verified: Iterable[str]) -> HealthCheck:
    """Check that the sender, or its domain, is a verified identity of SES."""
    _, _, domain = sender.partition("@")
    found = [name for name in verified if name in (sender, domain)]
    if found:
        return HealthCheck("sender", HealthState.FINE, f"{found[0]} is verified")
    return _broken(
        "sender", f"neither {sender} nor {domain} is verified in SES: verify one of them"
    )


def slack_scopes(granted: Collection[str]) -> HealthCheck:
    """Check that the bot's token allows what is needed of it."""
    missing = [f"{scope} ({what})" for scope, what in SCOPES.items() if scope not in granted]
    if not missing:
        return HealthCheck("Slack", HealthState.FINE, "the token has the scopes it needs")
    return _broken(
        "Slack",
        f"the token lacks {', '.join(missing)}: add them under OAuth & Permissions, then reinstall",
    )


def not_set_up(name: str, parameter: str) -> HealthCheck:
    """Note a channel that the stack was deployed without."""
    return HealthCheck(name, HealthState.NOTE, f"not set up: the parameter {parameter} is empty")


def logs_management(selectors: Mapping[str, Any]) -> bool:
    """Tell whether a trail records calls that change something (its GetEventSelectors)."""
    plain = any(
        each.get("IncludeManagementEvents") and each.get("ReadWriteType") in ("All", "WriteOnly")
        for each in selectors.get("EventSelectors") or ()
    )
    fields = (
        {field["Field"]: field for field in each.get("FieldSelectors", ())}
        for each in selectors.get("AdvancedEventSelectors") or ()
    )
    return plain or any(
        "Management" in chosen.get("eventCategory", {}).get("Equals", ())
        and "true" not in chosen.get("readOnly", {}).get("Equals", ())
        for chosen in fields
    )


def trails(logging: Iterable[str]) -> HealthCheck:
    """Check that a trail logs: EventBridge passes on API calls only where one does."""
    if name := next(iter(logging), None):
        return HealthCheck("CloudTrail", HealthState.FINE, f"the trail {name} logs")
    return _broken(
        "CloudTrail",
        "no trail logs the calls that change something here. Creators stay unknown, changed tags "
        "wait for the next sweep, and changes to the guard are not told. Create a trail",
    )


def sdk_version(version: str) -> HealthCheck:
    """Check that the functions run with the SDK that was tested."""
    own = version.startswith(_LAMBDAS_OWN)
    return HealthCheck("SDK", HealthState.NOTE if own else HealthState.FINE, version)


def kernels_asked(
    works: Iterable[WorkMemory], refused: datetime | None, now: datetime
) -> HealthCheck:
    """Check whether a kernel has ever answered the probe, and whether the last try was refused."""
    free = [kernel.free for work in works for kernel in work.kernels.values() if kernel.free]
    answered = max(free, default=None)
    if refused and (answered is None or refused > answered):
        age = say_duration(max(now - refused, timedelta()))
        text = (
            f"web sockets are refused on the way, last {age} ago: nobody is idle by Jupyter alone"
        )
        return HealthCheck("probe", HealthState.NOTE, text)
    if answered is None:
        return HealthCheck("probe", HealthState.NOTE, "no kernel has answered yet; none was idle")
    age = say_duration(max(now - answered, timedelta()))
    return HealthCheck("probe", HealthState.FINE, f"a kernel answered by web socket {age} ago")


def _broken(name: str, text: str) -> HealthCheck:
    return HealthCheck(name, HealthState.BROKEN, text)
