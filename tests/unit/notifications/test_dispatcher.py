"""Reliable delivery, without AWS, on ports in memory."""

import re
from collections import deque
from contextlib import suppress
from copy import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from costguard.enforcement.case import FindingState
from costguard.notifications.delivery import (
    MOST_NAMED,
    Busy,
    Delivery,
    DeliveryStatus,
    Down,
    Refused,
    SendOutcome,
)
from costguard.notifications.dispatcher import deliver
from costguard.notifications.notice import DeferredMessage, Notice, NoticeFinding, NoticeOwner
from costguard.notifications.notice import NoticeStage as Say
from costguard.notifications.renderers.slack import render
from costguard.notifications.schema import encode_deferred
from costguard.ownership.channel import Channel
from costguard.resources.model import ResourceRef
from tests.factories import at, mark, notebook
from tests.factories import case as case_of
from tests.fakes import override
from tests.notifier import EMAIL, MINUTE, SLACK, SNS, FakeNotifier, make_notice


def test_the_first_channel_that_takes_it_is_enough() -> None:
    notifier = FakeNotifier()
    notifier.put(make_notice())
    assert notifier.run().again == {}
    assert [said[:2] for said in notifier.delivered] == [("slack", "John Doe")]
    assert notifier.numbers[0]["NoticesDelivered"] == 1


def test_a_row_says_when_the_channel_took_the_message() -> None:
    notifier = FakeNotifier()
    notifier.outcomes[SLACK] = deque([Busy(10 * MINUTE)])
    notice = make_notice()
    notifier.put(notice)
    notifier.run()
    assert notifier.rows["johndoe", notice.id].sent is None
    notifier.run()
    row = notifier.rows["johndoe", notice.id]
    assert (row.status, row.at, row.sent) == (DeliveryStatus.SENT, at(0), at(0) + 10 * MINUTE)


def test_ten_duplicates_are_said_once() -> None:
    notifier = FakeNotifier()
    notifier.put(*[make_notice()] * 10)
    notifier.run()
    notifier.run()
    assert len(notifier.delivered) == 1
    assert notifier.queue == []


@pytest.mark.parametrize("outcome", [Refused("invalid_auth"), Down("HTTP 503")])
def test_a_channel_that_fails_falls_back_to_the_next(outcome: SendOutcome) -> None:
    notifier = FakeNotifier()
    notifier.outcomes[SLACK] = outcome
    notifier.put(make_notice())
    assert notifier.run().again == {}
    assert [said[0] for said in notifier.delivered] == ["email"]


def test_a_channel_that_is_down_is_not_asked_again_in_a_batch() -> None:
    notifier = FakeNotifier()
    notifier.outcomes[SLACK] = Down("HTTP 503")
    notifier.put(make_notice("DoeJohn-A"), make_notice("DoeJohn-B"))
    assert notifier.run().numbers["ChannelFailures"] == 1
    assert [said[0] for said in notifier.delivered] == ["email", "email"]


def test_a_channel_that_asks_for_time_is_given_it() -> None:
    notifier = FakeNotifier()
    notifier.outcomes[SLACK] = deque([Busy(10 * MINUTE)])
    notifier.put(make_notice())
    assert list(notifier.run().again.values()) == [10 * MINUTE]
    notifier.run()
    assert [said[0] for said in notifier.delivered] == ["slack"]


def test_with_all_channels_down_it_is_tried_again_and_the_order_kept() -> None:
    notifier = FakeNotifier()
    notifier.outcomes = {SLACK: deque([Down("x")]), EMAIL: deque([Down("y")])}
    notifier.put(make_notice("DoeJohn-A", Say.WARNING), make_notice("DoeJohn-A", Say.STOPPED, 0.1))
    assert len(notifier.run().again) == 2
    assert notifier.delivered == []
    notifier.run()
    assert [said[2].split()[0] for said in notifier.delivered] == ["Please", "Stopped:"]


