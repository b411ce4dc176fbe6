"""The words that several commands use for an outcome, a place, an age."""

from collections.abc import Iterable

from rich.text import Text

from costguard.common.formatting import usd
from costguard_cli.analysis.assessment import (
    AssessedResource,
    AssessmentOutcome,
    CostTotal,
    Unreadable,
)
from costguard_cli.console import BAD, GOOD, POOR, QUIET

_SAYS = {
    AssessmentOutcome.STOP: ("stop", BAD),
    AssessmentOutcome.HELD_BACK: ("hold back", BAD),
    AssessmentOutcome.STOPPING: ("is stopping", POOR),
    AssessmentOutcome.WARN: ("warn", POOR),
    AssessmentOutcome.TELL: ("tell owner", POOR),
    AssessmentOutcome.OBSERVE: ("tell admins", QUIET),
    AssessmentOutcome.CANNOT_TELL: ("cannot tell", QUIET),
    AssessmentOutcome.FINE: ("fine", GOOD),
}


def outcome_label(outcome: AssessmentOutcome) -> Text:
    """Say an outcome in two words and its colour."""
    return Text(*_SAYS[outcome])


def cost_label(stake: CostTotal) -> Text:
    """Say dollars an hour, and how many are missing from them."""
    if not stake.count:
        return Text("-", QUIET)
    if stake.unpriced == stake.count:
        return Text("no price known", POOR)
    said = Text(f"{usd(stake.usd_per_hour)}/h")
    if stake.unpriced:
        said.append(f" + {stake.unpriced} unpriced", POOR)
    return said


def instances(row: AssessedResource) -> str:
    """Say what it runs on."""
    types = ", ".join(row.resource.instance_types) or "unknown type"
    many = row.resource.instances
    return f"{many} x {types}" if many and many > 1 else types


def unreadable_lines(unseen: Iterable[Unreadable]) -> list[str]:
    """Say what could not be looked at."""
    return [f"{u.what}: {u.why}" + (f" ({u.times} times)" if u.times > 1 else "") for u in unseen]
