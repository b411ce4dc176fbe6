"""The guardrail's coverage: what IAM cannot express, and where it is stricter than the guard."""

from collections.abc import Iterator
from dataclasses import dataclass

from costguard.policy.model import Mode
from costguard.resources.coverage import COVERAGE, Coverage
from costguard.resources.kinds.app import KIND as APP
from costguard.resources.registry import KINDS
from costguard.rules import (
    RULES,
    burn_rate,
    idle,
    instance_type,
    long_running,
    missing_tags,
    naming,
    over_budget,
    too_many,
)
from costguard_cli.guardrail.statements import Scope


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A request that the guardrail allows, or denies too strictly, and the reason."""

    about: str
    why: str


_TYPE, _TAGS, _NAME, _TIME = (
    m.RULE.id for m in (instance_type, missing_tags, naming, long_running)
)
_NEVER = {
    too_many.RULE.id: "no condition key counts instances, of a job or of a person",
    idle.RULE.id: "what happens on a notebook is not known when it is created",
    over_budget.RULE.id: "IAM does not know costs",
    burn_rate.RULE.id: "IAM does not know costs",
}
_IN_PART = (
    Uncovered(_TYPE, "a request without a type (serverless, or chosen by AWS) is not denied"),
    Uncovered(
        _TYPE, "StartNotebookInstance has no key: a notebook that has another type already starts"
    ),
    Uncovered(
        _TAGS, "a key in another case (project for Project), blanks and YOUR-... pass as a value"
    ),
    Uncovered(_TAGS, "AddTags may still empty a tag if the policy lists no values for it"),
    Uncovered(
        _NAME, "LastnameFirstname is any three or more characters: IAM cannot ask for capitals"
    ),
    Uncovered(_TIME, "the time since a start (ran) is no condition"),
    Uncovered(_TIME, "a transform job has no run time to ask for"),
    Uncovered(
        _TIME, "which run time AWS compares where a tuning job has several is not documented"
    ),
)
_TOO_STRICT = (
    Uncovered(_TAGS, "a value with stray blanks is denied; the guard would accept it"),
    Uncovered(
        _TAGS, "a value written with * is taken as written, lower, UPPER or Capitalized only"
    ),
    Uncovered(_TAGS, "an exempt name is allowed at create, but not when tags are added or deleted"),
    Uncovered(_NAME, "a team is taken as written, lower, UPPER or Capitalized only"),
)
_STUDIO = Uncovered(
    _TAGS,
    "Studio asks for an app without tags (unless, perhaps, the domain's TagPropagation is on), and "
    "is denied: let the policy require none of `app`",
)
_EXEMPT = Uncovered("exemptions", "a name is exempt as written, lower, UPPER or Capitalized only")
_OPEN = "people who may open notebooks may open those of others: see --owner-tag"
_OWNERS = "a notebook without the tag {tag} is open to all, and all are to a principal without it"
_ROLES = "a person who may pass or assume another role avoids it: limit iam:PassRole"
_KEEP_UNTIL = "owners may set costguard:keep-until, a tag that the guard itself reads"
_PATTERNS = "[ab] in a pattern of the policy counts as any one character: IAM has no such sets"
_ALWAYS = (
    Uncovered("patterns", _PATTERNS),
    Uncovered("roles", _ROLES),
    Uncovered("tags", _KEEP_UNTIL),
)


def uncovered(scope: Scope, without: tuple[str, ...] = ()) -> tuple[Uncovered, ...]:
    """List the requests that the guardrail allows although the policy forbids them."""
    return (*_of_rules(scope, without), *_ALWAYS)


def not_denied() -> Iterator[Uncovered]:
    """Say of what is denied only by --only-watched that it is not denied here."""
    told, door = (
        ", ".join(row.operation for row in COVERAGE.listed(each))
        for each in (Coverage.TOLD, Coverage.DENIED)
    )
    yield Uncovered("kinds", f"the admins read of these calls, and nothing denies them: {told}")
    yield Uncovered("kinds", f"only --only-watched denies these, and nobody hears of them: {door}")


def of_owners(tag: str) -> Uncovered:
    """State which notebooks stay open, and for which principals."""
    return Uncovered("access", _OWNERS.format(tag=tag) if tag else _OPEN)


def stricter(scope: Scope, without: tuple[str, ...] = ()) -> tuple[Uncovered, ...]:
    """List what the guardrail denies although the guard would allow it."""
    shut = [g for g in _TOO_STRICT if scope.kinds(g.about) and g.about not in without]
    if _TAGS not in without and APP.name in scope.kinds(_TAGS):
        shut += [_STUDIO] if scope.options(_TAGS).required.of(APP.name) else []
    return (*shut, _EXEMPT) if scope.policy.exemptions else tuple(shut)


def _of_rules(scope: Scope, without: tuple[str, ...]) -> Iterator[Uncovered]:
    for rule in RULES:
        if rule not in scope.policy.rules:
            yield Uncovered(rule, "the policy does not have this rule")
        elif rule in _NEVER:
            yield Uncovered(rule, _NEVER[rule])
        elif rule in without:
            yield Uncovered(rule, "left to the guard by --without")
        elif not scope.every_mode and (mode := scope.policy.mode_of(rule)) is not Mode.ENFORCE:
            yield Uncovered(
                rule, f"its mode is {mode.value}: what is not stopped is not denied (--all)"
            )
        else:
            yield from _left_open(rule, scope)


def _left_open(rule: str, scope: Scope) -> Iterator[Uncovered]:
    made = [kind for kind in KINDS.values() if kind.is_launched]
    if left := [kind.title for kind in made if kind.name not in scope.kinds(rule)]:
        yield Uncovered(
            rule, f"the policy allows these requests (guardrail = false): {', '.join(left)}"
        )
    yield from (gap for gap in _IN_PART if gap.about == rule)