def test_a_later_notice_waits_for_an_earlier_one_of_another_batch() -> None:
    notifier = FakeNotifier()
    notifier.outcomes = {SLACK: deque([Down("x")]), EMAIL: deque([Down("y")])}
    notifier.put(make_notice())
    notifier.run()
    first, notifier.queue = notifier.queue, []
    notifier.put(make_notice("DoeJohn-A", Say.STOPPED, 0.1))
    assert len(notifier.run().again) == 1
    notifier.queue = first
    notifier.run()
    assert [said[2].split()[0] for said in notifier.delivered] == ["Please"]


def test_an_owner_whom_nothing_reaches_is_given_to_the_admins_once() -> None:
    notifier = FakeNotifier()
    notifier.outcomes = {SLACK: deque([Refused("user_not_found")]), EMAIL: deque([Refused("no")])}
    notifier.put(make_notice())
    assert notifier.run().again == {}
    assert [said[:2] for said in notifier.delivered] == [("slack", "the admins")]
    assert "John Doe, who could not be reached (slack: user_not_found; email: no)" in (
        notifier.messages[0].note
    )
    assert notifier.unreached == ["johndoe"]
    notifier.put(make_notice())
    notifier.run()
    assert len(notifier.delivered) == 1


def test_patience_ends_and_the_admins_hear() -> None:
    notifier = FakeNotifier("digest_above = 100", SLACK, SNS)
    notifier.outcomes[SLACK] = Busy(MINUTE)
    notifier.put(make_notice())
    for _ in range(8):
        assert notifier.run().again
    assert notifier.run().again == {}
    assert [said[:2] for said in notifier.delivered] == [("sns", "the admins")]


def test_without_any_channel_set_up_the_admins_hear_in_plain_text() -> None:
    notifier = FakeNotifier("digest_above = 100", SNS)
    notifier.put(make_notice())
    notifier.run()
    assert notifier.delivered[0][:2] == ("sns", "the admins")
    assert "no channel is set up for them" in notifier.messages[0].note


def test_two_owners_who_cannot_be_reached_make_one_message_to_the_admins() -> None:
    notifier = FakeNotifier("digest_above = 100", EMAIL, SNS)
    notifier.outcomes[EMAIL] = Refused("no")
    notifier.creators["notebook-instance/doejohn-a"] = "jane.roe"
    notifier.put(make_notice())
    notifier.run()
    assert [said[:2] for said in notifier.delivered] == [("sns", "the admins")]
    assert sorted(notifier.unreached) == ["janeroe", "johndoe"]


def test_what_another_hands_to_the_admins_is_not_given_up_before_it_is_sent() -> None:
    notifier = FakeNotifier("digest_above = 100", EMAIL, SNS)
    notifier.outcomes[EMAIL] = Refused("no")
    notice = make_notice()
    row = Delivery(
        to="admins", notice=notice.id, at=at(0), status=DeliveryStatus.CLAIMED, until=at(1)
    )
    notifier.rows["admins", notice.id] = row
    notifier.put(notice)
    assert notifier.run().again
    assert (notifier.delivered, notifier.unreached) == ([], [])


def test_the_admins_are_never_given_up() -> None:
    notifier = FakeNotifier("digest_above = 100", SNS)
    notifier.outcomes[SNS] = Refused("NotFound")
    notifier.put(make_notice(owner=NoticeOwner()))
    for _ in range(14):
        tried = notifier.run()
        assert tried.again
        assert tried.numbers["AdminsNotReached"] == 1
    notifier.put(make_notice("DoeJohn-B"))
    assert len(notifier.run().again) == 2
    assert notifier.unreached == []


def test_admins_who_hear_instead_of_an_owner_are_tried_as_often_as_for_themselves() -> None:
    notifier = FakeNotifier("digest_above = 100", SNS)
    notifier.outcomes[SNS] = Refused("NotFound")
    notifier.put(make_notice())
    tried = [notifier.run().numbers for _ in range(3)]
    assert notifier.now < at(0) + timedelta(seconds=30)
    assert [numbers["AdminsNotReached"] for numbers in tried] == [1, 1, 1]
    assert [numbers["NoticesRepeated"] for numbers in tried] == [0, 0, 0]


