"""GetCredits of AWS Billing: free of charge, one answer without pages."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from msgspec import Struct

from costguard.adapters.clients import AWS_ERRORS
from costguard.common.errors import SourceUnavailableError
from costguard.costs.credits import Credits, read_credits

_BACK = timedelta(days=364)
"""AWS takes a year at most. That a credit which began earlier is listed is a guess."""


class BillingClient(Protocol):
    """The part of the client that is used; the SDK's stubs for it are no dependency."""

    def get_credits(self, **asked: Any) -> Mapping[str, Any]:
        """Call GetCredits."""


class BillingCredits(Struct, frozen=True):
    """Asks for the account's own credits; the client is made when first needed."""

    billing: Callable[[], BillingClient]

    def credits(self, account: str, now: datetime) -> Credits:
        """Read them. Raises SourceUnavailableError: no permission, or no such API here."""
        try:
            answer = self.billing().get_credits(accountId=account, startDate=now - _BACK)
        except AWS_ERRORS as error:
            raise SourceUnavailableError(str(error)) from error
        return read_credits(answer, now)
