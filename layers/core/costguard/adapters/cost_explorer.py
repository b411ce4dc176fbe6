"""Cost Explorer: what AWS has billed, some hours late. Each page of an answer costs $0.01."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from costguard.adapters.clients import AWS_ERRORS
from costguard.common.errors import SourceUnavailableError
from costguard.costs.bill import CostExplorerAnswer

SERVICE = "Amazon SageMaker"  # still so after the service was renamed
_COUNTED = (
    {"Dimensions": {"Key": "SERVICE", "Values": [SERVICE]}},
    {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Credit", "Refund"]}}},
)


@dataclass(frozen=True, slots=True)
class CostExplorer:
    """Asks with the client it is given; made when first needed."""

    ce: Callable[[], Any]

    def ask(
        self, tag: str, since: date, until: date, regions: tuple[str, ...]
    ) -> CostExplorerAnswer:
        """Read the cost from one day to another, that day excluded, by usage type and by a tag.

        From the first of a month on, months are asked for: there are as many groups in a month as
        in a day, and each page costs. How many groups make a page is documented nowhere.
        Raises NotTold where AWS refuses: no permission, or Cost Explorer was never switched on.
        """
        here = {"Dimensions": {"Key": "REGION", "Values": list(regions)}}
        asked: dict[str, Any] = {
            "TimePeriod": {"Start": since.isoformat(), "End": until.isoformat()},
            "Granularity": "MONTHLY" if since.day == 1 else "DAILY",
            "Metrics": ["UnblendedCost"],
            "GroupBy": [
                {"Type": "DIMENSION", "Key": "USAGE_TYPE"},
                {"Type": "TAG", "Key": tag},
            ],
            "Filter": {"And": [*_COUNTED, here]},
        }
        periods: list[Any] = []
        calls = 0
        token: dict[str, str] = {}
        while calls == 0 or token:
            try:
                page = self.ce().get_cost_and_usage(**asked, **token)
            except AWS_ERRORS as error:
                raise SourceUnavailableError(str(error)) from error
            periods, calls = periods + page["ResultsByTime"], calls + 1
            token = {"NextPageToken": page["NextPageToken"]} if page.get("NextPageToken") else {}
        return CostExplorerAnswer(tuple(periods), calls)