def test_a_room_that_cannot_be_reached_is_only_counted() -> None:
    notifier = FakeNotifier("digest_above = 100", SLACK, Channel.CHAT)
    notifier.outcomes[Channel.CHAT] = Refused("no")
    notifier.put(make_notice())
    notifier.run()
    assert [said[:2] for said in notifier.delivered] == [("slack", "John Doe")]
    assert notifier.unreached == ["feed-chat"]


def test_what_cannot_be_read_fails_no_other() -> None:
    notifier = FakeNotifier()
    notifier.enqueue("not JSON")
    notifier.put(make_notice())
    done = notifier.run()
    assert len(notifier.delivered) == len(done.errors) == len(done.again) == 1
    assert done.numbers["MessagesUnreadable"] == 1


class Broken(dict[str, str]):
    """A ledger that cannot be read for one resource."""

    def get(self, key: str, default: Any = None) -> Any:
        if key.endswith("-b"):
            raise OSError(key)
        return default


def test_what_breaks_fails_no_other_and_goes_back() -> None:
    notifier = FakeNotifier()
    notifier.creators = Broken()
    notifier.put(make_notice("DoeJohn-B"), make_notice("DoeJohn-A"))
    done = notifier.run()
    assert [type(error) for error in done.errors.values()] == [OSError]
    assert list(done.errors) == list(done.again)
    assert [said[2].split()[2] for said in notifier.delivered] == ["DoeJohn-A"]


def test_what_somebody_else_is_sending_is_left_to_them_for_a_while() -> None:
    notifier = FakeNotifier()
    notice = make_notice()
    row = Delivery(
        to="johndoe", notice=notice.id, at=at(0), status=DeliveryStatus.CLAIMED, until=at(1)
    )
    notifier.rows["johndoe", notice.id] = row
    notifier.put(notice)
    assert notifier.run().again
    assert notifier.delivered == []


def test_more_than_a_few_become_one_digest_in_order() -> None:
    notifier = FakeNotifier('digest_above = 2\ndigest_within = "5m"')
    notifier.put(*(make_notice(f"DoeJohn-{n}", hours=n / 1000) for n in range(6)))
    notifier.run()
    assert len(notifier.delivered) == 2
    assert notifier.run().again
    notifier.run()
    assert [said[2] for said in notifier.delivered[2:]] == ["4 updates"]
    points = notifier.messages[-1].sections[0].points
    assert [point.split()[1] for point in points] == [f"DoeJohn-{n}:" for n in range(2, 6)]
    notifier.run()
    assert len(notifier.delivered) == 3


def digest_of(number: int) -> FakeNotifier:
    """Let so many notices wait for one digest."""
    notifier = FakeNotifier('digest_above = 0\ndigest_within = "5m"')
    notifier.put(*(make_notice(f"DoeJohn-{n}", hours=n / 1000) for n in range(number)))
    notifier.run()
    assert notifier.delivered == []
    return notifier


def named(notifier: FakeNotifier) -> list[str]:
    """List what the digests name, as Slack shows them."""
    shown = [f"{message.heading} {render(message)}" for message in notifier.messages]
    return [
        name
        for text in shown
        for name in re.findall(r"(?:WARNING |^Please fix )(DoeJohn-\d+)", text)
    ]


@pytest.mark.parametrize("number", [1, 20, 21, 75])
def test_a_digest_names_each_thing_in_as_many_messages_as_that_needs(number: int) -> None:
    notifier = digest_of(number)
    for _ in range(3):
        notifier.run()
    assert named(notifier) == [f"DoeJohn-{n}" for n in range(number)]
    assert all(row.status is DeliveryStatus.SENT for row in notifier.rows.values())


