"""Does the name identify the owner and the purpose?"""

import re

from msgspec import Struct, field

from costguard.ownership.claims import DEFAULT_PATTERNS
from costguard.ownership.directory import Directory, Person, windows
from costguard.resources.commands import fill_in
from costguard.resources.model import Resource
from costguard.resources.naming import (
    NamePattern,
    base_name,
    is_pipeline_step,
    two_names,
    written_team,
)
from costguard.resources.per_kind import PerKind
from costguard.resources.registry import KINDS
from costguard.rules.base import PASS, EvaluationContext, Fail, Rule, Unknown, Verdict

_LONGEST = 63  # of a notebook or job name in AWS


class Options(Struct, frozen=True, kw_only=True):
    """The allowed forms of names by kind; a kind without a form may have any name."""

    patterns: PerKind[tuple[NamePattern, ...]] = field(default_factory=lambda: DEFAULT_PATTERNS)


def check(resource: Resource, options: Options, ctx: EvaluationContext) -> Verdict:
    """Fail a name that has no allowed form or an unknown team; suggest a correction."""
    patterns, name = options.patterns.of(resource.kind) or (), base_name(resource.name)
    people = ctx.directory
    if is_pipeline_step(resource.name) or not patterns or _fits(patterns, name, people):
        return PASS  # SageMaker names the steps of a pipeline
    cut = KINDS[resource.kind].name_cut_at
    if cut and name != resource.name and len(name) >= cut:
        title = KINDS[resource.kind].title
        return Unknown(f"the whole name ({title}s keep {cut} characters of it)")
    forms = " or ".join(pattern.text.replace("{", "").replace("}", "") for pattern in patterns)
    example = _example(patterns, resource, people)
    meant = _meant(patterns, resource, people)
    good = f" (a good one: {example})" if example else ""
    hint = f" Did you mean {meant}?" if meant else ""
    form = f"in that form (such as {example})" if example else "in that form"
    return Fail(
        f"the name {name} does not follow {forms}{good}.{hint}",
        _remedy(resource, meant or form),
    )


def _example(
    patterns: tuple[NamePattern, ...], resource: Resource, people: Directory
) -> str | None:
    """Write an example of a name, with the owner if known and a team of the policy."""
    owner = _person(resource, people)
    teams = [{"Team": written} for team in people.teams if (written := written_team(team))]
    owners = [{"LastnameFirstname": owner.handle}] if owner and owner.handle else [{}]
    names = (p.fill(**t, **o) for o in owners for t in teams or [{}] for p in patterns)
    return next((name for name in names if _fits(patterns, name, people)), None)


def _person(resource: Resource, people: Directory) -> Person | None:
    """Return the only owner; None if there are several."""
    owners = people.owner(resource).people
    return owners[0] if len(owners) == 1 else None


def _fits(patterns: tuple[NamePattern, ...], name: str, people: Directory) -> bool:
    """Return whether a name has an allowed form, with a team of the policy and a person's name."""

    def is_owner(part: str) -> bool:
        return two_names(part) or people.find(part).is_sure

    return any(pattern.match(name, people.teams, is_owner) for pattern in patterns)


def _meant(patterns: tuple[NamePattern, ...], resource: Resource, people: Directory) -> str | None:
    """Rebuild the name around its person or its owner; None if that person is unknown."""
    parts = [part for part in re.split(r"[^A-Za-z0-9]+", base_name(resource.name)) if part]
    finds = (people.person, people.nearest)
    guesses = ((find(text), rest) for find in finds for text, rest in windows(parts))
    person, left = next((g for g in guesses if g[0]), (_person(resource, people), parts))
    if person is None or person.handle is None:
        return None
    teams = ((t, n) for n, part in enumerate(left) if (t := people.nearest_team(part)))
    team, at = next(teams, ("", len(left)))
    pattern = next((p for p in patterns if p.has_team == bool(team)), patterns[0])
    if pattern.has_team and not team:
        return None
    rest = left[:at] + left[at + 1 :] if pattern.has_team else left
    filled = {"LastnameFirstname": person.handle, "Purpose": "-".join(rest) or "Explore"}
    filled |= {"Team": written_team(team)} if team else {}
    good = pattern.fill(**filled)[:_LONGEST].rstrip("-")
    return good if _fits(patterns, good, people) else None


def _remedy(resource: Resource, good: str) -> str:
    return fill_in(KINDS[resource.kind].words.rename, resource, good=good)


RULE = Rule(
    id="naming",
    title="The name does not follow the convention",
    options=Options(),
    check=check,
    asks_author=True,
)
