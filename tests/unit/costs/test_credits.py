"""Credits: what AWS answers, what becomes of them, and what is said."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from costguard.adapters.credits import BillingCredits
from costguard.common.errors import SourceUnavailableError
from costguard.costs.credits import Credit, Credits, outlooks, read_credits
from costguard.reports.period import Period
from tests.integration.aws import answering, refusal
from tests.unit.reports.test_summary import NOW, FakeReporter, usage

DAY = timedelta(days=1)


def amount(usd: str, currency: str = "USD") -> dict[str, str]:
    return {"currencyCode": currency, "currencyAmount": usd}


def raw(**changes: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "creditId": "77",
        "accountId": "123456789012",
        "creditType": "Promotion",
        "initialAmount": amount("2000.00"),
        "remainingAmount": amount("812.40"),
        "description": "AWS Educate",
        "startDate": NOW - 90 * DAY,
        "endDate": NOW + 60 * DAY,
        "applicableProductNames": ["Amazon SageMaker", "Amazon EC2"],
    }
    return known | changes


def credit(left: int = 812, ends: float | None = 60, **changes: Any) -> Credit:
    known: dict[str, Any] = {
        "id": "77",
        "name": "AWS Educate",
        "left": Decimal(left),
        "initial": Decimal(2000),
        "begins": NOW - 90 * DAY,
        "ends": None if ends is None else NOW + ends * DAY,
    }
    return Credit(**known | changes)


def test_an_answer_as_aws_models_it_is_read() -> None:
    asked: list[dict[str, Any]] = []

    def answer(_operation: str, params: dict[str, Any]) -> dict[str, Any]:
        asked.append(params)
        return {"credits": [raw(estimatedAmount=amount("800.00"))]}

    client = answering("billing", answer)
    found = BillingCredits(lambda: client).credits("123456789012", NOW)
    assert asked == [{"accountId": "123456789012", "startDate": int((NOW - 364 * DAY).timestamp())}]
    services = ("Amazon SageMaker", "Amazon EC2")
    assert found == Credits(found=(credit(800, services=services),))


@pytest.mark.parametrize(
    "error", [refusal("AccessDeniedException"), EndpointConnectionError(endpoint_url="https://b")]
)
def test_no_permission_and_no_such_api_are_no_answer(error: Exception) -> None:
    def refuse(_operation: str, _params: dict[str, Any]) -> dict[str, Any]:
        raise error

    client = answering("billing", refuse)
    with pytest.raises(SourceUnavailableError):
        BillingCredits(lambda: client).credits("123456789012", NOW)


@pytest.mark.parametrize(
    ("changes", "found", "unreadable"),
    [
        ({}, 1, 0),
        ({"remainingAmount": amount("0.00")}, 0, 0),
        ({"endDate": NOW - DAY}, 0, 0),
        ({"creditStatus": "DISABLED"}, 0, 0),
        ({"endDate": None}, 1, 0),
        ({"remainingAmount": amount("5.00", "EUR")}, 0, 1),
        ({"remainingAmount": amount("-5.00")}, 0, 1),
        ({"remainingAmount": amount("NaN")}, 0, 1),
        ({"remainingAmount": "5"}, 0, 1),
        ({"startDate": "yesterday"}, 0, 1),
        ({"endDate": "tomorrow"}, 0, 1),
        ({"description": None}, 1, 0),
    ],
)
def test_what_cannot_be_read_is_counted(
    changes: dict[str, Any], found: int, unreadable: int
) -> None:
    credits_ = read_credits({"credits": [raw(**changes)]}, NOW)
    assert (len(credits_.found), credits_.unreadable) == (found, unreadable)
    assert len(credits_.past) == 1 - found - unreadable


def test_those_that_end_first_are_used_first() -> None:
    first, later = credit(70, ends=30, id="1"), credit(300, ends=None, id="2")
    rows = [raw(creditId="2", endDate=None), raw(creditId="1")]
    assert [each.id for each in read_credits({"credits": rows}, NOW).found] == ["1", "2"]
    soon, then = outlooks([first, later], Decimal(10), NOW)
    assert (soon.gone, soon.lost) == (NOW + 7 * DAY, Decimal(0))
    assert (then.gone, then.over) == (NOW + 37 * DAY, NOW + 37 * DAY)


def test_what_is_not_used_by_its_end_is_lost_and_the_next_begins_there() -> None:
    first, later = credit(400, ends=10, id="1"), credit(100, ends=60, id="2")
    other = credit(50, ends=20, id="3", services=("Amazon EC2",))
    soon, no_use, then = outlooks([first, other, later], Decimal(10), NOW)
    assert (soon.gone, soon.lost, soon.over) == (None, Decimal(300), NOW + 10 * DAY)
    assert (no_use.gone, no_use.lost) == (None, Decimal(50))
    assert then.gone == NOW + 20 * DAY


def test_without_any_spend_all_of_it_is_lost_and_one_without_an_end_lasts() -> None:
    one, two = outlooks([credit(5, ends=9), credit(7, ends=None)], Decimal(0), NOW)
    assert (one.lost, one.gone) == (Decimal(5), None)
    assert (two.lost, two.gone, two.over) == (Decimal(0), None, None)


def said(*found: Credit, unreadable: int = 0, past: tuple[Credit, ...] = ()) -> FakeReporter:
    reporter = FakeReporter(usage("a", 336), usage("b", 1, runs=True))
    reporter.credits = Credits(found=found, past=past, unreadable=unreadable)
    return reporter


def test_a_credit_is_told_with_its_end_and_what_becomes_of_it() -> None:
    services = ("Amazon SageMaker", "Amazon EC2", "Amazon S3", "AWS Lambda")
    text = said(credit(services=services), credit(2, ends=None, id="8")).report()
    assert "CREDITS (AWS Billing; at the pace metered in seven days)" in text
    assert "AWS Educate: $812.00 of $2,000.00 left, until 22 Jan 2027; at this pace $8" in text
    assert "will expire unused; for Amazon SageMaker, Amazon EC2, Amazon S3, and 1 more" in text
    assert "$2.00 of $2,000.00 left, without an end; at this pace gone on" in text
    other = said(credit(services=("Amazon EC2",)), credit(9, None, id="8")).report()
    assert "not for SageMaker, but for Amazon EC2" in other
    idle = FakeReporter()
    idle.credits = Credits(found=(credit(9, None),))
    assert "at this pace it lasts for years; for any service" in idle.report()


def test_no_credits_no_answer_and_an_odd_one_are_three_things() -> None:
    assert "CREDITS: none of this account's own" in said().report()
    assert "CREDITS: 1 credit in another currency or form, in no sum" in said(unreadable=1).report()
    reporter = said()
    reporter.credits = SourceUnavailableError("AccessDeniedException: billing:GetCredits")
    assert "CREDITS: not known. AWS Billing could not be asked: AccessDenied" in reporter.report()
    assert "Credits of the account" in reporter.page
    assert "not known" in reporter.page


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"remainingAmount": amount("0.00")}, "used up, all of $2,000.00"),
        (
            {"estimatedAmount": amount("0.00"), "exhaustDate": NOW - DAY},
            "used up on 22 Nov 2026, all of $2,000.00",
        ),
        ({"endDate": NOW - 2 * DAY}, "ended 21 Nov 2026; $812.40 of $2,000.00 expired unused"),
        (
            {"creditStatus": "DISABLED"},
            "switched off in AWS Billing; $812.40 of $2,000.00 left, which pay for nothing",
        ),
    ],
)
def test_a_credit_that_pays_no_more_is_told_as_what_it_is(
    changes: dict[str, Any], line: str
) -> None:
    reporter = said()
    reporter.credits = read_credits({"credits": [raw(**changes)]}, NOW)
    text = reporter.report()
    assert "CREDITS: none left; those that another account shares are not listed" in text
    assert f"  AWS Educate: {line}\n" in text
    assert line in reporter.page
    also = said(credit(), past=reporter.credits.past).report()
    assert "CREDITS (AWS Billing" in also
    assert line in also


def test_of_many_credits_that_pay_no_more_the_latest_are_told() -> None:
    rows = [raw(creditId=str(n), description=f"C{n}", endDate=NOW - n * DAY) for n in range(1, 9)]
    past = read_credits({"credits": rows}, NOW).past
    text = said(past=past).report()
    assert [n for n in range(1, 9) if f"C{n}: ended" in text] == [1, 2, 3]


def test_each_of_several_ends_is_told_by_itself() -> None:
    near, far, other = (
        credit(900, 20, id="1"),
        credit(900, 50, id="2"),
        credit(9, 6, id="3", name="EC2 only", services=("Amazon EC2",)),
    )
    reporter = said(near, far, other)
    reporter.report()
    assert [text.split(":")[1].strip() for _, text in reporter.told] == ["AWS Educate", "EC2 only"]


def test_the_end_is_told_thirty_and_seven_days_before() -> None:
    reporter = said(credit(5000, ends=40))
    told = []
    for day in range(45):
        reporter.report(Period.DAY, now=NOW + day * DAY)
        told += [day] * len(reporter.told)
        reporter.told.clear()
    assert told == [10, 33]


def test_within_a_week_one_message_is_enough() -> None:
    reporter = said(credit(5000, ends=5))
    reporter.report()
    reporter.report()
    ((subject, text),) = reporter.told
    assert subject == "Costguard: a credit of the account ends"
    assert "AWS Educate: $5,000.00 of $2,000.00 left, until 28 Nov 2026" in text
