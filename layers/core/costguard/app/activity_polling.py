"""Which notebooks are asked what they are doing."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from costguard.app.ports import ActivityObserver, ObservedActivity
from costguard.enforcement.case import Case
from costguard.idleness.job_attribution import with_activity
from costguard.policy.model import Policy
from costguard.resources.activity import Activity
from costguard.resources.model import Resource
from costguard.rules import idle
from costguard.rules.base import EvaluationContext


def poll_activity(
    fleet: tuple[Resource, ...],
    policy: Policy,
    observer: ActivityObserver,
    *,
    cases: Mapping[str, Case],
    now: datetime,
    only: Resource | None = None,
) -> tuple[tuple[Resource, ...], tuple[Exception, ...]]:
    """Look at the notebooks that may be idle; where that failed, nobody is judged for it now."""
    if idle.RULE.id not in policy.rules:
        return fleet, ()
    seen = _observe(fleet if only is None else (only,), policy, observer, now, again=only is None)
    if seen.errors:
        return fleet, seen.errors
    kept = {key: case.kept for key, case in cases.items()}
    return with_activity(fleet, seen.activity, seen.ended, kept, policy.directory), ()


def _observe(
    notebooks: Iterable[Resource],
    policy: Policy,
    observer: ActivityObserver,
    now: datetime,
    *,
    again: bool,
) -> ObservedActivity:
    """Ask those that may be idle; `again`: only when the answer can have changed."""
    options = policy.rules[idle.RULE.id].options
    ctx = EvaluationContext(now=now, directory=policy.directory, zone=policy.timezone.info)
    asked = [
        notebook
        for notebook in notebooks
        if idle.worth_asking(notebook, options, ctx)
        and not policy.exempts(notebook, idle.RULE.id, now)
    ]

    def next_check(resource: Resource, known: Activity) -> datetime:
        return idle.earliest(resource, known, options, ctx)

    return (
        observer.observe(asked, now, next_check if again else None) if asked else ObservedActivity()
    )
