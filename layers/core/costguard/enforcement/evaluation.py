"""Resources in, judgements out: every enabled rule asked about every resource. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from costguard.common.sanitize import plain
from costguard.costs.budgets import Money
from costguard.ownership.fleet import Fleet
from costguard.policy.model import Policy
from costguard.resources.model import Resource, Status
from costguard.resources.registry import kind_of
from costguard.rules import RULES
from costguard.rules.base import LATER, Answer, Context, Fail, Rule, Unknown, Verdict


@dataclass(frozen=True, slots=True)
class Gap:
    """A question that could not be answered. `fault` means that the rule itself broke."""

    rule: str
    fact: str
    fault: bool = False
    loud: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the rules say of one resource. A rule in none of the three sets is satisfied."""

    resource: Resource
    findings: Mapping[str, Fail] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    unasked: frozenset[str] = frozenset()

    @property
    def open_questions(self) -> frozenset[str]:
        """The rules without an answer: no reason to stop and none to forgive."""
        return self.unasked | {gap.rule for gap in self.gaps}


def evaluate(
    resource: Resource,
    policy: Policy,
    *,
    now: datetime,
    fleet: Fleet | None = None,
    money: Money | None = None,
) -> Judgement:
    """Ask every enabled rule; only what runs, and was not made by SageMaker itself, is judged."""
    if resource.status is not Status.RUNNING:
        return Judgement(resource=resource, unasked=frozenset(policy.rules))
    if resource.parent is not None:
        return _made_by_the_service(resource, resource.parent, policy)
    ctx = Context(
        now=now,
        directory=policy.directory,
        fleet=fleet,
        zone=policy.timezone.info,
        money=money,
    )
    said = {
        rule: _ask(RULES[rule], resource, settings.options, ctx)
        for rule, settings in policy.rules.items()
        if not policy.exempts(resource, rule, now)
    }
    return Judgement(
        resource=resource,
        findings={rule: answer for rule, answer in said.items() if isinstance(answer, Fail)},
        gaps=tuple(answer for answer in said.values() if isinstance(answer, Gap)),
        unasked=frozenset(rule for rule, answer in said.items() if answer is LATER),
    )


def _made_by_the_service(resource: Resource, parent: str, policy: Policy) -> Judgement:
    """Leave it to its parent; a parent of a kind that nobody judges is a blind spot."""
    blind = Gap("parent", f"it was made by {parent}, a kind that the guard does not judge")
    return Judgement(
        resource=resource,
        gaps=() if kind_of(parent) else (blind,),
        unasked=frozenset(policy.rules),
    )


def _ask(rule: Rule[Any], resource: Resource, options: object, ctx: Context) -> Answer | Fail | Gap:
    """Ask one rule; a rule that breaks leaves a gap, never a silence and never a stop."""
    try:
        verdict: Verdict = rule.check(resource, options, ctx)
    except Exception as exc:  # noqa: BLE001 - one broken rule must not blind the others
        return Gap(rule.id, f"the rule {rule.id} failed with {plain(repr(exc))}", fault=True)
    if isinstance(verdict, Unknown):
        return Gap(rule.id, f"{verdict.fact} is not known", loud=verdict.loud)
    return verdict