@pytest.mark.parametrize("killed_after", range(0, 52, 3))
def test_a_digest_of_several_messages_goes_on_where_it_was_killed(killed_after: int) -> None:
    notifier = digest_of(45)
    writes = iter(range(1000))

    def mark(row: Delivery) -> None:
        if next(writes) == killed_after:
            raise KeyboardInterrupt
        notifier.deliveries.mark(row)

    ports = notifier.ports
    digest = [m for m in notifier.queue if "costguard.later" in m.body]
    dying = replace(ports, deliveries=override(ports.deliveries, mark=mark))
    notifier.now = at(0) + 6 * MINUTE
    with suppress(KeyboardInterrupt):
        deliver(dying, digest, now=lambda: notifier.now)
    for _ in range(4):
        notifier.now += 10 * MINUTE
        notifier.run()
    said = named(notifier)
    assert sorted(set(said)) == sorted(f"DoeJohn-{n}" for n in range(45))
    assert len(said) <= 45 + 20  # the message that was in hand, once more


def test_a_digest_that_failed_halfway_keeps_nothing_of_the_resource_waiting() -> None:
    notifier = digest_of(2)
    notifier.outcomes[SLACK] = notifier.outcomes[EMAIL] = Refused("no such user")
    lost = 0

    def mark(row: Delivery) -> None:
        nonlocal lost
        if row.to == "johndoe" and not row.notice.startswith("digest"):
            lost += 1
            raise OSError
        notifier.deliveries.mark(row)

    refusing = replace(notifier.ports, deliveries=override(notifier.deliveries, mark=mark))
    batch = [m for m in notifier.queue if "costguard.later" in m.body]
    notifier.now = at(0) + 6 * MINUTE
    deliver(refusing, batch, now=lambda: notifier.now)
    assert lost == 1
    notifier.queue = []  # the digest itself became a dead letter
    notifier.policy = FakeNotifier().policy  # the next one is sent at once
    notifier.put(make_notice("DoeJohn-0", stage=Say.STOPPED, hours=0.2))
    for _ in range(3):
        notifier.run()
    assert notifier.queue == []
    assert notifier.rows["johndoe", next(iter(notifier.published))].status is DeliveryStatus.FAILED
    assert [said[2] for said in notifier.delivered] == ["2 updates", "Stopped: DoeJohn-0"]


def test_two_digests_of_one_moment_that_go_to_the_admins_are_both_sent() -> None:
    notifier = FakeNotifier('digest_above = 0\ndigest_within = "5m"')
    notifier.outcomes[SLACK] = notifier.outcomes[EMAIL] = Refused("no such user")
    notifier.put(
        *(make_notice(f"{who}-{n}") for who in ("DoeJohn", "RoeJane") for n in range(2)),
        *(make_notice(f"x-{n}", stage=Say.FAILED) for n in range(2)),
    )
    for _ in range(4):
        notifier.run()
    told = " ".join(message.subject for message in notifier.messages)
    assert all(f"{who}-1" in told for who in ("DoeJohn", "RoeJane", "x"))
    assert len(notifier.messages) == 3


@pytest.mark.parametrize(("seconds", "asked"), [(60, 1), (290, 2)])
def test_what_joins_a_digest_at_the_last_moment_asks_for_it_again(seconds: int, asked: int) -> None:
    notifier = digest_of(1)
    digest, notifier.queue = notifier.queue, []
    notifier.now = at(0) + timedelta(seconds=seconds)
    notifier.put(make_notice("DoeJohn-7", hours=seconds / 3600))
    notifier.run()  # while the digest may go out already
    notifier.queue += digest
    assert sum("costguard.later" in message.body for message in notifier.queue) == asked
    for _ in range(3):
        notifier.run()
    assert named(notifier) == ["DoeJohn-0", "DoeJohn-7"]


