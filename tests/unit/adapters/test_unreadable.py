"""Rows that cannot be read: each is left out and named, once; the others are read."""

import json
from collections.abc import Iterator
from copy import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec import UNSET

from costguard.adapters.dynamodb.audit import DynamoDbAudit
from costguard.adapters.dynamodb.cases import DynamoDbCases
from costguard.adapters.dynamodb.deliveries import DynamoDbDeliveries
from costguard.adapters.dynamodb.markers import DynamoDbMarkers
from costguard.adapters.dynamodb.table import Table
from costguard.adapters.dynamodb.unreadable import unreadable_rows
from costguard.adapters.dynamodb.usage import DynamoDbUsage
from costguard.app.event_context import SWEPT
from costguard.common.codec import encode
from costguard.common.errors import StoredDataInvalid
from costguard.costs.prices import Price, Prices
from costguard.costs.usage import Usage
from costguard.enforcement.case import open_case
from costguard.notifications.delivery import Delivery, DeliveryStatus
from costguard.ownership.directory import CostLabels
from costguard.resources.activity import KeepRequest
from tests.factories import at, notebook
from tests.integration.aws import answering, refusal
from tests.soak import in_memory_table

ONE, OTHER = notebook("one"), notebook("other")
USAGE = Usage(
    kind="notebook-instance", name="one", component="notebook", region="us-east-2", start=at(0)
)
ENDED = replace(USAGE, end=at(1), labels=CostLabels(owner="Ada"))


class Ledger:
    """A table in memory, and what is kept in it."""

    def __init__(self) -> None:
        self.rows = in_memory_table.Table(lambda _: None)
        self.table = Table(answering("dynamodb", self._answer), "ledger")
        self.cases, self.marks = DynamoDbCases(self.table), DynamoDbMarkers(self.table)
        self.audit, self.deliveries = DynamoDbAudit(self.table), DynamoDbDeliveries(self.table)

    @property
    def usage(self) -> DynamoDbUsage:
        """What a new container reads."""
        return DynamoDbUsage(self.table)

    def spoil(self, pk: str, column: str, new: Any) -> None:
        """Change a column of every row of a partition, or a member of the JSON in it."""
        for sk, row in self.rows.rows[pk].items():
            if isinstance(new, dict):
                told = json.loads(row[column]["S"]) | new
                self.rows.rows[pk][sk] = {**row, column: {"S": json.dumps(told)}}
            else:
                kind = "N" if isinstance(new, int) else "S"
                self.rows.rows[pk][sk] = {**row, column: {kind: str(new)}}

    def _answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        serve = {"PutItem": self.rows.put, "GetItem": self.rows.get, "Query": self.rows.query}
        try:
            return serve[operation](asked)
        except in_memory_table.ConditionFailed:
            raise refusal("ConditionalCheckFailedException") from None


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    unreadable_rows()
    yield Ledger()
    unreadable_rows()


@pytest.mark.parametrize(
    ("column", "new"),
    [
        ("case", "{"),
        ("case", {"created": "9999-12-31T00:00:00Z"}),
        ("case", {"name": "somebody-else"}),  # a hand has copied it
        ("version", 7),
    ],
)
def test_a_case_that_cannot_be_read_is_named_once_and_the_others_are_read(
    ledger: Ledger, column: str, new: Any
) -> None:
    ledger.cases.save(open_case(ONE), None, at(0))
    ledger.spoil("case", column, new)
    ledger.cases.save(open_case(OTHER), None, at(0))
    for _ in range(2):
        assert [case.name for case in ledger.cases.all()] == ["other"]
    [named] = unreadable_rows()
    assert str(named).startswith("case/notebook-instance/one cannot be read")
    with pytest.raises(StoredDataInvalid):
        ledger.cases.get(ONE.ref)


def test_a_case_that_cannot_be_read_is_not_written_over(ledger: Ledger) -> None:
    ledger.cases.save(open_case(ONE), None, at(0))
    ledger.spoil("case", "case", "{")
    assert not ledger.cases.save(open_case(ONE), None, at(1))


def test_a_case_of_a_kind_of_a_later_version_is_none_of_ours(ledger: Ledger) -> None:
    later = replace(open_case(ONE), kind="quantum-job")
    ledger.cases.save(later, None, at(0))
    assert list(ledger.cases.all()) == []
    assert unreadable_rows() == []


