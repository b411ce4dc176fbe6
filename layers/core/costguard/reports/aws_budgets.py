"""AWS's own budgets in words: by AWS's bill, not by our meter."""

from collections.abc import Iterator
from decimal import Decimal

from costguard.common.formatting import pluralize, usd
from costguard.common.sanitize import single_line
from costguard.costs.aws_budgets import AwsBudget, AwsBudgets

_NAME = 40
_CREDITS = {True: "after credits", False: "before credits", None: ""}


def says_of_budget(each: AwsBudget) -> str:
    """Say what it is and how much of it is used: `$12.00 of $100.00 monthly, after credits`."""
    forecast = each.forecast is not None and f"forecast {_amount(each, each.forecast)}"
    said = (
        f"{_amount(each, each.spent)} of {_amount(each, each.limit)} {each.period.lower()}".strip(),
        forecast or "",
        "a part of the bill" if each.is_part else "",
        _CREDITS[each.after_credits],
        each.problem and f"AWS cannot update it: {each.problem}",
    )
    return f"{single_line(each.name, _NAME)}: {', '.join(filter(None, said))}"


def without_rows(told: AwsBudgets) -> Iterator[str]:
    """Say that there are none, that they are not known, or that there are others."""
    if told.problem:
        yield f"not known: {single_line(told.problem, 200)}"
    elif not told.budgets:
        yield "none of costs"
    if told.others:
        yield f"and {pluralize(told.others, 'budget')} of usage, reservations or plans"


def _amount(each: AwsBudget, amount: Decimal | None) -> str:
    if amount is None:
        return "an unknown amount"
    if each.currency == "USD":
        return usd(amount)
    return f"{amount:.2f} {single_line(each.currency, 10)}"
