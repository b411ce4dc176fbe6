"""Judge one resource; before anything is said or forgiven for its tags, ask for them again."""

from copy import replace
from datetime import datetime

from costguard.app.ports import Ports
from costguard.costs.budgets import CostContext
from costguard.enforcement.case import Case
from costguard.enforcement.evaluation import Evaluation, evaluate
from costguard.enforcement.plan import plan_resource
from costguard.ownership.fleet import Fleet
from costguard.resources.model import Resource, ResourceStatus
from costguard.rules import RULES


def judge(
    ports: Ports,
    resource: Resource,
    case: Case | None,
    *,
    now: datetime,
    fleet: Fleet | None = None,
    money: CostContext | None = None,
) -> Evaluation:
    """Evaluate by the tags of an event or an index, and confirm what would change the case.

    Both may be old. What stays as it was needs no confirmation, and what is due has `enforce`'s.
    """
    judgement = evaluate(resource, ports.policy, now=now, fleet=fleet, money=money)
    if not _rests_on_tags(judgement, case):
        return judgement
    changes = plan_resource(judgement, case, ports.policy, now=now).changes
    if resource.tags is not None and not changes:
        return judgement
    return judge_surely(ports, resource, now=now, fleet=fleet, money=money)


def judge_surely(
    ports: Ports,
    resource: Resource,
    *,
    now: datetime,
    fleet: Fleet | None = None,
    money: CostContext | None = None,
) -> Evaluation:
    """Evaluate by the tags that SageMaker itself answers now, where it runs."""
    return evaluate(confirmed(ports, resource), ports.policy, now=now, fleet=fleet, money=money)


def confirmed(ports: Ports, resource: Resource) -> Resource:
    """Ask SageMaker itself for the tags of what runs, unless that was done."""
    if resource.status is not ResourceStatus.RUNNING or resource.tags_confirmed:
        return resource
    return replace(resource, tags=ports.tags(resource.arn), tags_confirmed=True)


def _rests_on_tags(judgement: Evaluation, case: Case | None) -> bool:
    """Tell whether other tags could change what is said of it, or what was said before."""
    doubtful = judgement.violations.keys() | {gap.rule for gap in judgement.unknowns}
    marked = case is not None and bool(case.findings)
    return marked or any(RULES[rule].reads_tags for rule in doubtful if rule in RULES)
