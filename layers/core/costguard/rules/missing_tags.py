"""Does the resource have the required tags, each with an allowed value?"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase

from msgspec import Struct, field

from costguard.common.forms import TagPattern, UserTagKey
from costguard.common.sanitize import single_line
from costguard.ownership.confusables import fold_name
from costguard.resources.commands import (
    TO_FILL_IN,
    add_tags_command,
    is_tag_text,
    to_tag_value,
)
from costguard.resources.model import Resource
from costguard.resources.per_kind import PerKind, for_all
from costguard.rules.base import PASS, EvaluationContext, Fail, Rule, Unknown, Verdict


class Options(Struct, frozen=True, kw_only=True):
    """`allowed` lists the values of a tag, with `*`; case and extra spaces do not matter."""

    required: PerKind[tuple[UserTagKey, ...]] = field(
        default_factory=lambda: for_all(("Project", "Name", "Purpose"))
    )
    allowed: Mapping[UserTagKey, tuple[TagPattern, ...]] = field(default_factory=dict)


def check(resource: Resource, options: Options, ctx: EvaluationContext) -> Verdict:
    """Fail once for all tags that are absent, empty or hold a value that is not allowed."""
    if resource.tags is None:
        return Unknown("tags")
    tags, faults, fixes = resource.tags, list[str](), dict[str, str]()
    for key in options.required.of(resource.kind) or ():
        if fault := _fault(key, tags, options.allowed.get(key, ())):
            faults.append(fault)
            fixes[key] = _suggest(key, tags.get(key, ""), resource, options, ctx)
    if not faults:
        return PASS
    line = add_tags_command(resource, fixes)
    fill = f" Put your own values where it says {TO_FILL_IN}." if TO_FILL_IN in line else ""
    return Fail("; ".join(faults), f"Run this line; nothing needs a restart.{fill}\n{line}")


def chosen_tags(
    resource: Resource, options: Options, ctx: EvaluationContext, given: Mapping[str, str]
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the tags that mend it, given values before suggested ones, and what is wrong."""
    tags, required = resource.tags or {}, options.required.of(resource.kind) or ()
    unknown = given.keys() - {*required}
    wrong = {key: f"{single_line(key)} is not a tag of the policy" for key in unknown}
    chosen = dict[str, str]()
    for key in required:
        allowed = options.allowed.get(key, ())
        if key not in given and not _fault(key, tags, allowed):
            continue
        value = given.get(key) or _suggest(key, tags.get(key, ""), resource, options, ctx)
        if not is_tag_text(value) or _fault(key, {key: value}, allowed):
            choices = f" (one of {', '.join(allowed)})" if allowed else ""
            wrong[key] = f"{key} needs a value{choices}"
        chosen[key] = value
    return chosen, wrong


class TagChoice(Struct, frozen=True, kw_only=True):
    """A required tag as a form shows it: the likely value, and all that are allowed if listed."""

    key: str
    value: str
    allowed: tuple[str, ...] = ()


def tag_choices(
    resource: Resource, options: Options, ctx: EvaluationContext
) -> tuple[TagChoice, ...]:
    """List the tags that a resource must have, with what is known of their values."""
    tags, found = resource.tags or {}, list[TagChoice]()
    for key in options.required.of(resource.kind) or ():
        given, allowed = tags.get(key, ""), options.allowed.get(key, ())
        listed = () if any("*" in each for each in allowed) else allowed
        if _fault(key, tags, allowed):
            given = _suggest(key, given, resource, options, ctx)
        value = "" if given.startswith(TO_FILL_IN) else given
        found.append(TagChoice(key=key, value=value, allowed=listed))
    return tuple(found)


def _fault(key: str, tags: Mapping[str, str], allowed: tuple[str, ...]) -> str | None:
    value = tags.get(key, "").strip()
    if not fold_name(value) or value.startswith(TO_FILL_IN):  # a lone hyphen is not a value either
        other = next((k for k in tags if k != key and fold_name(k) == fold_name(key)), None)
        return f"the tag {key} is missing" + (f" (it has {single_line(other)!r})" if other else "")
    if not allowed or any(fnmatchcase(value.casefold(), a.strip().casefold()) for a in allowed):
        return None
    return f"the tag {key} is {single_line(value)!r}, which is not one of {', '.join(allowed)}"


def _suggest(
    key: str, given: str, resource: Resource, options: Options, ctx: EvaluationContext
) -> str:
    """Suggest the value that was probably meant, or a placeholder.

    A suggestion is always a valid tag value that this rule accepts.
    """
    allowed = options.allowed.get(key, ())
    for value in _candidates(key, given, resource, allowed, ctx):
        if is_tag_text(value) and _fault(key, {key: value}, allowed) is None:
            return value
    return f"{TO_FILL_IN}{key.upper()}"


def _candidates(
    key: str, given: str, resource: Resource, allowed: tuple[str, ...], ctx: EvaluationContext
) -> Iterator[str]:
    """Yield the values that may have been meant, the most likely first."""
    known = {fold_name(a): a.strip() for a in allowed if "*" not in a and is_tag_text(a.strip())}
    for meant in get_close_matches(fold_name(given), known, n=1) if given else ():
        yield known[meant]
    yield from (known[word] for p in resource.name.split("-") if (word := fold_name(p)) in known)
    owner = ctx.directory.owner(resource)
    if key == ctx.directory.owner_tag and owner.known and owner.name:
        name = to_tag_value(owner.name)
        if (person := ctx.directory.person(name)) and person.name == owner.name:
            yield name
    if len(known) == 1:
        yield from known.values()


RULE = Rule(
    id="missing-tags",
    title="Required tags are missing or not known",
    options=Options(),
    check=check,
    asks_author=True,
    reads_tags=True,
    undone=True,
)
