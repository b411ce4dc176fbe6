"""Cost Explorer: the bill of AWS, some hours late. Each page of an answer costs $0.01."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from costguard.adapters.clients import AWS_ERRORS
from costguard.common.errors import SourceUnavailableError
from costguard.common.observed import elements
from costguard.costs.bill import CostExplorerAnswer

if TYPE_CHECKING:
    from mypy_boto3_ce import CostExplorerClient
    from mypy_boto3_ce.type_defs import (
        ExpressionTypeDef,
        GetCostAndUsageRequestTypeDef,
        GroupDefinitionTypeDef,
    )

_BY_ACCOUNT: "GroupDefinitionTypeDef" = {"Type": "DIMENSION", "Key": "LINKED_ACCOUNT"}
SERVICE = "Amazon SageMaker"  # still so after the service was renamed
_COUNTED: "tuple[ExpressionTypeDef, ...]" = (
    {"Dimensions": {"Key": "SERVICE", "Values": [SERVICE]}},
    {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Credit", "Refund"]}}},
)


class CostExplorer(Struct, frozen=True):
    """Calls Cost Explorer; the client is made when first needed."""

    ce: "Callable[[], CostExplorerClient]"

    def accounts(self, since: date, until: date, regions: tuple[str, ...]) -> CostExplorerAnswer:
        """Read the cost of each account that Cost Explorer shows here.

        A member account sees its own, the payer account sees all. Raises SourceUnavailableError.
        """
        return self._pages(_question([_BY_ACCOUNT], since, until, _within(regions)))

    def ask(
        self,
        tag: str,
        since: date,
        until: date,
        regions: tuple[str, ...],
        accounts: tuple[str, ...] = (),
    ) -> CostExplorerAnswer:
        """Read the cost from one day to another, that day excluded, by usage type and by a tag.

        It is that of all accounts that Cost Explorer shows here, unless some are named.
        From the first of a month on, it asks by months: a month has as many groups as a day, and
        each page costs. The number of groups on a page is not documented.
        Raises SourceUnavailableError if AWS refuses: no permission, or Cost Explorer was never
        enabled.
        """
        groups: list[GroupDefinitionTypeDef] = [
            {"Type": "DIMENSION", "Key": "USAGE_TYPE"},
            {"Type": "TAG", "Key": tag},
        ]
        return self._pages(_question(groups, since, until, _within(regions, accounts)))

    def _pages(self, asked: "GetCostAndUsageRequestTypeDef") -> CostExplorerAnswer:
        periods: list[Any] = []
        calls = 0
        while calls == 0 or "NextPageToken" in asked:
            try:
                page = self.ce().get_cost_and_usage(**asked)
            except AWS_ERRORS as error:
                raise SourceUnavailableError(str(error)) from error
            periods, calls = [*periods, *elements(page.get("ResultsByTime"))], calls + 1
            last, token = asked.pop("NextPageToken", None), page.get("NextPageToken")
            if token and token != last:  # the same page again would cost without end
                asked["NextPageToken"] = token
        return CostExplorerAnswer(tuple(periods), calls)


def _within(regions: tuple[str, ...], accounts: tuple[str, ...] = ()) -> "list[ExpressionTypeDef]":
    here: list[ExpressionTypeDef] = [{"Dimensions": {"Key": "REGION", "Values": list(regions)}}]
    if accounts:
        here.append({"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": list(accounts)}})
    return here


def _question(
    groups: "list[GroupDefinitionTypeDef]",
    since: date,
    until: date,
    within: "list[ExpressionTypeDef]",
) -> "GetCostAndUsageRequestTypeDef":
    return {
        "TimePeriod": {"Start": since.isoformat(), "End": until.isoformat()},
        "Granularity": "MONTHLY" if since.day == 1 else "DAILY",
        "Metrics": ["UnblendedCost"],
        "GroupBy": groups,
        "Filter": {"And": [*_COUNTED, *within]},
    }
