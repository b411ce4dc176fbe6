"""AWS Budgets of the local AWS: DescribeBudgets, of what a test or the demo has put there."""

from typing import Any

TARGET = "AWSBudgetServiceGateway."
_A_PAGE = 100


class Budgets:
    """Answers DescribeBudgets for its own account. A new account has no budgets."""

    name = "budgets"
    target = TARGET

    def __init__(self, account_id: str) -> None:
        self._account_id = account_id
        self.rows: list[dict[str, Any]] = []

    def answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answer; raises ValueError as AWS refuses."""
        if operation != "DescribeBudgets":
            msg = f"the local AWS Budgets has only DescribeBudgets, not {operation}"
            raise ValueError(msg)
        if request["AccountId"] != self._account_id:
            raise ValueError("Access denied: the budgets of another account")
        skip, most = int(request.get("NextToken") or 0), request.get("MaxResults") or _A_PAGE
        more = skip + most < len(self.rows)
        page = {"Budgets": self.rows[skip : skip + most]}
        return page | ({"NextToken": str(skip + most)} if more else {})
