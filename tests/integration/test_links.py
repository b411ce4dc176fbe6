"""Links in a real table: nobody makes one of what is stored, and each action is taken once."""

from datetime import timedelta

from moto import mock_aws

from costguard.adapters.dynamodb.links import LINKS, PRESSES, DynamoDbLinks, DynamoDbPresses
from costguard.adapters.dynamodb.table import Table
from costguard.adapters.dynamodb.unreadable import unreadable_rows
from costguard.app.door_ports import Pressed
from costguard.notifications.links import Link, hash_of, is_token
from tests.factories import at
from tests.integration.aws import client

LINK = Link(to="jane", until=at(4), kind="notebook-instance", name="RoeJane-A", rules=("idle",))


def test_links_and_presses() -> None:
    with mock_aws():
        dynamodb = client("dynamodb")
        keys = {"pk": "HASH", "sk": "RANGE"}
        dynamodb.create_table(
            TableName="ledger",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in keys],
            KeySchema=[{"AttributeName": k, "KeyType": t} for k, t in keys.items()],
        )
        table = Table(dynamodb, "ledger")
        a_link_is_found_by_its_token_alone(table)
        an_action_is_taken_once(table)
        a_row_that_is_none_of_ours_is_no_link(table)


def a_link_is_found_by_its_token_alone(table: Table) -> None:
    address = DynamoDbLinks(table, "https://door.example/").make(LINK)
    token = address.removeprefix("https://door.example/")
    assert is_token(token)
    assert DynamoDbPresses(table).link(token) == LINK
    assert DynamoDbPresses(table).link("a" * 32) is None
    [row] = table.query(LINKS)
    assert token not in str(row)
    assert row["expires"] == int((at(4) + timedelta(days=1)).timestamp())


def an_action_is_taken_once(table: Table) -> None:
    presses, press = DynamoDbPresses(table), f"{hash_of('a' * 32)}##keep"
    assert presses.begin(press, at(1), at(4)) is None
    assert presses.begin(press, at(1), at(4)) == Pressed("")
    assert presses.begin(press, at(1.1), at(4)) is None  # who had it in hand has died
    presses.finish(press, "", at(1.1), at(4))
    assert presses.begin(press, at(1.1), at(4)) is None  # it came to nothing
    presses.finish(press, "kept", at(1.1), at(4))
    assert presses.begin(press, at(3.9), at(4)) == Pressed("kept", at(1.1))
    assert presses.begin(press.replace("keep", "ask"), at(3.9), at(4)) is None
    assert presses.taken(press.removesuffix("#keep")) == {"keep"}
    assert presses.taken(f"{hash_of('a' * 32)}#0") == frozenset()
    row = table.get(PRESSES, press)
    assert row is not None
    assert row["expires"] == int((at(4) + timedelta(days=2)).timestamp())


def a_row_that_is_none_of_ours_is_no_link(table: Table) -> None:
    table.put({"pk": LINKS, "sk": hash_of("b" * 32), "link": "{"})
    assert DynamoDbPresses(table).link("b" * 32) is None
    assert len(unreadable_rows()) == 1
