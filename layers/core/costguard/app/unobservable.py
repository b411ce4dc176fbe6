"""Reports to the admins about notebooks whose activity is unknown."""

from collections.abc import Iterable

from costguard.common.sanitize import single_line
from costguard.enforcement.evaluation import Evaluation
from costguard.notifications import templates
from costguard.resources.activity import CLOSED
from costguard.resources.registry import is_notebook
from costguard.rules import idle

_LISTED = 20


def is_unobservable(evaluation: Evaluation) -> bool:
    """Return whether a running notebook's activity is unknown."""
    return any(unknown.rule == idle.RULE.id for unknown in evaluation.unknowns)


def is_refused(evaluation: Evaluation) -> bool:
    """Return whether the activity is unknown because AWS refuses the calls."""
    activity = evaluation.resource.activity
    return activity is not None and activity.probe_refused


def refused_report(evaluations: Iterable[Evaluation]) -> str | None:
    """Report the notebooks that AWS refuses to open; None if there are none."""
    refused = [each.resource.name for each in evaluations if is_refused(each)]
    return templates.PROBE_REFUSED.format(len(refused), _listed(refused)) if refused else None


def unasked_report(evaluations: Iterable[Evaluation]) -> str | None:
    """Report the notebooks whose web sockets are refused; None if there are none."""
    known = ((each.resource.name, each.resource.activity) for each in evaluations)
    closed = {
        name: activity.jupyter.why_unasked
        for name, activity in known
        if activity and activity.jupyter and CLOSED in (activity.jupyter.why_unasked or "")
    }
    if not closed:
        return None
    why = single_line(next(iter(closed.values())) or "")
    return templates.UNASKED.format(len(closed), why, _listed(list(closed)))


def unobservable_report(evaluations: Iterable[Evaluation]) -> str | None:
    """Report the number of notebooks with a maximum age only; None if all are observable."""
    running = [each for each in evaluations if is_notebook(each.resource)]
    unobservable = [each.resource.name for each in running if is_unobservable(each)]
    if not unobservable:
        return None
    return templates.UNOBSERVABLE.format(len(unobservable), len(running), _listed(unobservable))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"{single_line(', '.join(names[:_LISTED]), 2000)}{more}"
