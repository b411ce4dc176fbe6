"""Another region's ledger, whatever AWS answers."""

import re
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from costguard.adapters.dynamodb.other_regions import OtherRegionLedger
from costguard.adapters.dynamodb.unreadable import unreadable_rows
from costguard.common.errors import SourceUnavailableError
from costguard.enforcement.case import encode_case, open_case
from tests.factories import at, notebook
from tests.integration.aws import answering, refusal

NOW = at(2)


def test_an_empty_ledger_is_read() -> None:
    client = answering(
        "dynamodb", lambda operation, _: {"Items": []} if operation == "Query" else {}
    )
    there = OtherRegionLedger(lambda: client, "there").read(at(0), at(0), NOW)
    assert (there.cases, there.audit_entries, there.unreached, list(there.slices)) == (
        (),
        (),
        (),
        [],
    )


@pytest.mark.parametrize(
    "error",
    [
        refusal("AccessDeniedException", "no"),
        EndpointConnectionError(endpoint_url="https://dynamodb.nowhere"),
    ],
)
def test_what_does_not_answer_is_not_told(error: Exception) -> None:
    def refuse(*_: Any) -> Any:
        raise error

    client = answering("dynamodb", refuse)
    with pytest.raises(SourceUnavailableError, match=r"AccessDenied|nowhere"):
        OtherRegionLedger(lambda: client, "there").read(at(0), at(0), NOW)


def test_a_row_that_cannot_be_read_is_named_and_spoils_no_other_row() -> None:
    bad = {"pk": {"S": "case"}, "sk": {"S": "app/x"}, "case": {"S": '{"kind": 7}'}}
    good = open_case(notebook(), version=1)
    row = {"pk": {"S": "case"}, "sk": {"S": good.ref.key}, "version": {"N": "1"}}
    row["case"] = {"S": encode_case(good)}
    client = answering(
        "dynamodb", lambda operation, _: {"Items": [bad, row]} if operation == "Query" else {}
    )
    there = OtherRegionLedger(lambda: client, "there").read(at(0), at(0), NOW)
    assert there.cases == (good,)
    named = [str(error) for error in unreadable_rows()]
    assert any(re.search(r"case/app/x cannot be read: .* `\$.kind`", each) for each in named)
