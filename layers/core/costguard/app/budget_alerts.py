"""The notice about a budget that is nearly used up. Pure."""

from collections.abc import Iterator
from datetime import datetime

from costguard.common.formatting import usd
from costguard.common.sanitize import single_line
from costguard.costs.budgets import BudgetStatus, SpendToDate, all_budget_statuses, exhausted_at
from costguard.enforcement.notice_builder import head
from costguard.notifications.notice import Notice, NoticeStage
from costguard.ownership.directory import Directory, Owner
from costguard.policy.model import Policy
from costguard.rules.over_budget import RULE as OVER_BUDGET


def budget_alerts(
    standing: SpendToDate, policy: Policy, place: tuple[str, str], *, now: datetime
) -> Iterator[tuple[str, Notice]]:
    """Yield a notice for every such budget, each with the word that it is told under, once."""
    for budget in all_budget_statuses(policy.budgets, standing):
        if budget.percent >= policy.budgets.tell_at or budget.is_over:
            word = f"budget {budget.dimension} {budget.name} {standing.month}"
            yield word, _nearly_used(budget, standing, policy, place, now=now)


def _nearly_used(
    budget: BudgetStatus,
    standing: SpendToDate,
    policy: Policy,
    place: tuple[str, str],
    *,
    now: datetime,
) -> Notice:
    """Tell the owner, or the contact for a project; on the topic, the admins hear too."""
    number, region = place
    name = single_line(budget.name)
    owner = _hears(budget, policy.directory)
    key = f"budget/{budget.dimension}/{budget.name}/{standing.month}"
    return Notice(
        **head(NoticeStage.WARNING, [key], [OVER_BUDGET.id], now)
        | {"cost": {"usd_per_hour": None, "usd_so_far": float(budget.spent), "estimated": True}},
        account=number,
        region=region,
        resource={
            "arn": None,
            "kind": "budget",
            "name": f"{budget.dimension} {name}",
            "instance_type": None,
            "instance_count": None,
        },
        owner={
            "name": single_line(owner.name or "") or None,
            "email": owner.email,
            "slack": owner.slack,
        },
        reason=f"The {budget.dimension} {name} has used {budget.percent} % of this month's budget: "
        f"{usd(budget.spent)} of {usd(budget.limit)} (list prices, estimated). "
        f"{_ends(budget, standing, policy)}",
        remedy="Stop what is not needed, or ask the admins for a higher budget in the policy. At "
        "100 % the rule over-budget does what the policy says.",
        deadline=None,
        findings=(),
        stops=0,
    )


def _hears(budget: BudgetStatus, people: Directory) -> Owner:
    if budget.dimension == "owner" and (person := people.person(budget.name)):
        return Owner(name=person.name, email=person.email, slack=person.slack, known=True)
    contact = people.contact
    return Owner(name=contact.name, email=contact.email, slack=contact.slack, known=False)


def _ends(budget: BudgetStatus, standing: SpendToDate, policy: Policy) -> str:
    end = exhausted_at(budget, standing)
    if budget.is_over:
        return "It is used up now."
    if end is None:
        return "At this month's pace it lasts until the month ends."
    day = end.astimezone(policy.timezone.info)
    return f"At this month's pace it is used up on {day:%a %d %b}."
