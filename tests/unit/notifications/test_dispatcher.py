"""Delivery that can be trusted, without AWS: one small post office in memory."""

import json
import re
from collections import deque
from copy import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from costguard.enforcement.case import Case, FindingState, is_still_due
from costguard.enforcement.notice_builder import build_notice
from costguard.notifications.batch import BatchResult, QueueMessage
from costguard.notifications.delivery import (
    Busy,
    Delivery,
    DeliveryStatus,
    Down,
    Refused,
    SendOutcome,
    Sent,
)
from costguard.notifications.dispatcher import deliver
from costguard.notifications.message import Message
from costguard.notifications.notice import DeferredMessage, Notice, NoticeFinding, NoticeOwner
from costguard.notifications.notice import NoticeStage as Say
from costguard.notifications.ports import NotificationPorts
from costguard.notifications.schema import encode_deferred, encode_notice
from costguard.ownership.channel import Channel
from costguard.ownership.directory import Person
from costguard.policy.loader import parse_policy
from costguard.resources.model import ResourceRef
from tests.factories import LogLines, at, mark, notebook, policy
from tests.factories import case as case_of
from tests.fakes import InMemoryDeliveries

MINUTE = timedelta(minutes=1)
SLACK, EMAIL, SNS = Channel.SLACK, Channel.EMAIL, Channel.SNS


class Office:
    """A queue, a ledger and channels that can be told how to answer."""

    def __init__(self, speech: str = "digest_above = 100", *channels: Channel) -> None:
        self.policy = replace(policy(), notify=parse_policy(f"[notify]\n{speech}").notify)
        self.answers: dict[Channel, deque[SendOutcome] | SendOutcome] = {}
        self.said: list[tuple[str, str, str]] = []  # channel, person, heading
        self.letters: list[Message] = []
        self.deliveries = InMemoryDeliveries()
        self.rows, self.lost = self.deliveries.rows, self.deliveries.lost
        self.queue: list[QueueMessage] = []
        self.numbers: list[dict[str, int]] = []
        self.log = LogLines()
        self.creators: dict[str, str] = {}
        self.cases: dict[str, Case] = {}
        self.channels = channels or (SLACK, EMAIL, SNS)
        self.now = at(0)
        self._names = count()

    def put(self, *notices: Notice) -> None:
        for each in notices:
            self._put(json.dumps(encode_notice(each)))

    def _put(self, body: str) -> None:
        name = f"m{next(self._names)}"
        self.queue.append(QueueMessage(id=name, body=body, sent=self.now, tries=1))

    def run(self) -> BatchResult:
        """Take everything off the queue as one batch; what goes back is taken later."""
        batch, self.queue = self.queue, []
        done = deliver(self.post, batch)
        self.queue += [replace(m, tries=m.tries + 1) for m in batch if m.id in done.again]
        return done

    def creator(self, ref: ResourceRef) -> str | None:
        return self.creators.get(ref.key)

    def is_still_due(self, ref: ResourceRef, deadline: datetime) -> bool:
        return is_still_due(self.cases.get(ref.key), deadline)

    def defer(self, later: DeferredMessage) -> None:
        self._put(encode_deferred(later))

    @property
    def post(self) -> NotificationPorts:
        return NotificationPorts(
            policy=self.policy,
            senders={channel: Counter(self, channel) for channel in self.channels},
            creators=self,
            warnings=self,
            deliveries=self.deliveries,
            turns=self.deliveries,
            deferrals=self,
            count=lambda numbers: self.numbers.append(dict(numbers)),
            log=self.log,
        )


class Counter:
    """Where one channel is handed its messages; it answers as it was told."""

    def __init__(self, office: Office, channel: Channel) -> None:
        self.office, self.channel = office, channel

    def send(self, letter: Message, person: Person) -> SendOutcome:
        told = self.office.answers.get(self.channel, Sent())
        answer = (told.popleft() if told else Sent()) if isinstance(told, deque) else told
        if isinstance(answer, Sent):
            self.office.said.append((self.channel.value, person.name, letter.heading))
            self.office.letters.append(letter)
        return answer


def told(
    name: str = "DoeJohn-A", stage: Say = Say.WARNING, hours: float = 0, **changes: Any
) -> Notice:
    """Make a notice of a notebook, so many hours into the day, with a deadline at four."""
    tags = {"Name": "Jane Roe" if name.startswith("RoeJane") else "John Doe"}
    point = NoticeFinding(rule="missing-tags", reason="no tags", remedy="add them", deadline=at(4))
    given = notebook(name, tags=tags)
    made = build_notice(stage, given, [point], policy(), now=at(hours))
    return replace(made, **changes)