def test_a_stop_in_a_digest_takes_along_the_warning_that_waits_for_the_morning() -> None:
    notifier = FakeNotifier('digest_above = 0\ndigest_within = "5m"\nquiet = "22:00-07:00"')
    notifier.now = at(15)  # 23:00 in Chicago
    late = NoticeFinding(rule="naming", reason="x", remedy="y", deadline=at(40))
    warning = make_notice(hours=15, findings=(late,), deadline=at(40))
    other = make_notice("DoeJohn-B", hours=15, findings=(late,), deadline=at(40))
    notifier.put(warning, other)
    notifier.run()
    notifier.now = at(15.5)
    notifier.put(make_notice(stage=Say.STOPPED, hours=15.5))
    notifier.run()
    for _ in range(6):
        notifier.run()
    digest, alone = notifier.messages
    points = [point.split(":")[0] for point in digest.sections[0].points]
    assert points == ["WARNING DoeJohn-A", "STOPPED DoeJohn-A"]
    assert "DoeJohn-B" in alone.heading


def test_a_duplicate_of_what_waits_waits_with_it() -> None:
    notifier = FakeNotifier('digest_above = 0\ndigest_within = "5m"')
    notifier.put(make_notice(), make_notice())
    for _ in range(4):
        notifier.run()
    assert len(notifier.delivered) == 1


def test_what_waits_asks_for_one_digest_and_again_if_that_may_be_lost() -> None:
    notifier = FakeNotifier("digest_above = 0")
    notifier.put(make_notice("DoeJohn-A"), make_notice("DoeJohn-B"), make_notice("DoeJohn-A"))
    first = notifier.queue[0]
    notifier.run()
    assert len(notifier.queue) == 1
    notifier.queue.append(replace(first, tries=2))
    notifier.run()
    assert len(notifier.queue) == 2


def test_a_digest_that_was_sent_but_not_written_down_is_not_sent_again() -> None:
    notifier = FakeNotifier("digest_above = 0")
    notifier.put(make_notice())
    notifier.run()
    due = notifier.now + 5 * MINUTE
    sent = Delivery(
        to="johndoe", notice=f"digest {due.isoformat()}", at=due, status=DeliveryStatus.SENT
    )
    notifier.rows["johndoe", sent.notice] = sent
    notifier.run()
    notifier.run()
    assert not notifier.delivered
    assert not notifier.queue
    assert {row.status for row in notifier.rows.values()} == {DeliveryStatus.SENT}


def test_a_digest_that_cannot_be_sent_is_tried_again_and_given_to_the_admins_at_last() -> None:
    notifier = FakeNotifier("digest_above = 1", EMAIL, SNS)
    notifier.put(make_notice("DoeJohn-A"), make_notice("DoeJohn-B"), make_notice("DoeJohn-C"))
    notifier.run()
    notifier.outcomes[EMAIL] = Down("x")
    for _ in range(12):
        notifier.run()
    assert [said[:2] for said in notifier.delivered] == [
        ("email", "John Doe"),
        ("sns", "the admins"),
    ]
    assert notifier.unreached == ["johndoe"]


def test_a_digest_that_somebody_else_is_sending_is_left_to_them() -> None:
    notifier = FakeNotifier("digest_above = 0")
    notifier.put(make_notice())
    notifier.run()
    due = notifier.now + 5 * MINUTE
    claimed = Delivery(
        to="johndoe",
        notice=f"digest {due.isoformat()}",
        at=due,
        status=DeliveryStatus.CLAIMED,
        until=at(9),
    )
    notifier.rows["johndoe", claimed.notice] = claimed
    notifier.run()
    assert notifier.run().again
    assert notifier.delivered == []


NIGHT = 'quiet = "22:00-07:00"\ndigest_above = 100'


def at_night(notifier: FakeNotifier, *notices: Notice) -> None:
    notifier.now = at(15)  # 23:00 in Chicago
    notifier.put(*notices)


def test_what_can_wait_is_said_in_the_morning() -> None:
    notifier = FakeNotifier(NIGHT)
    at_night(notifier, make_notice(stage=Say.ALL_CLEAR, hours=15))
    assert notifier.run().numbers["NoticesHeld"] == 1
    notifier.run()
    assert notifier.delivered == []
    notifier.run()
    assert len(notifier.delivered) == 1


