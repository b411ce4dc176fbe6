"""Evaluate every enabled rule for a resource."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from msgspec import Struct, field

from costguard.common.sanitize import single_line
from costguard.costs.budgets import CostContext
from costguard.enforcement.outcomes import UnknownFinding
from costguard.enforcement.step_jobs import Answer, Answers, with_jobs
from costguard.notifications.templates import UNJUDGED_PARENT, UNKNOWN_STATUS
from costguard.ownership.fleet import Fleet
from costguard.policy.model import Policy
from costguard.resources.model import Resource, ResourceStatus
from costguard.resources.registry import kind_of_arn
from costguard.rules import RULES
from costguard.rules.base import (
    NEEDS_FLEET,
    PASS,
    EvaluationContext,
    Fail,
    Unknown,
    Verdict,
)

PARENT = "parent"
"""The rule of the unknown that a resource has whose parent is of no kind that is evaluated."""


STATUS = "status"
"""The rule of the unknown that a resource has whose status AWS added after us."""


class Evaluation(Struct, frozen=True, kw_only=True):
    """The answers of the rules for one resource. A rule in none of the sets is switched off."""

    resource: Resource
    violations: Mapping[str, Fail] = field(default_factory=dict)
    unknowns: tuple[UnknownFinding, ...] = ()
    deferred: frozenset[str] = frozenset()
    passed: frozenset[str] = frozenset()
    exempt: Mapping[str, datetime] = field(default_factory=dict)  # until when, by rule

    @property
    def unanswered(self) -> frozenset[str]:
        """The rules without an answer: they neither stop nor clear the resource."""
        return self.deferred | {unknown.rule for unknown in self.unknowns}


def evaluate(
    resource: Resource,
    policy: Policy,
    *,
    now: datetime,
    fleet: Fleet | None = None,
    money: CostContext | None = None,
) -> Evaluation:
    """Evaluate every enabled rule; only for a running resource that SageMaker did not create."""
    if resource.status is not ResourceStatus.RUNNING or not resource.judged:
        return _not_asked(resource, policy)
    if fleet is not None:
        resource = fleet.in_context(resource)
    if resource.parent is not None:
        return _made_by_the_service(resource, resource.parent, policy)
    directory, zone = policy.directory, policy.timezone.info
    ctx = EvaluationContext(now=now, directory=directory, fleet=fleet, zone=zone, money=money)
    exempted = policy.rules if policy.exemptions else ()
    ends = ((rule, policy.exempt_until(resource, rule, now)) for rule in exempted)
    exempt = {rule: until for rule, until in ends if until}
    answers: Answers = {
        rule: _ask(rule, resource, policy, ctx) for rule in policy.rules if rule not in exempt
    }
    if resource.steps is not None:
        answers = with_jobs(resource, answers, partial(_ask, policy=policy, ctx=ctx), policy, ctx)
    return _sorted_out(resource, answers, exempt)


def _not_asked(resource: Resource, policy: Policy) -> Evaluation:
    """Evaluate nothing; a status that AWS added after us is reported.

    Of what is only metered, every rule is off.
    """
    if not resource.judged:
        return Evaluation(resource=resource)
    word = UNKNOWN_STATUS.format(single_line(resource.status_word or "none"))
    is_unknown = resource.status is ResourceStatus.UNKNOWN
    return Evaluation(
        resource=resource,
        unknowns=(UnknownFinding(STATUS, word),) if is_unknown else (),
        deferred=frozenset(policy.rules),
    )


def _sorted_out(
    resource: Resource,
    answers: Answers,
    exempt: Mapping[str, datetime],
) -> Evaluation:
    return Evaluation(
        resource=resource,
        violations={rule: answer for rule, answer in answers.items() if isinstance(answer, Fail)},
        unknowns=tuple(answer for answer in answers.values() if isinstance(answer, UnknownFinding)),
        deferred=frozenset(rule for rule, answer in answers.items() if answer is NEEDS_FLEET),
        passed=frozenset(rule for rule, answer in answers.items() if answer is PASS),
        exempt=exempt,
    )


def _made_by_the_service(resource: Resource, parent: str, policy: Policy) -> Evaluation:
    """Leave the evaluation to its parent; a parent of an unknown kind is reported once."""
    unseen = UnknownFinding(PARENT, UNJUDGED_PARENT.format(single_line(parent, 300)), loud=False)
    return Evaluation(
        resource=resource,
        unknowns=() if kind_of_arn(parent) else (unseen,),
        deferred=frozenset(policy.rules),
    )


def _ask(rule: str, resource: Resource, policy: Policy, ctx: EvaluationContext) -> Answer | None:
    """Evaluate one rule; an error in it is reported as a missing fact and never stops anything.

    None: it asks the author of what AWS itself runs.
    """
    if resource.belongs_to and RULES[rule].asks_author:
        return None
    try:
        verdict: Verdict = RULES[rule].check(resource, policy.rules[rule].options, ctx)
    except Exception as exc:  # noqa: BLE001 - one broken rule must not blind the others
        return UnknownFinding(
            rule, f"the rule {rule} failed with {single_line(repr(exc))}", fault=True
        )
    if isinstance(verdict, Unknown):
        return UnknownFinding(rule, f"{verdict.fact} is not known", loud=verdict.loud)
    return verdict
