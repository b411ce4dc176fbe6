"""A launch that was not made yet, on the terminal: allowed or not, and what it can cost."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

from costguard.common.datetimes import say_duration
from costguard.common.formatting import usd
from costguard.costs.budgets import BudgetStatus
from costguard.resources.registry import KINDS
from costguard_cli.analysis.assessment import Unreadable
from costguard_cli.analysis.context import AnalysisContext
from costguard_cli.analysis.estimate import Estimate
from costguard_cli.console import BAD, GOOD, POOR, QUIET, heading, lines, money, pairs
from costguard_cli.console import text as shown
from costguard_cli.views.labels import unreadable_lines


def show(
    console: Console, found: Estimate, context: AnalysisContext, unseen: Sequence[Unreadable]
) -> None:
    """Print it, the verdict last."""
    launch, kind = found.resource, KINDS[found.resource.kind].title
    types = f"{launch.instances or 'some'} x {' or '.join(launch.instance_types) or 'unknown'}"
    console.print(Text.assemble(shown(types, "bold"), f" as a {kind}"))
    console.print(pairs(_rows(found, context)))
    for rule, fail in found.evaluation.violations.items():
        console.print(heading(rule))
        console.print(lines(fail.reason))
        console.print(lines(fail.remedy, QUIET))
    for line in unreadable_lines(unseen):
        console.print(shown(line, POOR))
    verdict = ("The policy allows it.", GOOD) if found.allowed else ("It breaks the policy.", BAD)
    console.print(Text.assemble("\n", verdict))


def as_dict(found: Estimate, unseen: Sequence[Unreadable]) -> dict[str, Any]:
    """Write it for machines; amounts are USD, as text, or null where they are not known."""
    return {
        "allowed": found.allowed,
        "broken": {rule: fail.reason for rule, fail in found.evaluation.violations.items()},
        "not_known": sorted(found.evaluation.unanswered),
        "usd_per_hour": _text(found.usd_per_hour),
        "usd_at_most": _text(found.at_most),
        "seconds_paid_at_most": found.paid and found.paid.total_seconds(),
        "budgets": [
            {
                "of": f"{each.dimension} {each.name}",
                "usd_limit": str(each.limit),
                "usd_left": str(each.limit - each.spent),
                "usd_left_after": _text(_left_after(each, found)),
            }
            for each in found.budgets
        ],
        "cheaper": found.cheaper
        and {"type": found.cheaper[0], "usd_per_hour": str(found.cheaper[1])},
        "could_not_look": [each.what for each in unseen],
    }


def _rows(
    found: Estimate, context: AnalysisContext
) -> Iterator[tuple[RenderableType, RenderableType]]:
    yield "an hour", Text.assemble(money(found.usd_per_hour), ", list price of the instances alone")
    if found.paid is None:
        yield "at most", Text("no limit of its run time is given: --hours", POOR)
    else:
        yield "at most", Text.assemble(money(found.at_most), f", in {say_duration(found.paid)}")
    for each in found.budgets:
        left = f"{usd(each.limit - each.spent)} left of {usd(each.limit)}{_after(each, found)}"
        yield "budget", shown(f"{each.dimension} {each.name}: {left}")
    if found.cheaper:
        type_, hourly = found.cheaper
        yield "cheaper", f"{type_}, {usd(hourly)} an hour: the cheapest allowed type of its class"
    yield "policy", shown(context.source)


def _after(budget: BudgetStatus, found: Estimate) -> str:
    left = _left_after(budget, found)
    if left is None or left >= 0:
        return "" if left is None else f"; {usd(left)} after it"
    return f"; it may go {usd(-left)} over it"


def _left_after(budget: BudgetStatus, found: Estimate) -> Any:
    return None if found.at_most is None else budget.limit - budget.spent - found.at_most


def _text(amount: object) -> str | None:
    return None if amount is None else str(amount)
