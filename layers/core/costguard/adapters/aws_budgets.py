"""AWS Budgets: the budgets that admins set in the billing console. Reading them is free."""

from collections.abc import Callable
from itertools import count
from typing import Any

from msgspec import Struct

from costguard.adapters.clients import AWS_ERRORS
from costguard.common.errors import SourceUnavailableError
from costguard.common.observed import elements
from costguard.costs.aws_budgets import AwsBudgets, read_budgets

_PAGES = 20  # of 100 budgets


class AwsBudgetReader(Struct, frozen=True):
    """Calls AWS Budgets; the client is made when first needed."""

    account: str
    budgets: Callable[[], Any]

    def read(self) -> AwsBudgets:
        """Read the budgets of the account.

        Raises SourceUnavailableError if AWS refuses: no permission, or a partition without it.
        """
        asked: dict[str, Any] = {"AccountId": self.account, "MaxResults": 100}
        rows: list[object] = []
        for number in count(1):
            try:
                page = self.budgets().describe_budgets(**asked)
            except AWS_ERRORS as error:
                raise SourceUnavailableError(str(error)) from error
            rows += elements(page.get("Budgets"))
            last, token = asked.get("NextToken"), page.get("NextToken")
            if not token or token == last or number == _PAGES:
                break
            asked["NextToken"] = token
        return read_budgets(rows)
