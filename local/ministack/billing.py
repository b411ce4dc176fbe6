"""AWS Billing of the local AWS: GetCredits of an account that was granted one credit.

What the local bill has since then is taken from it. The remaining amount lacks the last 24 hours,
which no bill has yet; the estimated amount has them.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from local import billing_oracle
from local.ministack.price_list import billed
from local.sagemaker.account import Account

_GRANTED = Decimal(500)
_LASTS = timedelta(days=45)
_EARLIER = timedelta(days=30)  # it was granted before the local AWS began
_UNBILLED = timedelta(hours=24)
_YEAR = timedelta(days=366)
_CENT = Decimal("0.01")


class Billing:
    """Answers GetCredits."""

    name = "billing"
    target = "AWSBilling."

    def __init__(self, account: Account) -> None:
        self._account = account
        self._begins = account.clock.now() - _EARLIER

    def answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answer; raises ValueError as AWS refuses."""
        if operation != "GetCredits":
            raise ValueError(f"the local AWS Billing has only GetCredits, not {operation}")
        now = self._account.clock.now()
        asked = datetime.fromtimestamp(float(request["startDate"]), UTC)
        if not now - _YEAR <= asked < now:
            raise ValueError("startDate must be a past date, not more than one year ago")
        mine = request["accountId"] == self._account.place.account_id
        return {"credits": [self._credit(now)] if mine else []}

    def _credit(self, now: datetime) -> dict[str, Any]:
        return {
            "creditId": "4711",
            "accountId": self._account.place.account_id,
            "creditType": "Promotion",
            "description": "AWS Educate",
            "initialAmount": _amount(_GRANTED),
            "remainingAmount": _amount(self._left(now - _UNBILLED)),
            "estimatedAmount": _amount(self._left(now)),
            "applicableProductNames": ["Amazon SageMaker", "Amazon EC2", "Amazon S3"],
            "startDate": self._begins.timestamp(),
            "endDate": (self._begins + _EARLIER + _LASTS).timestamp(),
            "creditStatus": "ENABLED",
        }

    def _left(self, until: datetime) -> Decimal:
        rates = defaultdict(Decimal, billed())  # what the local price list lacks uses no credit
        used = billing_oracle.usd(self._account, rates, self._begins, until)
        return max(_GRANTED - used, Decimal(0))


def _amount(usd: Decimal) -> dict[str, str]:
    return {"currencyCode": "USD", "currencyAmount": str(usd.quantize(_CENT))}