@pytest.mark.parametrize("new", ["", "soon", "2026-11-23T14:00:00", "9999-12-31T00:00:00Z", 7])
def test_a_time_that_cannot_be_read_was_never_noted_and_is_noted_anew(
    ledger: Ledger, new: Any
) -> None:
    ledger.marks.mark_time(SWEPT, at(0))
    ledger.spoil("note", "time", new)
    assert ledger.marks.last_time(SWEPT) is None
    assert [str(each)[:10] for each in unreadable_rows()] == ["note/swept"]
    ledger.marks.mark_time(SWEPT, at(1))
    assert ledger.marks.last_time(SWEPT) == at(1)


@pytest.mark.parametrize("new", ["soon", 10**30, 10**12])
def test_a_creator_that_cannot_be_read_is_not_known(ledger: Ledger, new: Any) -> None:
    ledger.marks.record_creator(ONE.ref, "jane", at(0))
    ledger.spoil("creator", "expires", new)
    assert ledger.marks.creator(ONE.ref) is None
    assert len(unreadable_rows()) == 1


@pytest.mark.parametrize(
    "new",
    [
        {"start": "2026-11-23T14:00:00"},
        {"start": "0001-01-01T00:00:00Z"},
        {"end": "9999-12-31T00:00:00Z"},
        {"name": "another"},
        {"groups": [{"type": "ml.m5.large", "count": 10**30}]},
        {"billable": 1e300},
        {"volume_gb": -1},
        {"labels": "x"},
    ],
)
def test_an_interval_that_cannot_be_read_is_in_no_sum(ledger: Ledger, new: dict[str, Any]) -> None:
    ledger.usage.save([(USAGE, None)], at(0))
    ledger.spoil("usage", "usage", new)
    other = replace(USAGE, name="other")
    ledger.usage.save([(other, None)], at(0))
    assert list(ledger.usage.open()) == [other]
    assert [piece.usage for piece in ledger.usage.slices(at(0), at(1))] == [other]
    assert [str(each)[:29] for each in unreadable_rows()] == ["usage/notebook-instance/one#n"]


def test_what_is_told_again_after_days_changes_nobodys_spend(ledger: Ledger) -> None:
    ledger.usage.save([(ENDED, None)], at(1))
    ledger.rows.forget("usage")  # its row among the open ones has expired
    told_again = replace(ENDED, labels=CostLabels(owner="Bob"), end=at(2))
    ledger.usage.save([(told_again, None)], at(200))
    [piece] = [piece.usage for piece in ledger.usage.slices(at(0), at(3))]
    assert piece == ENDED


@pytest.mark.parametrize("unlabelled", [True, UNSET])
def test_whether_the_labels_were_known_is_kept_beside_the_interval(
    ledger: Ledger, unlabelled: Any
) -> None:
    ledger.usage.save([(replace(ENDED, unlabelled=unlabelled), None)], at(1))
    [found] = ledger.usage.open()
    assert found.unlabelled is unlabelled
    assert "unlabelled" not in ledger.rows.rows["usage"][ENDED.key]["usage"]["S"]


def test_what_is_billed_by_the_token_is_kept_beside_the_interval_and_read_from_both(
    ledger: Ledger,
) -> None:
    told = replace(ENDED, by_token=True, tokens=7)
    ledger.usage.save([(told, None)], at(1))
    row = ledger.rows.rows["usage"][ENDED.key]
    assert "token" not in row["usage"]["S"]
    assert list(ledger.usage.open()) == [told]
    ledger.rows.rows["usage"][ENDED.key] = {  # as earlier versions wrote it
        **{name: value for name, value in row.items() if name != "besides"},
        "usage": {"S": encode(told)},
    }
    assert list(ledger.usage.open()) == [told]


PRICE = Price(Decimal("0.05"), "x", "2026-11-01")


@pytest.mark.parametrize(
    "new",
    [
        {"fetched": "2026-11-23T14:00:00"},
        {"rows": [["us-east-2", "notebook", "x", "NaN", "2026-11-01"]]},
        {"rows": [["us-east-2", "notebook", "x", "-1", "2026-11-01"]]},
        {"rows": 3},
    ],
)
def test_prices_that_cannot_be_read_were_never_fetched(ledger: Ledger, new: dict[str, Any]) -> None:
    ledger.usage.keep_prices(Prices({("us-east-2", "notebook", "x"): PRICE}, at(0)))
    ledger.spoil("money", "text", new)
    assert ledger.usage.prices(at(0)).fetched is None
    assert [str(each)[:12] for each in unreadable_rows()] == ["money/prices"]


