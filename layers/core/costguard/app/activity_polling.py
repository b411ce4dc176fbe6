"""Poll the activity of the notebooks that may be idle."""

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
    """Poll the notebooks that may be idle; if that fails, none is evaluated for idleness now."""
    if idle.RULE.id not in policy.rules:
        return fleet, ()
    observed = _observe(
        fleet if only is None else (only,), policy, observer, now, again=only is None
    )
    if observed.errors:
        return fleet, observed.errors
    kept = {key: case.kept for key, case in cases.items()}
    return with_activity(fleet, observed.activity, observed.ended, kept, policy.directory), ()


def _observe(
    notebooks: Iterable[Resource],
    policy: Policy,
    observer: ActivityObserver,
    now: datetime,
    *,
    again: bool,
) -> ObservedActivity:
    """Poll those that may be idle; with `again`, only where the answer can have changed."""
    options = policy.rules[idle.RULE.id].options
    ctx = EvaluationContext(now=now, directory=policy.directory, zone=policy.timezone.info)
    candidates = [
        notebook
        for notebook in notebooks
        if idle.worth_asking(notebook, options, ctx)
        and policy.exempt_until(notebook, idle.RULE.id, now) is None
    ]

    def next_check(resource: Resource, known: Activity) -> datetime:
        try:
            return idle.next_check_at(resource, known, options, ctx)
        except Exception:  # noqa: BLE001 - one notebook must not keep the others from being asked
            return now  # what is known of it cannot be weighed

    if not candidates:
        return ObservedActivity()
    return observer.observe(candidates, now, next_check if again else None)