def test_the_first_channel_that_takes_it_is_enough() -> None:
    office = Office()
    office.put(told())
    assert office.run().again == {}
    assert [said[:2] for said in office.said] == [("slack", "John Doe")]
    assert office.numbers[0]["NoticesDelivered"] == 1


def test_ten_duplicates_are_said_once() -> None:
    office = Office()
    office.put(*[told()] * 10)
    office.run()
    office.run()
    assert len(office.said) == 1
    assert office.queue == []


@pytest.mark.parametrize("outcome", [Refused("invalid_auth"), Down("HTTP 503")])
def test_a_channel_that_fails_falls_back_to_the_next(outcome: SendOutcome) -> None:
    office = Office()
    office.answers[SLACK] = outcome
    office.put(told())
    assert office.run().again == {}
    assert [said[0] for said in office.said] == ["email"]


def test_a_channel_that_is_down_is_not_asked_again_in_a_batch() -> None:
    office = Office()
    office.answers[SLACK] = Down("HTTP 503")
    office.put(told("DoeJohn-A"), told("DoeJohn-B"))
    assert office.run().numbers["ChannelFailures"] == 1
    assert [said[0] for said in office.said] == ["email", "email"]


def test_a_channel_that_asks_for_time_is_given_it() -> None:
    office = Office()
    office.answers[SLACK] = deque([Busy(10 * MINUTE)])
    office.put(told())
    assert list(office.run().again.values()) == [10 * MINUTE]
    office.run()
    assert [said[0] for said in office.said] == ["slack"]


def test_with_all_channels_down_it_is_tried_again_and_the_order_kept() -> None:
    office = Office()
    office.answers = {SLACK: deque([Down("x")]), EMAIL: deque([Down("y")])}
    office.put(told("DoeJohn-A", Say.WARNING), told("DoeJohn-A", Say.STOPPED, 0.1))
    assert len(office.run().again) == 2
    assert office.said == []
    office.run()
    assert [said[2].split()[0] for said in office.said] == ["Please", "Stopped:"]


def test_a_later_notice_waits_for_an_earlier_one_of_another_batch() -> None:
    office = Office()
    office.answers = {SLACK: deque([Down("x")]), EMAIL: deque([Down("y")])}
    office.put(told())
    office.run()
    first, office.queue = office.queue, []
    office.put(told("DoeJohn-A", Say.STOPPED, 0.1))
    assert len(office.run().again) == 1
    office.queue = first
    office.run()
    assert [said[2].split()[0] for said in office.said] == ["Please"]


def test_an_owner_whom_nothing_reaches_is_given_to_the_admins_once() -> None:
    office = Office()
    office.answers = {SLACK: deque([Refused("user_not_found")]), EMAIL: deque([Refused("no")])}
    office.put(told())
    assert office.run().again == {}
    assert [said[:2] for said in office.said] == [("slack", "the admins")]
    assert "John Doe, who could not be reached (slack: user_not_found; email: no)" in (
        office.letters[0].note
    )
    assert office.lost == ["johndoe"]
    office.put(told())
    office.run()
    assert len(office.said) == 1


def test_patience_ends_and_the_admins_hear() -> None:
    office = Office("digest_above = 100", SLACK, SNS)
    office.answers[SLACK] = Busy(MINUTE)
    office.put(told())
    for _ in range(8):
        assert office.run().again
    assert office.run().again == {}
    assert [said[:2] for said in office.said] == [("sns", "the admins")]


def test_without_any_channel_set_up_the_admins_hear_in_plain_text() -> None:
    office = Office("digest_above = 100", SNS)
    office.put(told())
    office.run()
    assert office.said[0][:2] == ("sns", "the admins")
    assert "no channel is set up for them" in office.letters[0].note


def test_two_owners_who_cannot_be_reached_make_one_message_to_the_admins() -> None:
    office = Office("digest_above = 100", EMAIL, SNS)
    office.answers[EMAIL] = Refused("no")
    office.creators["notebook-instance/doejohn-a"] = "jane.roe"
    office.put(told())
    office.run()
    assert [said[:2] for said in office.said] == [("sns", "the admins")]
    assert sorted(office.lost) == ["janeroe", "johndoe"]