def test_a_stop_in_the_night_is_said_at_once_and_after_what_waited() -> None:
    notifier = FakeNotifier(NIGHT)
    at_night(
        notifier,
        make_notice(stage=Say.ALL_CLEAR, hours=15),
        make_notice("DoeJohn-B", Say.ALL_CLEAR, 15),
    )
    notifier.run()
    at_night(notifier, make_notice(stage=Say.STOPPED, hours=15.1))
    notifier.run()
    assert [said[2] for said in notifier.delivered] == [
        "All clear: DoeJohn-A",
        "Stopped: DoeJohn-A",
    ]


def test_what_waited_is_said_first_even_where_the_channel_was_down() -> None:
    notifier = FakeNotifier(NIGHT, SLACK)
    at_night(notifier, make_notice(stage=Say.ALL_CLEAR, hours=15))
    notifier.run()
    notifier.queue.clear()
    notifier.outcomes[SLACK] = deque([Down("x")])
    at_night(notifier, make_notice(stage=Say.STOPPED, hours=15.1))
    assert notifier.run().again
    notifier.run()
    assert [said[2] for said in notifier.delivered] == [
        "All clear: DoeJohn-A",
        "Stopped: DoeJohn-A",
    ]


def warned(notifier: FakeNotifier, deadline: datetime) -> None:
    marks = {"missing-tags": mark(FindingState.WARNED, deadline)}
    notifier.cases[ResourceRef("notebook-instance", "DoeJohn-A").key] = case_of(
        notebook(), findings=marks
    )


@pytest.mark.parametrize(("hours", "said"), [(4, 2), (9, 1)])
def test_a_warning_that_still_stands_is_reminded_of_once(hours: float, said: int) -> None:
    notifier = FakeNotifier('remind = "1h"')
    warned(notifier, at(hours))
    notifier.put(make_notice())
    for _ in range(3):
        notifier.run()
    assert len(notifier.delivered) == said
    assert notifier.queue == []


def test_a_warning_that_was_fixed_is_not_reminded_of() -> None:
    notifier = FakeNotifier('remind = "1h"')
    notifier.put(make_notice())
    for _ in range(3):
        notifier.run()
    assert len(notifier.delivered) == 1


def test_a_message_for_later_is_hidden_until_it_is_due() -> None:
    notifier = FakeNotifier()
    notifier.enqueue(encode_deferred(DeferredMessage(due=at(20), to="johndoe")))
    assert list(notifier.run().again.values()) == [timedelta(hours=11, minutes=55)]
    assert list(notifier.run().again.values()) == [timedelta(hours=8, minutes=5)]
    assert notifier.run().again == {}


def test_a_stop_does_not_overtake_a_digest_that_comes_late() -> None:
    notifier = FakeNotifier('digest_above = 1\ndigest_within = "1m"')
    notifier.put(make_notice(id="1"), make_notice(id="2", hours=0.001))
    notifier.run()
    notifier.outcomes = {SLACK: Busy(10 * MINUTE)}
    notifier.run()
    waiting, notifier.queue, notifier.outcomes, notifier.now = notifier.queue, [], {}, at(0.1)
    notifier.put(make_notice(id="3", stage=Say.STOPPED, hours=0.1))
    notifier.run()
    notifier.queue = waiting
    notifier.run()
    assert [letter.ref for letter in notifier.messages] == ["1", "2", "3"]


def test_a_stop_takes_along_what_a_full_digest_did_not_name() -> None:
    notifier = FakeNotifier('digest_above = 0\ndigest_within = "1m"')
    notifier.put(make_notice(id="1"))
    notifier.run()
    notifier.queue = []
    due = at(0) + MINUTE
    full = Delivery(
        to="johndoe",
        notice=f"digest {due.isoformat()}",
        at=due,
        status=DeliveryStatus.SENT,
        named="others",
    )
    notifier.rows["johndoe", full.notice] = full
    notifier.put(make_notice(id="2", stage=Say.STOPPED, hours=0.1))
    notifier.policy, notifier.now = FakeNotifier("digest_above = 9").policy, at(0.1)
    notifier.run()
    assert [letter.ref for letter in notifier.messages] == ["1", "2"]


