"""Does nobody use it, or has a notebook run longer than any run may last?"""

from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from msgspec import Struct, field

from costguard.common.calendar import WorkingHours
from costguard.costs.by_price import ByPrice, for_any_price
from costguard.idleness.assessment import Idle, Unobservable, Working, assess, last_job_end
from costguard.idleness.keep_until import KeepLimits
from costguard.idleness.kernels import moved_lately
from costguard.idleness.signals import LoadThreshold
from costguard.resources.activity import Activity, LookBack
from costguard.resources.model import Resource, ResourceStatus
from costguard.resources.per_kind import PerKind, for_all
from costguard.resources.registry import is_notebook
from costguard.rules.base import NEEDS_FLEET, PASS, EvaluationContext, Rule, Unknown, Verdict
from costguard.rules.class_hours import ClassHours, idle_after
from costguard.rules.idle_words import idle_for_long, say_after_by_price, too_old
from costguard.rules.keeping import how_to_keep, keep_of_owner
from costguard.rules.use import check_use, is_measured

_COUNTS = 4  # looks for the cause of activity within `after`
_FARTHEST, _MARGIN = timedelta(days=30), timedelta(hours=1)


class Outside(Struct, frozen=True, kw_only=True):
    """The stricter limits outside working hours; None: the usual limit."""

    after: ByPrice[timedelta] | None = None
    max_age: timedelta | None = None


class Options(Struct, frozen=True, kw_only=True):
    """`after` may differ by the price of an hour of the notebook; `outside` shortens it.

    `after_job`: a notebook does not count as idle this long after the end of its job.
    `after_unseen`: without a heartbeat, it must be idle for this long, if longer.
    `max_age` applies whatever the activity. Without `office`, all hours are working hours.
    `unused`: the time without use after which something counts as idle whose use AWS measures.
    """

    after: ByPrice[timedelta] = field(default_factory=lambda: for_any_price(timedelta(hours=1)))
    after_unseen: timedelta = timedelta(hours=3)
    after_job: timedelta = timedelta(minutes=30)
    max_age: timedelta = timedelta(hours=12)
    unused: PerKind[timedelta] = field(default_factory=lambda: for_all(timedelta(days=1)))
    office: WorkingHours | None = None
    outside: Outside = field(default_factory=Outside)
    load: LoadThreshold = field(default_factory=LoadThreshold)
    keep: KeepLimits = field(default_factory=KeepLimits)
    classes: ClassHours = field(default_factory=ClassHours)

    @property
    def look_back(self) -> LookBack:
        """Return how far back activity and ended jobs can matter for these options."""
        longest = max(*self.after.every, self.after_unseen, self.classes.inside)
        return LookBack(
            activity=min(longest, _FARTHEST) + _MARGIN,
            jobs=min(self.after_job, _FARTHEST) + _MARGIN,
        )

    @property
    def by_price(self) -> bool:
        """Whether the price of a notebook matters."""
        return any(each and each.ranges for each in (self.after, self.outside.after))

    def at(
        self, now: datetime, zone: tzinfo, usd: Decimal | None = None
    ) -> tuple[timedelta, timedelta]:
        """Return the present `after`, for a price of an hour (None: not known), and `max_age`."""
        if self.office is None or self.office.is_open(now, zone):
            return self.after.of(usd), self.max_age
        age = self.outside.max_age
        return self.shortest(usd), self.max_age if age is None else min(age, self.max_age)

    def shortest(self, usd: Decimal | None) -> timedelta:
        """Return the shortest `after` of a day for a price of an hour."""
        after = self.outside.after
        return min(self.after.of(usd), after.of(usd)) if after else self.after.of(usd)


def _limits(
    resource: Resource, options: Options, ctx: EvaluationContext
) -> tuple[timedelta, timedelta]:
    """Return the present `after` and `max_age` of a resource."""
    after, age = options.at(ctx.now, ctx.zone, ctx.hourly(resource))
    return idle_after(after, options.classes, resource, ctx), age