def test_the_prices_of_one_region_that_cannot_be_read_hide_no_others(ledger: Ledger) -> None:
    for region in ("us-east-2", "eu-west-1", "us-west-2"):
        own = "" if region == "us-east-2" else region
        ledger.usage.keep_prices(Prices({(region, "notebook", "x"): PRICE}, at(0)), own)
    assert set(ledger.rows.rows["money"]) == {"prices", "prices/eu-west-1", "prices/us-west-2"}
    ledger.rows.rows["money"]["prices/eu-west-1"]["text"] = {"S": "{"}
    found = ledger.usage.fetched_prices()
    assert [key[0] for key in found.table] == ["us-east-2", "us-west-2"]
    assert (found.fetched, dict(found.listed)) == (at(0), {"us-west-2": at(0)})
    assert [str(each)[:22] for each in unreadable_rows()] == ["money/prices/eu-west-1"]


def test_a_price_that_is_missing_from_the_next_answer_stays_as_it_was(ledger: Ledger) -> None:
    ledger.usage.keep_prices(Prices({("us-east-2", "notebook", "x"): PRICE}, at(0)))
    newer = replace(PRICE, usd=Decimal("0.06"))
    ledger.usage.keep_prices(Prices({("us-east-2", "notebook", "y"): newer}, at(24)))
    found = ledger.usage.fetched_prices()
    assert (len(found.table), found.fetched) == (2, at(24))


@pytest.mark.parametrize("new", [{"time": "2026-11-23T14:00:00"}, {"spent": {"x": {"y": "NaN"}}}])
def test_a_sum_that_cannot_be_read_is_not_known(ledger: Ledger, new: dict[str, Any]) -> None:
    raw = {"time": "2026-11-23T14:00:00Z", "month": "2026-11", "spent": {}, "week": {}, "names": {}}
    raw |= {"begun": "2026-11-01T00:00:00Z", "ends": "2026-12-01T00:00:00Z"}
    ledger.table.put({"pk": "money", "sk": "standing", "text": json.dumps(raw)})
    assert ledger.usage.spend()
    ledger.spoil("money", "text", new)
    assert ledger.usage.spend() is None
    assert [str(each)[:14] for each in unreadable_rows()] == ["money/standing"]


@pytest.mark.parametrize(
    ("column", "new"),
    [
        ("facts", "{"),
        ("facts", {"started": "9999-12-31T00:00:00Z"}),
        ("arn", "arn:aws:x"),
        ("arn", "x"),
    ],
)
def test_an_action_that_cannot_be_read_is_left_out(ledger: Ledger, column: str, new: Any) -> None:
    ledger.audit.record("stop-accepted", ONE, at(0), {})
    ledger.spoil("audit#2026-11", column, new)
    ledger.audit.record("stop-accepted", OTHER, at(0), {})
    assert [each.ref.name for each in ledger.audit.entries(at(-1), at(1))] == ["other"]
    assert len(unreadable_rows()) == 1


@pytest.mark.parametrize(
    ("column", "new"), [("status", "dreaming"), ("at", "2026-11-23"), ("body", "{"), ("until", "9")]
)
def test_a_delivery_that_cannot_be_read_is_left_out(ledger: Ledger, column: str, new: Any) -> None:
    bad = Delivery(to="jane", notice="a", at=at(0), status=DeliveryStatus.WAITING, until=at(1))
    for write in (ledger.deliveries.mark, ledger.deliveries.unreached):
        write(bad)
    for pk in ("delivery#jane", "unreached"):
        ledger.spoil(pk, column, new)
    good = replace(bad, notice="b", status=DeliveryStatus.SENT)
    for write in (ledger.deliveries.mark, ledger.deliveries.unreached):
        write(good)
    after = at(0) - timedelta(hours=1)
    assert [row.notice for row in ledger.deliveries.unreached_since(after)] == ["b"]
    assert [row.notice for row in ledger.deliveries.waiting("jane", after)] == []
    assert "b" in [row.notice for row in ledger.deliveries.recent("jane", after)]
    assert unreadable_rows()


def test_a_keep_of_another_age_is_no_case(ledger: Ledger) -> None:
    kept = (KeepRequest("2026-11-23T18:00", at(0).replace(year=2300)),)
    ledger.cases.save(replace(open_case(ONE), kept=kept), None, at(0))
    assert list(ledger.cases.all()) == []