def test_a_stop_waits_for_what_the_night_held_back_where_the_channel_is_busy() -> None:
    notifier = FakeNotifier(NIGHT, SLACK)
    at_night(notifier, make_notice(stage=Say.ALL_CLEAR, hours=15))
    notifier.run()
    notifier.queue.clear()
    notifier.outcomes[SLACK] = deque([Busy(MINUTE)])
    at_night(notifier, make_notice(stage=Say.STOPPED, hours=15.1))
    notifier.run()
    notifier.run()
    assert [said[2].split(":")[0] for said in notifier.delivered] == ["All clear", "Stopped"]


def test_500_notices_in_a_minute_are_all_said_in_a_few_messages() -> None:
    notifier = FakeNotifier('digest_above = 5\ndigest_within = "1m"')
    names = [f"DoeJohn-{n % 50}" for n in range(500)]
    notifier.put(
        *(make_notice(name, id=f"n{n:03}", hours=n / 36000) for n, name in enumerate(names))
    )
    waiting = notifier.queue
    for start in range(0, 500, 10):
        notifier.queue = waiting[start : start + 10]
        assert not notifier.run().errors
        waiting += notifier.queue
    notifier.queue = waiting[500:]
    while notifier.queue:
        notifier.run()
    assert len(notifier.delivered) <= 5 + 500 / MOST_NAMED + 1
    sent = [r for r in notifier.rows.values() if r.notice.startswith("n")]
    assert {row.status for row in sent} == {DeliveryStatus.SENT}
    assert len(sent) == 500


def order_said(notifier: FakeNotifier) -> dict[str, list[int]]:
    """Read the deadlines of each resource, in minutes of the day, in the order they were said."""
    said: dict[str, list[int]] = {}
    for letter in notifier.messages:
        lines = letter.sections[0].points if letter.stage == "digest" else (letter.heading,)
        for line in lines:
            found = re.search(r"(DoeJohn-\d+).* (\d\d):(\d\d)", line)
            assert found
            said.setdefault(found[1], []).append(int(found[2]) * 60 + int(found[3]))
    return said


def test_of_500_notices_those_of_a_resource_are_said_in_the_order_of_their_time() -> None:
    notifier = FakeNotifier('digest_above = 5\ndigest_within = "5s"')
    for start in range(0, 500, 10):
        notifier.now = at(start / 30000)
        for n in reversed(range(start, start + 10)):  # a batch comes in any order
            ends = at(4) + n * MINUTE  # tells it from the others in a digest
            notifier.put(
                make_notice(f"DoeJohn-{n % 7}", id=f"n{n:03}", hours=n / 30000, deadline=ends)
            )
        notifier.run()
    while notifier.queue:
        notifier.run()
    digests = [letter for letter in notifier.messages if letter.stage == "digest"]
    assert 1 < len(digests) < len(notifier.messages)
    noon = 12 * 60
    assert order_said(notifier) == {
        f"DoeJohn-{n}": list(range(noon + n, noon + 500, 7)) for n in range(7)
    }


def test_each_delivery_is_logged_with_its_notice_recipient_and_outcome() -> None:
    notifier = FakeNotifier("digest_above = 100", SLACK, EMAIL)
    notifier.outcomes[SLACK] = deque([Refused("no such user"), Busy(MINUTE)])
    notifier.put(make_notice())
    notifier.run()
    first, second = notifier.log
    keys = {
        "notice": make_notice().id,
        "resource": "notebook-instance/DoeJohn-A",
        "recipient": "johndoe",
    }
    assert first.items() >= {**keys, "outcome": "refused", "channel": "slack"}.items()
    assert first["why"] == "slack: no such user"
    assert second.items() >= {**keys, "outcome": "sent", "channel": "email"}.items()
    assert {line["correlation_id"] for line in notifier.log} == {"m0"}
    notifier.log.clear()
    notifier.put(make_notice("DoeJohn-B"))
    notifier.run()
    assert [line["outcome"] for line in notifier.log] == ["refused", "retried"]


