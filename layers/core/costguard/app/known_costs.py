"""What is known of the costs, and the sum of the spend that the sweep keeps."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from costguard.app.ports import UsageStore
from costguard.costs.budgets import STALE_AFTER, WEEK, CostContext, month_of, sum_spend
from costguard.costs.course_spend import CourseMeter
from costguard.costs.pricing import UsageSlice, clip
from costguard.policy.model import Policy
from costguard.rules.burn_rate import RULE as BURN_RATE
from costguard.rules.idle import RULE as IDLE
from costguard.rules.over_budget import RULE as OVER_BUDGET

SUM_UP_EVERY = timedelta(hours=1)


def cost_context(
    usage: UsageStore, policy: Policy, *, now: datetime, whole_fleet: bool = False
) -> CostContext | None:
    """Return the known costs if a rule needs them; costs that are too old count as unknown.

    Rates of all that runs matter only if all is evaluated; those of one where idleness rests on it.
    """
    if not _has_budgets(policy):
        rate = _idle_by_price(policy) or (whole_fleet and BURN_RATE.id in policy.rules)
        return CostContext(None, usage.prices(now)) if rate else None
    spent = usage.spend()
    if spent is not None and now - spent.time > STALE_AFTER:
        spent = None
    return CostContext(spent, usage.prices(now))


def update_spend(
    usage: UsageStore, policy: Policy, *, now: datetime, unread: Mapping[str, datetime] = {}
) -> CostContext | None:
    """Sum up the spend if budgets need it, unless that was just done.

    What runs on in a place counts until it was not read any more: nobody is stopped elsewhere for
    what nobody sees.
    """
    known = cost_context(usage, policy, now=now, whole_fleet=True)
    last = known.spend.time if known and known.spend else None
    if not _has_budgets(policy) or (last and now - last < SUM_UP_EVERY):
        return known
    zone = policy.timezone.info
    running = [each for each in policy.courses if each.is_running(now, zone)]
    begun = (each.bounds(zone)[0] for each in running)
    since = min(month_of(now, zone)[1], now - WEEK, *begun)
    prices = usage.prices(now)
    courses = CourseMeter(policy.directory.seats, running, prices)
    seen = (_as_seen(piece, unread) for piece in usage.slices(since, now))
    spent = sum_spend(seen, prices, zone, now, courses)
    usage.keep_spend(spent)
    return CostContext(spent, prices)


def _as_seen(piece: UsageSlice, unread: Mapping[str, datetime]) -> UsageSlice:
    until = unread.get(piece.usage.ref.place) if piece.usage.end is None else None
    return clip(piece, piece.since, until) if until else piece


def _has_budgets(policy: Policy) -> bool:
    budgets = policy.budgets
    of_courses = any(each.has_budget for each in policy.courses)
    named = budgets.per_project or budgets.per_owner
    return OVER_BUDGET.id in policy.rules and (of_courses or bool(named))


def _idle_by_price(policy: Policy) -> bool:
    settings = policy.rules.get(IDLE.id)
    return settings is not None and settings.options.by_price
