"""Labels that several commands print: outcomes, costs, instances."""

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

_LABELS = {
    AssessmentOutcome.STOP: ("stop", BAD),
    AssessmentOutcome.HELD_BACK: ("hold back", BAD),
    AssessmentOutcome.STOPPING: ("is stopping", POOR),
    AssessmentOutcome.WARN: ("warn", POOR),
    AssessmentOutcome.TELL: ("tell owner", POOR),
    AssessmentOutcome.OBSERVE: ("tell admins", QUIET),
    AssessmentOutcome.NOT_ASKED: ("not asked", QUIET),
    AssessmentOutcome.CANNOT_TELL: ("cannot tell", QUIET),
    AssessmentOutcome.FINE: ("fine", GOOD),
}


def outcome_label(outcome: AssessmentOutcome) -> Text:
    """Return the coloured label of an outcome."""
    return Text(*_LABELS[outcome])


def cost_label(total: CostTotal) -> Text:
    """Return the cost an hour, and the number of unpriced resources."""
    if not total.count:
        return Text("-", QUIET)
    if total.unpriced == total.count:
        return Text("no price known", POOR)
    label = Text(f"{usd(total.usd_per_hour)}/h")
    if total.unpriced:
        label.append(f" + {total.unpriced} unpriced", POOR)
    return label


def instances(row: AssessedResource) -> str:
    """Return the instances of a resource."""
    resource = row.resource
    between = " or " if len(resource.choices) > 1 else ", "
    types = between.join(resource.instance_types) or "unknown type"
    many = f"{resource.instances} x " if resource.instances and resource.instances > 1 else ""
    return f"{many}{types}{' (waiting)' if resource.waits else ''}"


def unreadable_lines(unseen: Iterable[Unreadable]) -> list[str]:
    """Return a line for each thing that could not be read."""
    return [f"{u.what}: {u.why}" + (f" ({u.times} times)" if u.times > 1 else "") for u in unseen]