def test_what_another_hands_to_the_admins_is_not_given_up_before_it_is_sent() -> None:
    office = Office("digest_above = 100", EMAIL, SNS)
    office.answers[EMAIL] = Refused("no")
    notice = told()
    row = Delivery(
        to="admins", notice=notice.id, at=at(0), status=DeliveryStatus.CLAIMED, until=at(1)
    )
    office.rows["admins", notice.id] = row
    office.put(notice)
    assert office.run().again
    assert (office.said, office.lost) == ([], [])


def test_the_admins_are_never_given_up() -> None:
    office = Office("digest_above = 100", SNS)
    office.answers[SNS] = Refused("NotFound")
    office.put(told(owner=NoticeOwner()))
    for _ in range(14):
        assert office.run().again
    office.put(told("DoeJohn-B"))
    assert len(office.run().again) == 2
    assert office.lost == []


def test_a_room_that_cannot_be_reached_is_only_counted() -> None:
    office = Office("digest_above = 100", SLACK, Channel.CHAT)
    office.answers[Channel.CHAT] = Refused("no")
    office.put(told())
    office.run()
    assert [said[:2] for said in office.said] == [("slack", "John Doe")]
    assert office.lost == ["feed-chat"]


def test_what_cannot_be_read_fails_no_other() -> None:
    office = Office()
    office._put("not JSON")
    office.put(told())
    done = office.run()
    assert len(office.said) == len(done.errors) == len(done.again) == 1
    assert done.numbers["MessagesUnreadable"] == 1


class Broken(dict[str, str]):
    """A ledger that cannot be read for one resource."""

    def get(self, key: str, default: Any = None) -> Any:
        if key.endswith("-b"):
            raise OSError(key)
        return default


def test_what_breaks_fails_no_other_and_goes_back() -> None:
    office = Office()
    office.creators = Broken()
    office.put(told("DoeJohn-B"), told("DoeJohn-A"))
    done = office.run()
    assert [type(error) for error in done.errors.values()] == [OSError]
    assert list(done.errors) == list(done.again)
    assert [said[2].split()[2] for said in office.said] == ["DoeJohn-A"]


def test_what_somebody_else_is_sending_is_left_to_them_for_a_while() -> None:
    office = Office()
    notice = told()
    row = Delivery(
        to="johndoe", notice=notice.id, at=at(0), status=DeliveryStatus.CLAIMED, until=at(1)
    )
    office.rows["johndoe", notice.id] = row
    office.put(notice)
    assert office.run().again
    assert office.said == []


def test_more_than_a_few_become_one_digest_in_order() -> None:
    office = Office('digest_above = 2\ndigest_within = "5m"')
    office.put(*(told(f"DoeJohn-{n}", hours=n / 1000) for n in range(6)))
    office.run()
    assert len(office.said) == 2
    assert office.run().again
    office.run()
    assert [said[2] for said in office.said[2:]] == ["4 updates"]
    points = office.letters[-1].sections[0].points
    assert [point.split()[1] for point in points] == [f"DoeJohn-{n}:" for n in range(2, 6)]
    office.run()
    assert len(office.said) == 3


def test_a_duplicate_of_what_waits_waits_with_it() -> None:
    office = Office('digest_above = 0\ndigest_within = "5m"')
    office.put(told(), told())
    for _ in range(4):
        office.run()
    assert len(office.said) == 1


def test_what_waits_asks_for_one_digest_and_again_if_that_may_be_lost() -> None:
    office = Office("digest_above = 0")
    office.put(told("DoeJohn-A"), told("DoeJohn-B"), told("DoeJohn-A"))
    first = office.queue[0]
    office.run()
    assert len(office.queue) == 1
    office.queue.append(replace(first, tries=2))
    office.run()
    assert len(office.queue) == 2


def test_a_digest_that_was_sent_but_not_written_down_is_not_sent_again() -> None:
    office = Office("digest_above = 0")
    office.put(told())
    office.run()
    due = office.now + 5 * MINUTE
    sent = Delivery(
        to="johndoe", notice=f"digest {due.isoformat()}", at=due, status=DeliveryStatus.SENT
    )
    office.rows["johndoe", sent.notice] = sent
    office.run()
    office.run()
    assert not office.said
    assert not office.queue
    assert {row.status for row in office.rows.values()} == {DeliveryStatus.SENT}


