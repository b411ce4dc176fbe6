"""Who is asked for activity, and what is said of those nobody can see. Pure."""

from collections.abc import Mapping
from datetime import datetime

from costguard.app.ports import ObserveActivity, ObservedActivity
from costguard.enforcement.case import Case
from costguard.idleness.job_attribution import with_activity
from costguard.policy.model import Policy
from costguard.resources.activity import Activity
from costguard.resources.model import Resource
from costguard.rules import idle
from costguard.rules.base import EvaluationContext

type Fleet = tuple[Resource, ...]


def poll_activity(
    fleet: Fleet,
    policy: Policy,
    look: ObserveActivity,
    *,
    cases: Mapping[str, Case],
    now: datetime,
    only: Resource | None = None,
) -> tuple[Fleet, tuple[Exception, ...]]:
    """Look at the notebooks that may be idle; where that failed, nobody is judged for it now."""
    if idle.RULE.id not in policy.rules:
        return fleet, ()
    options = policy.rules[idle.RULE.id].options
    ctx = EvaluationContext(now=now, directory=policy.directory, zone=policy.timezone.info)
    about = fleet if only is None else (only,)
    asked = [
        r
        for r in about
        if idle.worth_asking(r, options, ctx) and not policy.exempts(r, idle.RULE.id, now)
    ]

    def earliest(resource: Resource, known: Activity) -> datetime:
        return idle.earliest(resource, known, options, ctx)

    seen = look(asked, now, earliest if only is None else None) if asked else ObservedActivity()
    if seen.errors:
        return fleet, seen.errors
    kept = {key: case.kept for key, case in cases.items()}
    return with_activity(fleet, seen.activity, seen.ended, kept, policy.directory), ()
