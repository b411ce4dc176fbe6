"""The admins' topic is a channel only while it has a confirmed subscription."""

from copy import replace
from datetime import timedelta
from typing import Any

import pytest

from costguard.adapters.sns import SnsTexts
from costguard.adapters.sns_channel import SnsTextChannel
from costguard.app.admin_channel import is_admin_channel
from costguard.app.sweep import sweep
from costguard.notifications.delivery import Refused, Sent
from costguard.notifications.message import Message
from costguard.ownership.directory import Person
from tests.factories import at, policy
from tests.fakes import override
from tests.integration.aws import refuse, scripted
from tests.scenarios.account import Account

MESSAGE = Message(stage="warning", subject="s", heading="h", intro="i")
MINUTE = timedelta(minutes=1)


class Topic:
    """SNS with one topic, so many confirmed subscriptions, and what was published."""

    def __init__(self, confirmed: str | None) -> None:
        self.attributes = {} if confirmed is None else {"SubscriptionsConfirmed": confirmed}
        self.published: list[str] = []

    def get_topic_attributes(self, **_asked: Any) -> dict[str, Any]:
        return {"Attributes": self.attributes | {"SubscriptionsPending": "3"}}

    def publish(self, **message: Any) -> None:
        self.published.append(message["Subject"])


def test_only_confirmed_subscriptions_count() -> None:
    for told, count in (("2", 2), ("0", 0), (None, 0)):
        topic: Any = Topic(told)
        assert SnsTexts(topic, "arn").confirmed_subscriptions() == count


def test_a_topic_that_was_deleted_has_no_subscription() -> None:
    sns, script = scripted("sns")
    refuse(script, "get_topic_attributes", "NotFound")
    assert SnsTexts(sns, "arn").confirmed_subscriptions() == 0


def test_a_topic_that_nobody_reads_takes_nothing() -> None:
    admins = Person(name="the admins")
    topic: Any = Topic("0")
    assert isinstance(SnsTextChannel(topic, "arn", lambda: False).send(MESSAGE, admins), Refused)
    assert topic.published == []
    assert SnsTextChannel(topic, "arn", lambda: True).send(MESSAGE, admins) == Sent()
    assert topic.published == ["s"]


def test_each_sweep_looks_who_reads_the_topic_and_says_when_nobody_does() -> None:
    account = Account(policy())
    assert not is_admin_channel(account.marks)  # nobody has looked yet
    seen = []
    for minutes, subscriptions in ((0, 1), (10, 0), (20, 0), (30, 2)):
        account.admin_subscriptions = subscriptions
        account.sweep(at(0) + minutes * MINUTE)
        seen.append(is_admin_channel(account.marks))
    assert seen == [True, False, False, True]
    told = [each for each in account.counted if "AdminsUnreachable" in each]
    assert told == [{"AdminsUnreachable": 1}] * 2
    lines = [line for line in account.log if line.get("outcome") == "unreachable"]
    assert [line["why"] for line in lines] == ["no confirmed subscription"] * 2


def test_a_look_that_fails_leaves_what_was_known_and_the_rest_of_the_sweep() -> None:
    account = Account(policy())
    account.sweep(at(0))

    def refuse() -> int:
        raise OSError

    ports = account.sweep_ports
    texts = override(ports.texts, confirmed_subscriptions=refuse)
    with pytest.raises(ExceptionGroup) as caught:
        sweep(replace(ports, texts=texts), now=at(1))
    assert [type(error) for error in caught.value.exceptions] == [OSError]
    assert is_admin_channel(account.marks)
    assert account.marks.last_time("swept") == at(1)
