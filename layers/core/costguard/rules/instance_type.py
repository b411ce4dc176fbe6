"""Is every instance type of the resource on the allow-list?"""

from fnmatch import fnmatchcase

from msgspec import Struct, field

from costguard.common.sanitize import single_line
from costguard.resources.commands import fill_in
from costguard.resources.instance_types import InstanceTypePattern
from costguard.resources.model import Resource
from costguard.resources.per_kind import PerKind, for_all
from costguard.resources.price_lines import CANVAS_SESSION
from costguard.resources.registry import KINDS, runs_by_children
from costguard.rules.base import NEEDS_FLEET, PASS, EvaluationContext, Fail, Rule, Unknown, Verdict


class Options(Struct, frozen=True, kw_only=True):
    """Allowed types by kind, with `*`: `ml.t3.*`."""

    allowed: PerKind[tuple[InstanceTypePattern, ...]] = field(
        default_factory=lambda: for_all(("ml.t3.*", "ml.m5.*"))
    )


def check(resource: Resource, options: Options, _ctx: EvaluationContext) -> Verdict:
    """Fail for any type outside the list; a type that AWS does not report is unknown."""
    allowed = options.allowed.of(resource.kind)
    if allowed is None:
        return PASS
    types = (each for each in resource.instance_types if each != CANVAS_SESSION)
    outside = [t for t in types if not any(fnmatchcase(t, a) for a in allowed)]
    if outside:
        named, title = ", ".join(map(single_line, outside)), KINDS[resource.kind].a_title
        may = ", which AWS may choose," if len(resource.choices) > 1 else ""
        return Fail(
            f"{named}{may} is not among the instance types for {title}",
            f"{_how(resource)}Allowed: {', '.join(allowed)}. If the work needs {named}, ask the "
            "admins for an exemption.",
        )
    if not resource.groups and runs_by_children(resource):
        return NEEDS_FLEET  # while none of its jobs runs, nothing is wrong and nothing is mended
    if resource.groups is None or any(group.type is None for group in resource.groups):
        return Unknown("the instance type")
    return PASS


def _how(resource: Resource) -> str:
    return fill_in(KINDS[resource.kind].words.change_type, resource)


RULE = Rule(
    id="instance-type",
    title="The instance type is not allowed",
    options=Options(),
    check=check,
)
