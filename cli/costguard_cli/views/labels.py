"""The words that several commands use for an outcome, a place, an age."""

from collections.abc import Iterable

from rich.text import Text

from costguard.common.formatting import usd
from costguard_cli.analysis.assessment import Outcome, Row, Stake, Unseen
from costguard_cli.console import BAD, GOOD, POOR, QUIET

_SAYS = {
    Outcome.STOP: ("stop", BAD),
    Outcome.HELD_BACK: ("hold back", BAD),
    Outcome.STOPPING: ("is stopping", POOR),
    Outcome.WARN: ("warn", POOR),
    Outcome.TELL: ("tell owner", POOR),
    Outcome.OBSERVE: ("tell admins", QUIET),
    Outcome.CANNOT_TELL: ("cannot tell", QUIET),
    Outcome.FINE: ("fine", GOOD),
}


def says(outcome: Outcome) -> Text:
    """Say an outcome in two words and its colour."""
    return Text(*_SAYS[outcome])


def at_stake(stake: Stake) -> Text:
    """Say dollars an hour, and how many are missing from them."""
    if not stake.count:
        return Text("-", QUIET)
    if stake.unpriced == stake.count:
        return Text("no price known", POOR)
    said = Text(f"{usd(stake.usd_per_hour)}/h")
    if stake.unpriced:
        said.append(f" + {stake.unpriced} unpriced", POOR)
    return said


def instances(row: Row) -> str:
    """Say what it runs on."""
    types = ", ".join(row.resource.instance_types) or "unknown type"
    many = row.resource.instances
    return f"{many} x {types}" if many and many > 1 else types


def unseen_words(unseen: Iterable[Unseen]) -> list[str]:
    """Say what could not be looked at."""
    return [f"{u.what}: {u.why}" + (f" ({u.times} times)" if u.times > 1 else "") for u in unseen]
