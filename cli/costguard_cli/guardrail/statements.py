"""Translate the policy's rules to IAM statements; `now` drops exemptions that have ended.

Condition keys: Service Authorization Reference, Amazon SageMaker. A key that the request does not
carry makes a negated operator and ...IfExists true, and ForAnyValue false (IAM user guide).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from costguard.policy.model import Mode, Policy
from costguard.resources.registry import KINDS
from costguard.rules import RULES, instance_type, long_running, missing_tags, naming
from costguard_cli.guardrail import arn_patterns
from costguard_cli.guardrail.statement import Condition, RuleStatements, Statement

TYPES, RUNTIME = "sagemaker:InstanceTypes", "sagemaker:MaxRuntimeInSeconds"
DEFAULT_RUNTIME = {k.name: s for k in KINDS.values() if (s := k.guardrail.default_runtime)}
"""Seconds that AWS puts in where a request has no StoppingCondition (API reference)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which rules and kinds the guardrail denies, and until when a name is exempt."""

    policy: Policy
    now: datetime
    every_mode: bool = False

    def kinds(self, rule: str) -> tuple[str, ...]:
        """Return the kinds that a rule denies: enforced, and not left open by the policy."""
        settings = self.policy.rules.get(rule)
        if settings is None or not (self.every_mode or self.policy.mode_of(rule) is Mode.ENFORCE):
            return ()
        made = (kind.name for kind in KINDS.values() if kind.is_launched)
        return tuple(kind for kind in made if settings.overrides.guardrail.of(kind) is not False)

    def options(self, rule: str) -> Any:
        """Return a rule's thresholds; those of a rule that is off are its defaults."""
        settings = self.policy.rules.get(rule)
        return settings.options if settings else RULES[rule].options

    def with_exemptions(
        self, statement: Statement, rule: str, kinds: Collection[str]
    ) -> list[Statement]:
        """Exempt names until their end dates: one statement per end date, then one for good.

        Each later one exempts fewer names, so from its date on it is the one that decides.
        """
        exempt = [
            (
                each.until,
                [a for k in kinds if k in each.kinds for a in arn_patterns.exempt(k, each)],
            )
            for each in self.policy.exemptions
            if rule in each.rules and each.until > self.now
        ]
        exempt = [(until, arns) for until, arns in exempt if arns]
        found = []
        for i, start in enumerate([None, *sorted({until for until, _ in exempt})]):
            spared = [a for until, arns in exempt if start is None or until > start for a in arns]
            if spared or statement.but_resources:
                spared += [  # a create is authorized on these too: a name list has to let them be
                    arn_patterns.arn(also, "*")
                    for kind in kinds
                    for also in KINDS[kind].guardrail.beside
                ]
            found.append(_starting(start, i, statement, tuple(dict.fromkeys(spared))))
        return found


def _starting(start: datetime | None, i: int, of: Statement, spared: tuple[str, ...]) -> Statement:
    when: Condition = {}
    if start is not None:
        moment = start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        when = {"DateGreaterThanEquals": {"aws:CurrentTime": moment}}
    return Statement(
        sid=f"{of.sid}{i or ''}",
        actions=of.actions,
        but_resources=(*of.but_resources, *spared),
        condition={**of.condition, **when},
    )


def instance_types(scope: Scope) -> RuleStatements:
    """Deny a type outside the list. ForAnyValue: one bad type of many is enough, none is not."""
    rule = instance_type.RULE.id
    able = [k for k in scope.kinds(rule) if KINDS[k].guardrail.types_key]
    options = scope.options(rule)

    def allowed_of(kind: str) -> tuple[str, ...] | None:
        allowed = options.allowed.of(kind)
        return None if allowed is None else (*allowed, *KINDS[kind].guardrail.no_types)

    lists = _group_by(able, allowed_of)
    found = []
    for i, (allowed, kinds) in enumerate(lists.items()):
        patterns = [arn_patterns.glob(each) for each in allowed] or ["none"]
        deny = Statement(
            sid=f"InstanceTypes{_letter(i)}",
            actions=tuple(
                a for k in kinds for a in (*_creates(k), *_calls(KINDS[k].guardrail.later))
            ),
            condition={"ForAnyValue:StringNotLike": {TYPES: patterns}},
        )
        found += scope.with_exemptions(deny, rule, kinds)
    return RuleStatements(rule, "instance-type-is-not-allowed", tuple(found))


