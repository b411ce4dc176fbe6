"""May the resource run longer than allowed, or has it already?"""

from datetime import timedelta

from msgspec import Struct, field

from costguard.common.datetimes import say_duration
from costguard.resources.commands import fill_in
from costguard.resources.model import NO_LIMIT, Resource
from costguard.resources.per_kind import PerKind
from costguard.resources.registry import KINDS, how_to_end
from costguard.rules.base import PASS, EvaluationContext, Fail, Rule, Unknown, Verdict


class Options(Struct, frozen=True, kw_only=True):
    """`limit`: the highest MaxRuntimeInSeconds of a job; `ran`: the longest run of any resource."""

    limit: PerKind[timedelta] = field(default_factory=PerKind)
    ran: PerKind[timedelta] = field(default_factory=PerKind)


def check(resource: Resource, options: Options, ctx: EvaluationContext) -> Verdict:
    """Fail a job that asks for more time than allowed, and anything that has run too long."""
    limit, ran = options.limit.of(resource.kind), options.ran.of(resource.kind)
    asked = resource.max_runtime
    is_asked = KINDS[resource.kind].translation.limits is not None
    if not is_asked or (asked is None and (resource.belongs_to or resource.billing.by_token)):
        limit = None  # nobody could ask for a time
    if limit is not None and asked is not None and asked > limit:
        return _asks_too_much(resource, asked, limit)
    if ran is not None and resource.started and ctx.now - resource.started > ran:
        return _ran_too_long(resource, ctx.now - resource.started, ran)
    return PASS if limit is None or asked is not None else Unknown("the maximum run time")


def _ran_too_long(resource: Resource, age: timedelta, ran: timedelta) -> Fail:
    end = fill_in(how_to_end(resource), resource)
    how = fill_in(KINDS[resource.kind].words.ran_too_long, resource, end=end)
    return Fail(
        f"it has run for {say_duration(age)}; allowed are {say_duration(ran)}",
        f"{how} If it must go on, ask the admins for an exemption.",
    )


def _asks_too_much(resource: Resource, asked: timedelta, limit: timedelta) -> Fail:
    words, seconds = KINDS[resource.kind].words, str(int(limit.total_seconds()))
    how = fill_in(words.max_runtime, resource, seconds=seconds)
    remedy = fill_in(words.asks_too_much, resource, seconds=seconds, how=f" ({how})" if how else "")
    asks = "sets no maximum run time" if asked == NO_LIMIT else f"may run {say_duration(asked)}"
    return Fail(f"it {asks}; allowed are {say_duration(limit)}", remedy)


RULE = Rule(
    id="long-running",
    title="It runs, or may run, too long",
    options=Options(),
    check=check,
)
