"""Poll the activity of the notebooks that may be idle."""

from collections.abc import Callable, Collection, Iterable, Mapping
from copy import replace
from datetime import datetime

from costguard.app.activity_ports import ActivityObserver, ObservedActivity
from costguard.costs.budgets import CostContext
from costguard.enforcement.case import Case, case_about
from costguard.idleness.assessment import assess
from costguard.idleness.job_attribution import with_activity
from costguard.idleness.memory import with_look
from costguard.policy.model import Policy
from costguard.resources.activity import Activity, KeepRequest, WorkMemory
from costguard.resources.model import Resource
from costguard.rules import idle
from costguard.rules.base import EvaluationContext


def poll_activity(  # noqa: PLR0913 - what a look rests on
    fleet: tuple[Resource, ...],
    policy: Policy,
    observer: ActivityObserver,
    *,
    cases: Mapping[str, Case],
    now: datetime,
    money: CostContext | None = None,
    only: Resource | None = None,
    unlisted: Collection[str] = (),
) -> tuple[tuple[Resource, ...], tuple[Exception, ...]]:
    """Poll the notebooks that may be idle; where that fails, none is evaluated for idleness now.

    So it is in the unlisted places: a job that could not be read may belong to a notebook there.
    The result is stored. A failure to store it is an error, but does not affect the result.
    """
    if idle.RULE.id not in policy.rules:
        return fleet, ()
    kept = _kept(fleet, cases)

    def known(observed: ObservedActivity) -> tuple[Resource, ...]:
        return with_activity(fleet, observed.activity, observed.ended, kept, policy.directory)

    asked = [each for each in (fleet if only is None else (only,)) if each.place not in unlisted]
    ctx = _context(policy, now, money)
    observed = _observe(asked, policy, observer, known, ctx, again=only is None)
    judged = {each.ref.key: each for each in known(observed) if each.ref.key in observed.activity}
    fresh = {key: work for key, each in judged.items() if (work := _work_of(each, policy, now))}
    errors = observer.remember(judged, fresh, now) if fresh else ()
    return known(observed), (*observed.errors, *errors)


def _kept(
    fleet: Iterable[Resource], cases: Mapping[str, Case]
) -> Mapping[str, tuple[KeepRequest, ...]]:
    """Collect what its owner asked for each; nothing of an earlier one of the same name."""
    about = ((each.ref.key, case_about(cases.get(each.ref.key), each)) for each in fleet)
    return {key: case.kept for key, case in about if case}


def _context(policy: Policy, now: datetime, money: CostContext | None) -> EvaluationContext:
    zone = policy.timezone.info
    return EvaluationContext(now=now, directory=policy.directory, zone=zone, money=money)


def _observe(
    notebooks: Iterable[Resource],
    policy: Policy,
    observer: ActivityObserver,
    known: Callable[[ObservedActivity], tuple[Resource, ...]],
    ctx: EvaluationContext,
    *,
    again: bool,
) -> ObservedActivity:
    """Poll those that may be idle; with `again`, only those whose answer can have changed."""
    options = policy.rules[idle.RULE.id].options
    candidates = [each for each in notebooks if _is_candidate(each, policy, options, ctx)]
    if not candidates:
        return ObservedActivity()
    blank = ObservedActivity(activity={each.ref.key: Activity() for each in candidates})
    running = {each.ref.key: each.activity for each in known(blank) if each.activity}

    def next_check(resource: Resource, seen: Activity) -> datetime:
        """Return the next check by running jobs and stored facts, without asking a kernel."""
        now_known = running[resource.ref.key]
        joined = replace(seen, jobs=now_known.jobs, kept=now_known.kept)
        try:
            return idle.next_check_at(resource, joined, options, ctx)
        except Exception:  # noqa: BLE001 - one notebook must not keep the others from being asked
            return ctx.now  # its known facts cannot be evaluated

    again_at = next_check if again else None
    return observer.observe(candidates, ctx.now, again_at, options.look_back)


def _is_candidate(
    notebook: Resource, policy: Policy, options: idle.Options, ctx: EvaluationContext
) -> bool:
    """Return whether its activity matters now."""
    exempt = policy.exempt_until(notebook, idle.RULE.id, ctx.now)
    return exempt is None and idle.worth_asking(notebook, options, ctx)


def _work_of(notebook: Resource, policy: Policy, now: datetime) -> WorkMemory | None:
    """Return the facts to remember of this observation; None if there is nothing new."""
    activity = notebook.activity
    if activity is None or activity.jupyter is None or activity.jupyter.seen != now:
        return None
    load = policy.rules[idle.RULE.id].options.load
    try:
        found = assess(activity, load, started=notebook.started or now, now=now)
        work = with_look(activity, found)
    except Exception:  # noqa: BLE001 - the rule says what cannot be weighed, of this one alone
        return None
    return work if work != activity.remembered else None
