"""Notebooks of whose activity nothing is known, and why: what the admins read of them."""

from collections.abc import Iterable

from costguard.common.sanitize import single_line
from costguard.enforcement.evaluation import Evaluation
from costguard.notifications import templates
from costguard.resources.activity import CLOSED
from costguard.resources.registry import is_notebook
from costguard.rules import idle

_LISTED = 20


def is_unobservable(evaluation: Evaluation) -> bool:
    """Tell whether nothing is known of a running notebook's activity."""
    return any(unknown.rule == idle.RULE.id for unknown in evaluation.unknowns)


def is_refused(evaluation: Evaluation) -> bool:
    """Tell whether a notebook's activity is not known because AWS does not let us ask."""
    activity = evaluation.resource.activity
    return activity is not None and activity.probe_refused


def refused_report(evaluations: Iterable[Evaluation]) -> str | None:
    """Say which notebooks AWS does not let us ask; None where it lets us ask all."""
    refused = [each.resource.name for each in evaluations if is_refused(each)]
    return templates.PROBE_REFUSED.format(len(refused), _listed(refused)) if refused else None


def unasked_report(evaluations: Iterable[Evaluation]) -> str | None:
    """Say whose kernels cannot be asked since the way to them is closed; None where none is."""
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
    """Say for how many notebooks only the maximum age holds; None when all are observable."""
    running = [each for each in evaluations if is_notebook(each.resource)]
    unobservable = [each.resource.name for each in running if is_unobservable(each)]
    if not unobservable:
        return None
    return templates.UNOBSERVABLE.format(len(unobservable), len(running), _listed(unobservable))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"{single_line(', '.join(names[:_LISTED]), 2000)}{more}"