def test_what_is_held_and_what_reaches_nobody_is_logged_too() -> None:
    notifier = FakeNotifier("digest_above = 0", EMAIL, SNS)
    notifier.put(make_notice())
    notifier.run()
    assert [line["outcome"] for line in notifier.log] == ["held"]
    assert datetime.fromisoformat(notifier.log[0]["until"]) > notifier.now
    notifier = FakeNotifier("digest_above = 100", EMAIL, SNS)
    notifier.outcomes[EMAIL] = Refused("no such address")
    notifier.put(make_notice())
    notifier.run()
    assert [(line["outcome"], line["recipient"]) for line in notifier.log] == [
        *(("refused", "johndoe"), ("refused", "admins")),
        *(("sent", "admins"), ("unreachable", "johndoe")),
    ]


def test_an_address_that_a_notice_gives_is_nobodys_and_is_not_logged() -> None:
    notifier = FakeNotifier("digest_above = 100", EMAIL, SNS)
    address = "guest@example.org"
    notifier.put(replace(make_notice("a-job"), owner=NoticeOwner(email=address)))
    notifier.run()
    assert [line["recipient"] for line in notifier.log] == ["admins"]
    assert address not in str(notifier.log)


def test_a_notice_that_nobody_published_is_counted_logged_and_told_to_nobody() -> None:
    notifier = FakeNotifier()
    notifier.forge(make_notice())
    for tries in range(1, 4):
        done = notifier.run()
        assert done.again.keys() == {"m0"}  # until it is a dead letter
        assert notifier.numbers[tries - 1]["NoticesNotOurs"] == 1
    assert notifier.delivered == []
    assert notifier.rows == {}
    assert {line["outcome"] for line in notifier.log} == {"not-ours"}


def test_what_is_said_and_to_whom_is_what_was_published_whatever_a_message_says() -> None:
    notifier, ours = FakeNotifier(), make_notice()
    notifier.published[ours.id] = ours
    forged = NoticeFinding(rule="pay", reason="Pay at http://evil.example", remedy="now")
    notifier.forge(
        replace(ours, owner=NoticeOwner(name="Jane Roe"), findings=(forged,), stage=Say.STOPPED)
    )
    notifier.run()
    assert [said[:2] for said in notifier.delivered] == [("slack", "John Doe")]
    assert "evil" not in str(notifier.messages)


def test_a_forged_notice_keeps_nothing_of_ours_waiting() -> None:
    notifier = FakeNotifier()
    notifier.forge(make_notice(id="forged", time=at(0) - MINUTE))
    notifier.put(make_notice())
    done = notifier.run()
    assert list(done.again) == ["m0"]
    assert len(notifier.delivered) == 1


def test_a_reminder_of_a_notice_that_nobody_published_is_not_sent() -> None:
    notifier, forged = FakeNotifier(), make_notice()
    notifier.defer(DeferredMessage(due=at(0), remind=forged), at(0))
    assert notifier.run().numbers["NoticesNotOurs"] == 1
    assert notifier.delivered == []


def test_an_addressee_whom_routing_names_no_more_is_given_up_and_not_told() -> None:
    notifier = FakeNotifier()
    notice = replace(make_notice(), owner=NoticeOwner(name="Jane Roe"), addressees=("johndoe",))
    notifier.put(notice)
    notifier.run()
    assert notifier.delivered == []
    assert notifier.rows["johndoe", notice.id].status is DeliveryStatus.FAILED
    notifier.put(notice)
    notifier.run()
    assert len(notifier.rows) == 1
