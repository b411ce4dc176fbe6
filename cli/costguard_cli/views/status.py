"""The guard's health on the terminal."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

from costguard.common.formatting import pluralize
from costguard.policy.owner_warnings import caps_without_roster
from costguard.rules import RULES
from costguard_cli.analysis.health import Health, HealthCheck, HealthState
from costguard_cli.console import BAD, GOOD, POOR, QUIET, heading, pairs
from costguard_cli.console import text as shown
from costguard_cli.views.unwatched import show_unwatched, unwatched_dicts

_MARKS = {
    HealthState.FINE: ("ok", GOOD),
    HealthState.NOTE: ("..", QUIET),
    HealthState.BROKEN: ("!!", BAD),
}


def show(console: Console, health: Health) -> None:
    """Print it, the verdict last."""
    console.print(shown(f"The stack {health.stack} in {health.region}", QUIET))
    for title, checks in (
        ("Functions", health.functions),
        ("Queues", health.queues),
        ("Alarms", _alarms_to_show(health.alarms)),
    ):
        console.print(heading(title))
        show_checks(console, checks)
    console.print(heading("Versions"))
    console.print(pairs((name, shown(version)) for name, version in health.versions.items()))
    if health.policy:
        console.print(heading("Modes", "the upper limit for every rule"))
        console.print(pairs(_modes(health)))
        for note in caps_without_roster(health.policy):
            console.print(shown(f"Note: {note}.", POOR, limit=1000))
    show_unwatched(console, health.unwatched, health.prices)
    show_unseen(console, health.unseen)
    verdict = ("It works.", GOOD) if health.works else ("It does not work as it should.", BAD)
    if health.works and health.unseen:
        verdict = ("No problem was found, but not everything could be read.", POOR)
    console.print(Text.assemble("\n", verdict))


def as_dict(health: Health) -> dict[str, Any]:
    """Write it for machines."""
    policy = health.policy
    return {
        "region": health.region,
        "stack": health.stack,
        "time": health.now.isoformat(),
        "works": health.works,
        "functions": check_dicts(health.functions),
        "queues": check_dicts(health.queues),
        "alarms": check_dicts(health.alarms),
        "versions": dict(health.versions),
        "notes": list(caps_without_roster(policy)) if policy else [],
        "modes": {r: policy.mode_of(r).value for r in policy.rules} if policy else None,
        "unwatched": unwatched_dicts(health.unwatched, health.prices),
        "could_not_look": list(health.unseen),
    }


def show_checks(console: Console, checks: Sequence[HealthCheck]) -> None:
    """Print checks, each with its mark."""
    wide = max((len(check.name) for check in checks), default=0)
    rows = [
        (Text(*_MARKS[s.state]), Text.assemble(f"{s.name:<{wide}}  ", (s.text, _style(s))))
        for s in checks
    ]
    console.print(pairs(rows) if rows else Text("none", QUIET))


def _alarms_to_show(alarms: Sequence[HealthCheck]) -> tuple[HealthCheck, ...]:
    """Return the alarms that are not OK, and the number of the others."""
    shown_alarms = tuple(check for check in alarms if check.state is not HealthState.FINE)
    rest = len(alarms) - len(shown_alarms)
    others = HealthCheck(
        pluralize(rest, "alarm") if not shown_alarms else f"{rest} more", HealthState.FINE, "ok"
    )
    return (*shown_alarms, others) if rest else shown_alarms


def _style(check: HealthCheck) -> str:
    return BAD if check.state is HealthState.BROKEN else QUIET


def _modes(health: Health) -> Iterable[tuple[RenderableType, RenderableType]]:
    policy = health.policy
    for rule in RULES:
        mode = policy.mode_of(rule).value if policy and rule in policy.rules else "off"
        yield rule, Text(mode, QUIET if mode == "off" else "")


def show_unseen(console: Console, unseen: Sequence[str]) -> None:
    """Print what could not be read."""
    if unseen:
        console.print(heading("Could not look"))
        for line in unseen:
            console.print(shown(line, POOR))


def check_dicts(checks: Iterable[HealthCheck]) -> list[dict[str, str]]:
    """Write checks for machines."""
    return [{"name": s.name, "state": s.state.value, "says": s.text} for s in checks]
