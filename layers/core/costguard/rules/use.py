"""Is something used whose use AWS itself measures? Asked by the rule `idle`."""

from datetime import datetime, timedelta

from costguard.common.datetimes import say_duration
from costguard.common.formatting import usd
from costguard.common.sanitize import single_line
from costguard.idleness.keep_until import KeepLimits
from costguard.resources.activity import Activity
from costguard.resources.commands import fill_in
from costguard.resources.kind import ActivitySource
from costguard.resources.model import Resource, ResourceStatus
from costguard.resources.registry import KINDS, how_to_end
from costguard.rules.base import NEEDS_FLEET, PASS, EvaluationContext, Fail, Unknown, Verdict
from costguard.rules.keeping import how_to_keep, keep_of_owner, say_clock

_HOURS_A_DAY = 24


def is_measured(resource: Resource) -> bool:
    """Tell whether AWS measures the use of its kind."""
    return KINDS[resource.kind].activity is ActivitySource.METRIC


def begun(resource: Resource) -> datetime | None:
    """Answer when the time without use begins at the earliest: its last change is use, too."""
    if resource.started is None:
        return None
    return max(resource.started, resource.changed or resource.started)


def worth_measuring(resource: Resource, after: timedelta, now: datetime) -> bool:
    """Tell whether its use can matter now: it has metrics, costs, and has lasted long enough."""
    since = begun(resource) if resource.status is ResourceStatus.RUNNING else None
    if since is None or not resource.use or resource.groups == ():
        return False
    return now - since >= after


def check_use(
    resource: Resource, after: timedelta | None, limits: KeepLimits, ctx: EvaluationContext
) -> Verdict:
    """Fail what was not used for long enough, nor changed, nor kept by its owner."""
    since = begun(resource)
    if after is None or resource.groups == () or (since and ctx.now - since < after):
        return PASS
    known = resource.activity or Activity()
    use = known.use
    if since is None or use is None or use.since > ctx.now - after:
        return _not_known(resource, since)
    since = max(since, use.last or since)
    kept = keep_of_owner(resource, known.kept, limits, ctx)
    if ctx.now - since < after or (kept.until and ctx.now < kept.until):
        return PASS
    return _unused(resource, since, after, kept.refused, limits, ctx)


def _not_known(resource: Resource, since: datetime | None) -> Verdict:
    """Say why its use cannot be told; where nobody has looked yet, the sweep does."""
    if since is None:
        return Unknown("the start of this run")
    if not resource.use:
        return Unknown("its use (AWS measures none that tells)", loud=False)
    if resource.activity is None:
        return NEEDS_FLEET
    return Unknown("its use (CloudWatch has not told)", loud=False)


def _unused(
    resource: Resource,
    since: datetime,
    after: timedelta,
    refused: str | None,
    limits: KeepLimits,
    ctx: EvaluationContext,
) -> Fail:
    """Say it with what it costs: an endpoint costs the same whether it answers or not."""
    refusal = f". {refused[0].upper()}{refused[1:]}" if refused else ""
    names = " and ".join(dict.fromkeys(metric.name for metric in resource.use))
    rate = ctx.hourly(resource)
    costs = f"; it costs {usd(rate * _HOURS_A_DAY)} a day by list price" if rate else ""
    how = fill_in(how_to_end(resource), resource)
    keep = how_to_keep(resource, limits, ctx)
    after_line = how.rpartition("\n")[2].startswith("aws ")  # what follows a command breaks it
    return Fail(
        f"nobody has used it since {say_clock(since, ctx)}, for {say_duration(ctx.now - since)} "
        f"(CloudWatch, {single_line(names)}){costs}{refusal}",
        f"{how}\n{keep.lstrip()}".rstrip() if after_line else f"{how}{keep}",
        cause="idle",
        not_before=since + after,
    )