def test_a_digest_that_cannot_be_sent_is_tried_again_and_given_to_the_admins_at_last() -> None:
    office = Office("digest_above = 1", EMAIL, SNS)
    office.put(told("DoeJohn-A"), told("DoeJohn-B"), told("DoeJohn-C"))
    office.run()
    office.answers[EMAIL] = Down("x")
    for _ in range(12):
        office.run()
    assert [said[:2] for said in office.said] == [("email", "John Doe"), ("sns", "the admins")]
    assert office.lost == ["johndoe"]


def test_a_digest_that_somebody_else_is_sending_is_left_to_them() -> None:
    office = Office("digest_above = 0")
    office.put(told())
    office.run()
    due = office.now + 5 * MINUTE
    claimed = Delivery(
        to="johndoe",
        notice=f"digest {due.isoformat()}",
        at=due,
        status=DeliveryStatus.CLAIMED,
        until=at(9),
    )
    office.rows["johndoe", claimed.notice] = claimed
    office.run()
    assert office.run().again
    assert office.said == []


NIGHT = 'quiet = "22:00-07:00"\ndigest_above = 100'


def at_night(office: Office, *notices: Notice) -> None:
    office.now = at(15)  # 23:00 in Chicago
    office.put(*notices)


def test_what_can_wait_is_said_in_the_morning() -> None:
    office = Office(NIGHT)
    at_night(office, told(stage=Say.ALL_CLEAR, hours=15))
    assert office.run().numbers["NoticesHeld"] == 1
    office.run()
    assert office.said == []
    office.run()
    assert len(office.said) == 1


def test_a_stop_in_the_night_is_said_at_once_and_after_what_waited() -> None:
    office = Office(NIGHT)
    at_night(office, told(stage=Say.ALL_CLEAR, hours=15), told("DoeJohn-B", Say.ALL_CLEAR, 15))
    office.run()
    at_night(office, told(stage=Say.STOPPED, hours=15.1))
    office.run()
    assert [said[2] for said in office.said] == ["All clear: DoeJohn-A", "Stopped: DoeJohn-A"]


def test_what_waited_is_said_first_even_where_the_channel_was_down() -> None:
    office = Office(NIGHT, SLACK)
    at_night(office, told(stage=Say.ALL_CLEAR, hours=15))
    office.run()
    office.queue.clear()
    office.answers[SLACK] = deque([Down("x")])
    at_night(office, told(stage=Say.STOPPED, hours=15.1))
    assert office.run().again
    office.run()
    assert [said[2] for said in office.said] == ["All clear: DoeJohn-A", "Stopped: DoeJohn-A"]


def warned(office: Office, deadline: datetime) -> None:
    marks = {"missing-tags": mark(FindingState.WARNED, deadline)}
    office.cases[ResourceRef("notebook-instance", "DoeJohn-A").key] = case_of(
        notebook(), findings=marks
    )


@pytest.mark.parametrize(("hours", "said"), [(4, 2), (9, 1)])
def test_a_warning_that_still_stands_is_reminded_of_once(hours: float, said: int) -> None:
    office = Office('remind = "1h"')
    warned(office, at(hours))
    office.put(told())
    for _ in range(3):
        office.run()
    assert len(office.said) == said
    assert office.queue == []


def test_a_warning_that_was_fixed_is_not_reminded_of() -> None:
    office = Office('remind = "1h"')
    office.put(told())
    for _ in range(3):
        office.run()
    assert len(office.said) == 1


def test_a_message_for_later_is_hidden_until_it_is_due() -> None:
    office = Office()
    office._put(encode_deferred(DeferredMessage(due=at(20), to="johndoe")))
    assert list(office.run().again.values()) == [timedelta(hours=11, minutes=55)]
    assert list(office.run().again.values()) == [timedelta(hours=8, minutes=5)]
    assert office.run().again == {}


def test_a_stop_does_not_overtake_a_digest_that_comes_late() -> None:
    office = Office('digest_above = 1\ndigest_within = "1m"')
    office.put(told(id="1"), told(id="2", hours=0.001))
    office.run()
    office.answers = {SLACK: Busy(10 * MINUTE)}
    office.run()
    waiting, office.queue, office.answers, office.now = office.queue, [], {}, at(0.1)
    office.put(told(id="3", stage=Say.STOPPED, hours=0.1))
    office.run()
    office.queue = waiting
    office.run()
    assert [letter.ref for letter in office.letters] == ["1", "2", "3"]


