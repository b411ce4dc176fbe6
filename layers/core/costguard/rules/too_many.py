"""Does one job, or one owner, run more instances at once than allowed?"""

from msgspec import Struct, field

from costguard.common.formatting import pluralize
from costguard.common.sanitize import single_line
from costguard.resources.model import Resource
from costguard.resources.per_kind import PerKind, for_all
from costguard.resources.registry import KINDS, runs_by_children
from costguard.rules.base import NEEDS_FLEET, PASS, EvaluationContext, Fail, Rule, Unknown, Verdict

_NAMED = 100  # more would not fit into the sentence


class Options(Struct, frozen=True, kw_only=True):
    """The most instances at once: for one resource, by kind, and for one owner over all kinds."""

    per_job: PerKind[int] = field(default_factory=lambda: for_all(2))
    per_owner: int | None = None


def check(resource: Resource, options: Options, ctx: EvaluationContext) -> Verdict:
    """Fail a job above its cap, and the newest of an owner's resources above the owner's cap."""
    cap = options.per_job.of(resource.kind)
    if cap is not None and resource.instances is not None and resource.instances > cap:
        title = KINDS[resource.kind].a_title
        runs = "may run" if resource.waits or len(resource.choices) > 1 else "runs"
        return Fail(
            f"it {runs} {pluralize(resource.instances, 'instance')} at once; "
            f"{title} may have {cap}",
            f"Launch it with at most {pluralize(cap, 'instance')} (for a tuning job: instances of "
            "one training job times MaxParallelTrainingJobs).",
        )
    if resource.instances is None and ctx.fleet is None and runs_by_children(resource):
        return NEEDS_FLEET
    if resource.instances is None:
        return Unknown("the number of instances")
    return PASS if options.per_owner is None else _per_owner(resource, options.per_owner, ctx)


def _per_owner(resource: Resource, cap: int, ctx: EvaluationContext) -> Verdict:
    """Count the owner's instances, oldest first: the newest above the cap fail."""
    upto = ctx.owners_up_to(resource)
    if upto is None:
        return NEEDS_FLEET
    total = upto.sum("instances", lambda each: each.instances or 0)
    person = ctx.charged(resource)
    if person is None or total <= cap:
        return PASS
    named = (each.name for each in upto.first(_NAMED) if each.arn != resource.arn)
    others = ", ".join(named) or "nothing else"
    return Fail(
        f"{single_line(person.name)} runs {pluralize(total, 'instance')} at once up to this one; "
        f"one person may run {cap}. Also running: {single_line(others, 300)}",
        f"Stop what is not needed; up to {pluralize(cap, 'instance')} may run at once.",
    )


RULE = Rule(
    id="too-many",
    title="Too many instances at once",
    options=Options(),
    check=check,
    ends_with_stop=True,
    reads_tags=True,
    sums_people=lambda options: options.per_owner is not None,
)