def required_tags(scope: Scope) -> RuleStatements:
    """Deny a create without a required tag, and what would take it away or spoil it later."""
    rule = missing_tags.RULE.id
    kinds = scope.kinds(rule)
    required = {k: scope.options(rule).required.of(k) or () for k in kinds}
    keys = list(dict.fromkeys(key for each in required.values() for key in each))
    found: list[Statement] = []
    for i, key in enumerate(keys):
        selected = [kind for kind in kinds if key in required[kind]]
        values = tuple(v.strip() for v in scope.options(rule).allowed.get(key, ()))
        condition = _not_one_of(key, values)
        deny = Statement(
            sid=f"Tag{_letter(i)}",
            actions=tuple(a for k in selected for a in _creates(k)),
            condition=condition,
        )
        found += scope.with_exemptions(deny, rule, selected)
        if values:
            given = {"Null": {f"aws:RequestTag/{key}": "false"}}
            found.append(_tagging(f"TagValue{_letter(i)}", "AddTags", selected, condition | given))
    for i, (tag_keys, selected) in enumerate(_group_by(kinds, required.get).items()):
        removes: Condition = {"ForAnyValue:StringEquals": {"aws:TagKeys": list(tag_keys)}}
        if tag_keys:
            found.append(_tagging(f"TagsStay{_letter(i)}", "DeleteTags", selected, removes))
    return RuleStatements(rule, "needs-tags-" + "-".join(keys), tuple(found))


def good_names(scope: Scope) -> RuleStatements:
    """Deny a create under a name of no allowed form; the list of forms cannot be split."""
    rule, teams = naming.RULE.id, scope.policy.teams
    found, forms = [], []
    for kind in scope.kinds(rule):
        if patterns := scope.options(rule).patterns.of(kind):
            deny = Statement(
                sid="Name" + KINDS[kind].events.creates[0].removeprefix("Create"),
                actions=tuple(_creates(kind)),
                but_resources=tuple(arn_patterns.allowed(kind, patterns, teams)),
            )
            found += scope.with_exemptions(deny, rule, [kind])
            forms.append(patterns[0].text)
    return RuleStatements(rule, "name-it-" + "-or-".join(dict.fromkeys(forms)), tuple(found))


def run_times(scope: Scope) -> RuleStatements:
    """Deny a job that asks for more time than allowed, or for no limit at all."""
    rule = long_running.RULE.id
    able = [k for k in scope.kinds(rule) if KINDS[k].guardrail.runtime_key]
    limits = _group_by(able, lambda kind: _limit(scope.options(rule).limit.of(kind), kind))
    found, longest = [], []
    for i, ((seconds, absent_passes), kinds) in enumerate(limits.items()):
        operator = "NumericGreaterThan" if absent_passes else "NumericGreaterThanIfExists"
        deny = Statement(
            sid=f"RunTime{_letter(i)}",
            actions=tuple(a for k in kinds for a in _creates(k)),
            condition={operator: {RUNTIME: str(seconds)}},
        )
        found += scope.with_exemptions(deny, rule, kinds)
        longest.append(str(seconds))
    hint = "set-MaxRuntimeInSeconds-to-at-most-" + "-or-".join(dict.fromkeys(longest))
    return RuleStatements(rule, hint, tuple(found))


def _limit(limit: Any, kind: str) -> tuple[int, bool] | None:
    """Give the seconds, and whether a request that names none is within them."""
    if limit is None:
        return None
    seconds = int(limit.total_seconds())
    return seconds, DEFAULT_RUNTIME.get(kind, seconds + 1) <= seconds


def _not_one_of(key: str, values: tuple[str, ...]) -> dict[str, Any]:
    """Match a tag that is absent, empty, or none of the values; both operators must hold."""
    tag = f"aws:RequestTag/{key}"
    plain = [v.replace("${", "${$}{") for v in values if not set(v) & set("*?[") and v]
    globs = [
        s
        for v in values
        if set(v) & set("*?[")
        for s in arn_patterns.spellings(arn_patterns.glob(v))
    ]
    condition: dict[str, Any] = {"StringNotEqualsIgnoreCase": {tag: plain}} if plain else {}
    if globs or not plain:
        condition["StringNotLike"] = {tag: list(dict.fromkeys(globs)) or ["?*"]}
    return condition


def _tagging(sid: str, action: str, kinds: Iterable[str], condition: Condition) -> Statement:
    """Deny a tag call on the kinds; exemptions do not reach it (an ARN cannot be in and out)."""
    return Statement(
        sid=sid,
        actions=(f"sagemaker:{action}",),
        resources=tuple(arn_patterns.arn(kind, "*") for kind in kinds),
        condition=condition,
    )


def _group_by[T](kinds: Iterable[str], value: Callable[[str], T | None]) -> Mapping[T, list[str]]:
    """Group kinds by their value; kinds without one are left out."""
    found: dict[T, list[str]] = {}
    for kind in kinds:
        if (key := value(kind)) is not None:
            found.setdefault(key, []).append(kind)
    return found


def _creates(kind: str) -> list[str]:
    return _calls(KINDS[kind].events.creates)


def _calls(operations: Iterable[str]) -> list[str]:
    return [f"sagemaker:{each}" for each in operations]


def _letter(i: int) -> str:
    return chr(ord("A") + i) if i < 26 else f"Z{i}x"  # noqa: PLR2004 - letters