def test_a_stop_waits_for_what_the_night_held_back_where_the_channel_is_busy() -> None:
    office = Office(NIGHT, SLACK)
    at_night(office, told(stage=Say.ALL_CLEAR, hours=15))
    office.run()
    office.queue.clear()
    office.answers[SLACK] = deque([Busy(MINUTE)])
    at_night(office, told(stage=Say.STOPPED, hours=15.1))
    office.run()
    office.run()
    assert [said[2].split(":")[0] for said in office.said] == ["All clear", "Stopped"]


def test_500_notices_in_a_minute_are_all_said_in_a_few_messages() -> None:
    office = Office('digest_above = 5\ndigest_within = "1m"')
    names = [f"DoeJohn-{n % 50}" for n in range(500)]
    office.put(*(told(name, id=f"n{n:03}", hours=n / 36000) for n, name in enumerate(names)))
    waiting = office.queue
    for start in range(0, 500, 10):
        office.queue = waiting[start : start + 10]
        assert not office.run().errors
        waiting += office.queue
    office.queue = waiting[500:]
    while office.queue:
        office.run()
    assert len(office.said) < 10
    sent = [r for r in office.rows.values() if r.notice.startswith("n")]
    assert {row.status for row in sent} == {DeliveryStatus.SENT}
    assert len(sent) == 500


def order_said(office: Office) -> dict[str, list[int]]:
    """Read the deadlines of each resource, in minutes of the day, in the order they were said."""
    said: dict[str, list[int]] = {}
    for letter in office.letters:
        lines = letter.sections[0].points if letter.stage == "digest" else (letter.heading,)
        for line in lines:
            found = re.search(r"(DoeJohn-\d+).* (\d\d):(\d\d)", line)
            assert found
            said.setdefault(found[1], []).append(int(found[2]) * 60 + int(found[3]))
    return said


def test_of_500_notices_those_of_a_resource_are_said_in_the_order_of_their_time() -> None:
    office = Office('digest_above = 5\ndigest_within = "5s"')
    for start in range(0, 500, 10):
        office.now = at(start / 30000)
        for n in reversed(range(start, start + 10)):  # a batch comes in any order
            ends = at(4) + n * MINUTE  # tells it from the others in a digest
            office.put(told(f"DoeJohn-{n % 7}", id=f"n{n:03}", hours=n / 30000, deadline=ends))
        office.run()
    while office.queue:
        office.run()
    digests = [letter for letter in office.letters if letter.stage == "digest"]
    assert 1 < len(digests) < len(office.letters)
    noon = 12 * 60
    assert order_said(office) == {
        f"DoeJohn-{n}": list(range(noon + n, noon + 500, 7)) for n in range(7)
    }


def test_each_delivery_is_logged_with_its_notice_recipient_and_outcome() -> None:
    office = Office("digest_above = 100", SLACK, EMAIL)
    office.answers[SLACK] = deque([Refused("no such user"), Busy(MINUTE)])
    office.put(told())
    office.run()
    first, second = office.log
    keys = {"notice": told().id, "resource": "notebook-instance/DoeJohn-A", "recipient": "johndoe"}
    assert first.items() >= {**keys, "outcome": "refused", "channel": "slack"}.items()
    assert first["why"] == "slack: no such user"
    assert second.items() >= {**keys, "outcome": "sent", "channel": "email"}.items()
    assert {line["correlation_id"] for line in office.log} == {"m0"}
    office.log.clear()
    office.put(told("DoeJohn-B"))
    office.run()
    assert [line["outcome"] for line in office.log] == ["refused", "retried"]


def test_what_is_held_and_what_reaches_nobody_is_logged_too() -> None:
    office = Office("digest_above = 0", EMAIL, SNS)
    office.put(told())
    office.run()
    assert [line["outcome"] for line in office.log] == ["held"]
    assert datetime.fromisoformat(office.log[0]["until"]) > office.now
    office = Office("digest_above = 100", EMAIL, SNS)
    office.answers[EMAIL] = Refused("no such address")
    office.put(told())
    office.run()
    assert [(line["outcome"], line["recipient"]) for line in office.log] == [
        *(("refused", "johndoe"), ("refused", "admins")),
        *(("sent", "admins"), ("unreachable", "johndoe")),
    ]


def test_an_address_in_place_of_a_name_is_not_logged() -> None:
    office = Office("digest_above = 100", EMAIL, SNS)
    address = "guest@example.org"
    office.put(replace(told("a-job"), owner=NoticeOwner(email=address)))
    office.run()
    assert [line["recipient"] for line in office.log] == ["guest"]