def worth_asking(resource: Resource, options: Options, ctx: EvaluationContext) -> bool:
    """Return whether its activity matters now; otherwise the age of the run decides."""
    runs = resource.status is ResourceStatus.RUNNING
    if not runs or not is_notebook(resource) or resource.started is None:
        return False
    after, max_age = _limits(resource, options, ctx)
    return after <= ctx.now - resource.started < max_age


def next_check_at(
    resource: Resource, known: Activity, options: Options, ctx: EvaluationContext
) -> datetime:
    """Return the earliest time at which it can be idle for long enough, by its known activity.

    If `last_activity` changes although no kernel is busy, the check comes earlier.
    """
    started = resource.started or ctx.now
    after = options.shortest(ctx.hourly(resource))
    if ctx.directory.enrolments:
        after = min(after, options.classes.after)
    kept = keep_of_owner(resource, known.kept, options.keep, ctx).until
    at = _idle_from(known, options, after=after, started=started, now=ctx.now)
    if moved_lately(known, after / _COUNTS):
        at = min(at, (known.remembered.asked or started) + after / _COUNTS)
    return max(at, kept) if kept else at


def check(resource: Resource, options: Options, ctx: EvaluationContext) -> Verdict:
    """Fail what is idle for long enough and not kept, and a run that is too old."""
    if is_measured(resource):
        return check_use(resource, options.unused.of(resource.kind), options.keep, ctx)
    return _check_notebook(resource, options, ctx) if is_notebook(resource) else PASS


def _check_notebook(resource: Resource, options: Options, ctx: EvaluationContext) -> Verdict:
    if resource.started is None:
        return Unknown("the start of this run")
    after, max_age = _limits(resource, options, ctx)
    age = ctx.now - resource.started
    if age >= max_age:
        return too_old(age, max_age)
    if options.by_price and ctx.money is None:
        return Unknown("its price, by which it counts as idle,", loud=False)
    if age < after or resource.activity is None:
        return PASS if age < after else NEEDS_FLEET
    found = assess(resource.activity, options.load, started=resource.started, now=ctx.now)
    if isinstance(found, Working) or ctx.now < _idle_from(
        resource.activity, options, after=after, started=resource.started, now=ctx.now
    ):
        return PASS
    answer = _quiet(found, resource.activity, resource, options, ctx)
    return NEEDS_FLEET if resource.activity.unasked and answer is not PASS else answer


def _idle_from(
    known: Activity, options: Options, *, after: timedelta, started: datetime, now: datetime
) -> datetime:
    """Return when it counts as idle if all its kernels are free: they are not asked earlier."""
    found = assess(known.if_free(), options.load, started=started, now=now)
    if isinstance(found, Working):
        return found.by.seen + after
    return (
        found.due(after, options.after_unseen) if isinstance(found, Idle) else found.since + after
    )


def _quiet(
    found: Idle | Unobservable,
    activity: Activity,
    resource: Resource,
    options: Options,
    ctx: EvaluationContext,
) -> Verdict:
    """Evaluate a notebook without visible activity for long enough."""
    ended = last_job_end(activity)
    if ended and ctx.now - ended < options.after_job:
        return PASS
    if isinstance(found, Unobservable):
        return Unknown(f"its activity ({found.why})", loud=False)
    keep = keep_of_owner(resource, activity.kept, options.keep, ctx)
    if keep.until and ctx.now < keep.until:
        return PASS
    hourly = ctx.hourly(resource)
    after, _ = _limits(resource, options, ctx)
    due = found.due(after, options.after_unseen)
    if ended:
        due = max(due, ended + found.wait(after, options.after_unseen))
    more = (say_after_by_price(after, hourly) if options.by_price else "", keep.refused or "")
    return idle_for_long(found, ended, due, more, how_to_keep(resource, options.keep, ctx), ctx)


RULE = Rule(
    id="idle",
    title="It is idle, or has run too long",
    options=Options(),
    check=check,
    reads_tags=True,
    grace=timedelta(minutes=15),
    of_run=True,
)
