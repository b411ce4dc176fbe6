"""What the ledger's bill counts: DynamoDB's units, of real requests."""

from collections.abc import Iterator

import pytest

from benchmarks import ours
from benchmarks.ledger import MeteredAws, Units
from local.account import utc


@pytest.fixture(scope="module")
def aws() -> Iterator[MeteredAws]:
    with MeteredAws(start=utc(2026, 11, 23, 9)) as aws:
        ours.stage(aws, "units")
        yield aws


def key(name: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": name}, "sk": {"S": "s"}}


def put(aws: MeteredAws, name: str, size: int) -> Units:
    aws.take()
    item = {**key(name), "text": {"S": "x" * size}}
    aws.client("dynamodb").put_item(TableName="units", Item=item)
    return aws.take()


def test_a_write_is_billed_by_the_larger_of_what_was_there_and_what_is(aws: MeteredAws) -> None:
    assert [put(aws, "written", size).writes for size in (500, 1100, 500, 500)] == [1, 2, 2, 1]


@pytest.mark.parametrize(("strong", "units"), [(True, 2), (False, 1)])
def test_a_read_is_billed_by_four_kilobytes_and_half_where_it_may_lag(
    aws: MeteredAws, *, strong: bool, units: float
) -> None:
    put(aws, "read", 5000)
    aws.client("dynamodb").get_item(TableName="units", Key=key("read"), ConsistentRead=strong)
    assert aws.take().reads == units


def test_a_query_is_billed_by_its_sum_and_a_refused_write_as_one(aws: MeteredAws) -> None:
    put(aws, "asked", 100)
    table, values = aws.client("dynamodb"), {":pk": {"S": "asked"}}
    table.query(
        TableName="units", KeyConditionExpression="pk = :pk", ExpressionAttributeValues=values
    )
    with pytest.raises(table.exceptions.ConditionalCheckFailedException):
        table.put_item(
            TableName="units",
            Item=key("asked"),
            ConditionExpression="attribute_not_exists(pk)",
        )
    assert aws.take() == Units(writes=1, reads=0.5)


@pytest.mark.parametrize(("strong", "units"), [(True, 4), (False, 2)])
def test_of_several_rows_each_is_billed_and_what_is_missing_as_the_smallest(
    aws: MeteredAws, *, strong: bool, units: float
) -> None:
    put(aws, "small", 100)
    put(aws, "large", 5000)
    keys = [key(name) for name in ("small", "large", "missing")]
    asked = {"units": {"Keys": keys, "ConsistentRead": strong}}
    aws.client("dynamodb").batch_get_item(RequestItems=asked)
    assert aws.take().reads == units
