"""The notice about a budget that is nearly used up."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import UNSET

from costguard.common.sanitize import single_line
from costguard.costs.budgets import BudgetStatus, SpendToDate, all_budget_statuses, exhausted_at
from costguard.costs.course_budgets import course_budgets
from costguard.enforcement.notice_builder import notice_id, to_seconds
from costguard.notifications.notice import (
    BudgetFacts,
    CostEstimate,
    Notice,
    NoticeOwner,
    NoticeResource,
    NoticeStage,
)
from costguard.ownership.directory import Directory, Person
from costguard.policy.model import Policy
from costguard.rules.over_budget import RULE as OVER_BUDGET


def budget_alerts(
    spent: SpendToDate, policy: Policy, place: tuple[str, str], *, now: datetime
) -> Iterator[tuple[str, Notice]]:
    """Yield an alert for each such budget, with the marker under which it is published once."""
    of_courses = course_budgets(policy.courses, policy.directory.seats, spent, now)
    for budget in (*all_budget_statuses(policy.budgets, spent), *of_courses):
        if budget.percent >= policy.budgets.tell_at or budget.is_over:
            mark = f"budget {budget.dimension} {budget.name} {budget.course or spent.month}"
            yield mark, _nearly_used(budget, spent, policy, place, now=now)


def _nearly_used(
    budget: BudgetStatus,
    spent: SpendToDate,
    policy: Policy,
    place: tuple[str, str],
    *,
    now: datetime,
) -> Notice:
    """Build the alert to the owner, or to the contact for a project."""
    number, region = place
    name, rules = single_line(budget.name), (OVER_BUDGET.id,)
    owner = _owner_of(budget, policy.directory)
    key = f"budget/{budget.dimension}/{budget.name}/{budget.course or spent.month}"
    return Notice(
        id=notice_id(NoticeStage.BUDGET, [key], rules),
        time=to_seconds(now),
        stage=NoticeStage.BUDGET,
        account=number,
        region=region,
        resource=NoticeResource(kind="budget", name=f"{budget.dimension} {name}"),
        owner=NoticeOwner(
            name=single_line(owner.name) or None, email=owner.email, slack=owner.slack
        ),
        rules=rules,
        cost=CostEstimate(usd_so_far=budget.spent),
        budget=_facts(budget, spent),
        zone=policy.timezone,
    )


def _facts(budget: BudgetStatus, spent: SpendToDate) -> BudgetFacts:
    return BudgetFacts(
        dimension=budget.dimension,
        name=single_line(budget.name),
        month=spent.month,
        percent=budget.percent,
        spent=budget.spent,
        limit=budget.limit,
        is_over=budget.is_over,
        lasts_until=exhausted_at(budget, spent),
        course=single_line(budget.course) or UNSET,
    )


def _owner_of(budget: BudgetStatus, people: Directory) -> Person:
    if budget.dimension == "student":
        return people.labelled(budget.name) or people.contact
    person = people.person(budget.name) if budget.dimension == "owner" else None
    return person or people.contact
