"""Does the name say whose it is and what for?"""

import re

from msgspec import Struct, field

from costguard.ownership.directory import Directory, windows
from costguard.resources.commands import fill_in
from costguard.resources.kinds.notebook_instance import KIND as NOTEBOOK
from costguard.resources.model import Resource
from costguard.resources.naming import NamePattern, base_name
from costguard.resources.per_kind import PerKind
from costguard.resources.registry import KINDS
from costguard.rules.base import PASS, EvaluationContext, Fail, Rule, Unknown, Verdict

_LONGEST = 63  # of a notebook or job name in AWS
_FORMS = ("{Team}-{LastnameFirstname}-{Purpose}", "{LastnameFirstname}-{Purpose}")


class Options(Struct, frozen=True, kw_only=True):
    """The forms a name may have, by kind; a kind without any is free."""

    patterns: PerKind[tuple[NamePattern, ...]] = field(
        default_factory=lambda: PerKind({NOTEBOOK.name: tuple(map(NamePattern, _FORMS))})
    )


def check(resource: Resource, options: Options, ctx: EvaluationContext) -> Verdict:
    """Fail a name of no allowed form, or of an unknown team; offer one that was probably meant."""
    patterns, name = options.patterns.of(resource.kind) or (), base_name(resource.name)
    people = ctx.directory
    if not patterns or any(_fits(pattern, name, people) for pattern in patterns):
        return PASS
    cut = KINDS[resource.kind].name_cut_at
    if cut and name != resource.name and len(name) >= cut:
        title = KINDS[resource.kind].title
        return Unknown(f"the whole name ({title}s keep {cut} characters of it)")
    forms = " or ".join(pattern.text.replace("{", "").replace("}", "") for pattern in patterns)
    example = _example(patterns[0], resource, people)
    meant = _meant(patterns, resource, people)
    hint = f" Did you mean {meant}?" if meant else ""
    return Fail(
        f"the name {name} does not follow {forms} (a good one: {example}).{hint}",
        _remedy(resource, meant or f"in that form (such as {example})"),
    )


def _example(pattern: NamePattern, resource: Resource, people: Directory) -> str:
    """Write a good name, the owner's own where that is known, with a team of the policy."""
    team = {"Team": people.teams[0]} if people.teams else {}
    owner = people.person(people.owner(resource).name or "")
    own = pattern.fill(**team, LastnameFirstname=owner.handle) if owner else ""
    return own if _fits(pattern, own, people) else pattern.fill(**team)


def _fits(pattern: NamePattern, name: str, people: Directory) -> bool:
    parts = pattern.match(name)
    if parts is None:
        return False
    team = parts.get("Team")
    return (
        team is None or not people.teams or team.casefold() in (t.casefold() for t in people.teams)
    )


def _meant(patterns: tuple[NamePattern, ...], resource: Resource, people: Directory) -> str | None:
    """Rebuild the name around its person, or its owner's; None when that is nobody we know."""
    parts = [part for part in re.split(r"[^A-Za-z0-9]+", base_name(resource.name)) if part]
    guesses = ((w, find(w)) for find in (people.person, people.nearest) for w in windows(parts))
    by_tag = ("", people.person(people.owner(resource).name or ""))
    claim, person = next((guess for guess in guesses if guess[1]), by_tag)
    if person is None:
        return None
    left = [part for part in parts if part not in claim]
    team = next((t for part in left if (t := people.nearest_team(part))), None)
    rest = [part for part in left if people.nearest_team(part) is None]
    pattern = next((p for p in patterns if p.has_team == bool(team)), patterns[0])
    filled = {"LastnameFirstname": person.handle, "Purpose": "-".join(rest) or "Explore"}
    if pattern.has_team and not team:
        return None
    good = pattern.fill(**filled, **({"Team": team} if team else {}))[:_LONGEST].rstrip("-")
    return good if any(_fits(each, good, people) for each in patterns) else None


def _remedy(resource: Resource, good: str) -> str:
    return fill_in(KINDS[resource.kind].words.rename, resource, good=good)


RULE = Rule(
    id="naming",
    title="The name does not follow the convention",
    options=Options(),
    check=check,
)
