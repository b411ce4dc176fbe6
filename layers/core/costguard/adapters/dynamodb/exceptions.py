"""Requests for exceptions in the ledger table, and what the admins decided.

| pk            | sk                  | what                                    | expires         |
|---------------|---------------------|-----------------------------------------|-----------------|
| exception     | id                  | who asks for what, and the answer       | 60 d after it   |
"""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct

from costguard.adapters.dynamodb.items import TableRow
from costguard.adapters.dynamodb.table import Table, expires_at, read_json
from costguard.adapters.dynamodb.unreadable import read_or, readable
from costguard.common.codec import encode
from costguard.common.observed import is_weighable
from costguard.policy.exceptions import ExceptionRequest, ExceptionState

_PARTITION = "exception"
_KEPT = timedelta(days=60)  # so long a resource that was stopped meanwhile gets a whole grace


class DynamoDbExceptions(Struct, frozen=True):
    """One row for each request; of two admins, the first one decides."""

    table: Table

    def requests(self) -> Sequence[ExceptionRequest]:
        """Read every request; one that cannot be read is reported."""
        return list(readable(self.table.query(_PARTITION), _request))

    def request(self, name: str) -> ExceptionRequest | None:
        """Read one request."""
        return read_or(self.table.get(_PARTITION, name), _request, None)

    def ask(self, request: ExceptionRequest) -> bool:
        """Write a new request; False if there is one."""
        return self.table.put_if("attribute_not_exists(pk)", _row(request))

    def decide(self, request: ExceptionRequest) -> bool:
        """Write the decision; False if somebody else has decided."""
        asked = ExceptionState.ASKED.value
        return self.table.put_if("#state = :asked", _row(request), asked=asked)


def _row(request: ExceptionRequest) -> TableRow:
    return {
        "pk": _PARTITION,
        "sk": request.id,
        "request": encode(request),
        "state": request.state.value,
        "expires": expires_at(max(request.until, request.decided or request.asked) + _KEPT),
    }


def _request(row: TableRow) -> ExceptionRequest:
    found = read_json(row, "request", ExceptionRequest)
    if not is_weighable(found):
        raise ValueError("an impossible time")
    return found
