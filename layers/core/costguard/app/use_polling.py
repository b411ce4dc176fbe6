"""Read the use of what AWS itself measures, where it can matter now."""

from collections.abc import Iterable, Mapping
from copy import replace
from datetime import datetime, timedelta

from costguard.app.activity_ports import UseMeter
from costguard.enforcement.case import Case, case_about
from costguard.policy.model import Policy
from costguard.resources.activity import Activity
from costguard.resources.model import Resource
from costguard.rules import idle
from costguard.rules.use import worth_measuring

_FARTHEST, _MARGIN = timedelta(days=400), timedelta(hours=2)  # CloudWatch keeps hours for 455 days


def poll_use(
    fleet: tuple[Resource, ...],
    policy: Policy,
    meter: UseMeter,
    *,
    cases: Mapping[str, Case],
    now: datetime,
    only: Resource | None = None,
) -> tuple[tuple[Resource, ...], tuple[Exception, ...]]:
    """Attach its use to each that may be idle; what could not be read stays unknown."""
    if idle.RULE.id not in policy.rules:
        return fleet, ()
    waits = _waits(fleet if only is None else (only,), policy, now)
    if not waits:
        return fleet, ()
    since = now - min(max(waits.values()), _FARTHEST) - _MARGIN
    asked = [each for each in fleet if each.ref.key in waits]
    uses, errors = meter.measure(asked, since, now)

    def known(resource: Resource) -> Resource:
        key = resource.ref.key
        if key not in waits:
            return resource
        case = case_about(cases.get(key), resource)
        activity = Activity(use=uses.get(key), kept=case.kept if case else ())
        return replace(resource, activity=activity)

    return tuple(map(known, fleet)), errors


def _waits(fleet: Iterable[Resource], policy: Policy, now: datetime) -> Mapping[str, timedelta]:
    """Choose what is to be read, by key, with the time without use that the policy allows it."""
    unused = policy.rules[idle.RULE.id].options.unused
    return {
        each.ref.key: after
        for each in fleet
        if (after := unused.of(each.kind)) is not None
        and worth_measuring(each, after, now)
        and policy.exempt_until(each, idle.RULE.id, now) is None
    }
