"""Are the required tags there, each with a value the policy knows?"""

import shlex
from collections.abc import Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase

from msgspec import Struct, field

from costguard.common.forms import TagPattern, UserTagKey
from costguard.common.sanitize import single_line
from costguard.ownership.directory import fold_name
from costguard.resources.model import Resource
from costguard.resources.per_kind import PerKind, for_all
from costguard.rules.base import PASS, EvaluationContext, Fail, Rule, Unknown, Verdict

_TO_FILL_IN = "YOUR-"


class Options(Struct, frozen=True, kw_only=True):
    """`allowed` lists the values of a tag, with `*`; compared without case and stray spaces."""

    required: PerKind[tuple[UserTagKey, ...]] = field(
        default_factory=lambda: for_all(("Project", "Name", "Purpose"))
    )
    allowed: Mapping[UserTagKey, tuple[TagPattern, ...]] = field(default_factory=dict)


def check(resource: Resource, options: Options, ctx: EvaluationContext) -> Verdict:
    """Fail once for all tags that are absent, empty or hold a value that is not allowed."""
    if resource.tags is None:
        return Unknown("tags")
    tags, faults, fixes = resource.tags, [], []
    for key in options.required.of(resource.kind) or ():
        if fault := _fault(key, tags, options.allowed.get(key, ())):
            faults.append(fault)
            value = _suggest(key, tags.get(key, ""), resource, options, ctx)
            fixes.append(shlex.quote(f"Key={key},Value={value}"))
    if not faults:
        return PASS
    line = (
        f"aws sagemaker add-tags --region {resource.region} "
        f"--resource-arn {shlex.quote(resource.arn)} --tags {' '.join(fixes)}"
    )
    fill = " Put your own values where it says YOUR-." if _TO_FILL_IN in line else ""
    return Fail("; ".join(faults), f"Run this line; nothing needs a restart.{fill}\n{line}")


def _fault(key: str, tags: Mapping[str, str], allowed: tuple[str, ...]) -> str | None:
    value = tags.get(key, "").strip()
    if not fold_name(value) or value.startswith(_TO_FILL_IN):  # a lone hyphen says nothing either
        other = next((k for k in tags if k != key and fold_name(k) == fold_name(key)), None)
        return f"the tag {key} is missing" + (f" (it has {single_line(other)!r})" if other else "")
    if not allowed or any(fnmatchcase(value.casefold(), a.strip().casefold()) for a in allowed):
        return None
    return f"the tag {key} is {single_line(value)!r}, which is not one of {', '.join(allowed)}"


def _suggest(
    key: str, given: str, resource: Resource, options: Options, ctx: EvaluationContext
) -> str:
    """Offer the value that was probably meant, or a word that says to fill it in."""
    known = {fold_name(a): a for a in options.allowed.get(key, ()) if "*" not in a}
    meant = get_close_matches(fold_name(given), known, n=1) if given else []
    meant += [fold_name(part) for part in resource.name.split("-") if fold_name(part) in known]
    if meant:
        return known[meant[0]]
    owner = ctx.directory.owner(resource)
    if key == ctx.directory.owner_tag and owner.known and (name := single_line(owner.name or "")):
        return name
    return next(iter(known.values())) if len(known) == 1 else f"{_TO_FILL_IN}{key.upper()}"


RULE = Rule(
    id="missing-tags",
    title="Required tags are missing or not known",
    options=Options(),
    check=check,
    reads_tags=True,
    undone=True,
)
