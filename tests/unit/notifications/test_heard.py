"""A warning states the valid deadline, whenever a channel accepts it."""

from collections import deque
from collections.abc import Callable
from copy import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.enforcement.case import FindingState
from costguard.enforcement.hearing import GivenWarning, Warned
from costguard.enforcement.notice_builder import decided_from
from costguard.notifications.delivery import (
    Busy,
    Delivery,
    DeliveryStatus,
    Down,
    Refused,
    digest_row,
)
from costguard.notifications.notice import (
    DeferredMessage,
    Notice,
    NoticeFinding,
    NoticeOwner,
    TakenMessage,
)
from costguard.notifications.notice import NoticeStage as Say
from costguard.notifications.schema import encode_deferred, parse_message
from costguard.ownership.channel import Channel
from costguard.resources.model import ResourceRef
from tests.factories import at, mark, notebook
from tests.factories import case as case_of
from tests.notifier import EMAIL, MINUTE, SLACK, SNS, FakeNotifier, make_notice

HOUR = timedelta(hours=1)
REF = ResourceRef("notebook-instance", "DoeJohn-A").key
NIGHT = 'quiet = "22:00-07:00"\ndigest_above = 100'
MIDNIGHT, MORNING = 16.0, 23.0  # hours after 8:00 in Chicago


def warning(
    hours: float = 0, grace: timedelta = 4 * HOUR, name: str = "DoeJohn-A", **changes: Any
) -> Notice:
    """Make a fresh warning: its deadline is a full grace after it was decided."""
    ends = at(hours) + grace
    point = NoticeFinding(
        rule="missing-tags", reason="no tags", remedy="add", deadline=ends, grace=grace
    )
    notice = make_notice(name, Say.WARNING, hours)
    return replace(notice, findings=(point,), deadline=ends, **changes)


def stand(notifier: FakeNotifier, *deadlines: datetime) -> None:
    """Let warnings of these deadlines stand in the ledger."""
    rules = ("missing-tags", "naming")
    findings = {
        rule: mark(FindingState.WARNED, ends) for rule, ends in zip(rules, deadlines, strict=False)
    }
    notifier.cases[REF] = case_of(notebook(), findings=findings)


def said(notifier: FakeNotifier) -> list[str]:
    return [heading for _, _, heading in notifier.delivered]


@pytest.mark.parametrize(
    ("delay", "ends"), [(timedelta(), "12:00"), (90 * MINUTE, "13:30"), (30 * HOUR, "18:00")]
)
def test_a_message_states_a_full_grace_from_when_it_is_taken(delay: timedelta, ends: str) -> None:
    notifier = FakeNotifier()
    notifier.put(warning())
    notifier.now += delay
    notifier.run()
    assert said(notifier)[0].endswith(f"{ends} CST")
    assert dict(notifier.messages[0].facts)["Deadline"].endswith("(in 4 h)")
    row = notifier.rows["johndoe", warning().id]
    assert row.sent == at(0) + delay


def test_a_channel_that_asked_for_time_has_the_grace_begin_later() -> None:
    notifier = FakeNotifier("digest_above = 100", SLACK)
    notifier.outcomes[SLACK] = deque([Busy(2 * HOUR)])
    notifier.put(warning())
    notifier.run()
    notifier.run()
    assert said(notifier) == ["Please fix DoeJohn-A before Mon 23 Nov 14:00 CST"]


def test_a_finding_that_a_later_warning_names_again_has_its_grace_from_that_one() -> None:
    first = warning().findings[0]
    new = replace(first, rule="naming", deadline=at(7))
    later = replace(make_notice(hours=3), findings=(first, new), rules=("missing-tags", "naming"))
    notifier = FakeNotifier()
    notifier.now = at(3.5)
    notifier.put(replace(later, deadline=at(4)))
    notifier.run()
    assert said(notifier) == ["Please fix DoeJohn-A before Mon 23 Nov 15:30 CST"]


def test_a_finding_that_stops_nothing_has_no_deadline_beside_one_that_does() -> None:
    first = warning().findings[0]
    mild = replace(first, rule="naming", deadline=None, grace=None)
    notifier = FakeNotifier()
    notifier.now = at(1)
    notifier.put(replace(warning(), findings=(mild, first)))
    notifier.run()
    assert said(notifier) == ["Please fix DoeJohn-A before Mon 23 Nov 13:00 CST"]


def test_a_warning_of_an_earlier_version_has_what_that_one_gave_once_more() -> None:
    finding = replace(warning().findings[0], grace=None)
    notifier = FakeNotifier()
    notifier.now = at(6)
    notifier.put(replace(warning(), findings=(finding,)))
    notifier.run()
    assert said(notifier) == ["Please fix DoeJohn-A before Mon 23 Nov 18:00 CST"]


def test_a_warning_of_the_contracts_fields_alone_states_no_deadline_in_the_past() -> None:
    notifier = FakeNotifier('remind = "1h"')
    notifier.now = at(6)
    notifier.put(replace(warning(), findings=()))
    notifier.run()
    assert notifier.queue == []
    assert said(notifier) == ["Please fix DoeJohn-A before Mon 23 Nov 14:00 CST"]


@given(
    delay=st.integers(0, 100 * 3600),
    grace=st.integers(1, 100 * 3600),
    planned_later=st.integers(0, 100 * 3600),
    settings=st.sampled_from(["digest_above = 100", "digest_above = 0", NIGHT]),
)
def test_no_reader_is_told_less_than_a_grace_or_a_time_after_the_row_allows(
    delay: int, grace: int, planned_later: int, settings: str
) -> None:
    notifier = FakeNotifier(settings)
    full = timedelta(seconds=grace)
    ends = at(0) + full + timedelta(seconds=planned_later)
    finding = replace(warning().findings[0], grace=full, deadline=ends)
    notifier.put(replace(warning(), findings=(finding,), deadline=ends))
    notifier.now += timedelta(seconds=delay)
    while notifier.queue:
        notifier.run()
    row = notifier.rows["johndoe", warning().id]
    assert row.status is DeliveryStatus.SENT
    assert row.sent
    stated = max(ends, row.sent + full)
    message = notifier.messages[0]
    shown = f"{stated.astimezone(notifier.policy.timezone.info):%a %d %b %H:%M %Z}"
    words = (message.heading, *(point for part in message.sections for point in part.points))
    assert any(shown in word.replace(" 2026 ", " ") for word in words)


# --- quiet hours and digests


@pytest.mark.parametrize(
    ("grace", "deadline", "hour"),
    [
        (4 * HOUR, None, MIDNIGHT),  # a fresh warning: its stop would wait for the night
        (15 * MINUTE, None, MIDNIGHT),
        (4 * HOUR, MORNING + 3.9, MIDNIGHT),
        (4 * HOUR, MORNING + 4, MORNING),  # a full grace after the morning is left
        (4 * HOUR, MORNING + 80, MORNING),
    ],
)
def test_a_warning_waits_for_the_morning_only_if_nothing_is_lost_by_it(
    grace: timedelta, deadline: float | None, hour: float
) -> None:
    notifier = FakeNotifier(NIGHT)
    notifier.now = at(MIDNIGHT)
    ends = at(MIDNIGHT) + grace if deadline is None else at(deadline)
    finding = replace(warning(MIDNIGHT, grace).findings[0], deadline=ends)
    notifier.put(replace(warning(MIDNIGHT, grace), findings=(finding,), deadline=ends))
    while notifier.queue:
        notifier.run()
    [row] = [r for r in notifier.rows.values() if not r.notice.startswith("digest")]
    assert row.sent == at(hour)


@pytest.mark.parametrize(
    ("within", "grace", "held"),
    [
        ("5m", 15 * MINUTE, 1),
        ("30m", 15 * MINUTE, 0),
        ("15m", 15 * MINUTE, 0),
        ("14m", 15 * MINUTE, 1),
    ],
)
def test_a_digest_does_not_say_a_warning_after_its_deadline(
    within: str, grace: timedelta, held: int
) -> None:
    notifier = FakeNotifier(f'digest_above = 0\ndigest_within = "{within}"')
    notifier.put(warning(grace=grace))
    assert notifier.run().numbers["NoticesHeld"] == held
    while notifier.queue:
        notifier.run()
    assert len(notifier.delivered) == 1
    [row] = [r for r in notifier.rows.values() if not r.notice.startswith("digest")]
    assert row.sent == at(0) + held * timedelta(minutes=int(within[:-1]))


def test_what_comes_later_than_a_digest_looks_back_is_said_at_once() -> None:
    notifier = FakeNotifier('digest_above = 0\ndigest_within = "5m"')
    notifier.put(make_notice(stage=Say.ALL_CLEAR))
    notifier.now = at(5 * 24)
    assert notifier.run().numbers["NoticesHeld"] == 0
    assert said(notifier) == ["All clear: DoeJohn-A"]


def test_a_notice_dated_in_the_future_is_counted_as_of_now() -> None:
    notifier = FakeNotifier('digest_above = 1\ndigest_within = "5m"')
    notifier.put(make_notice(id="1"), make_notice(id="2", time=at(9999)))
    assert notifier.run().numbers["NoticesHeld"] == 1


# --- reminders


def reminded(notifier: FakeNotifier) -> list[str]:
    return [heading for heading in said(notifier) if heading.startswith("Reminder: ")]


def drain(notifier: FakeNotifier) -> None:
    for _ in range(200):
        if notifier.queue:
            notifier.run()
    assert notifier.queue == []


def test_a_reminder_comes_before_the_deadline_that_was_told_and_repeats_it() -> None:
    notifier = FakeNotifier('remind = "1h"', SLACK)
    stand(notifier, at(4))
    notifier.outcomes[SLACK] = deque([Busy(2 * HOUR)])
    notifier.put(warning())
    drain(notifier)
    assert reminded(notifier) == ["Reminder: Please fix DoeJohn-A before Mon 23 Nov 14:00 CST"]
    [row] = [r for r in notifier.rows.values() if r.notice.endswith("-reminder")]
    assert row.sent == at(5)


def test_a_first_try_that_fails_does_not_cost_the_reminder() -> None:
    notifier = FakeNotifier('remind = "1h"')
    stand(notifier, at(4))
    notifier.creators = Failing()
    notifier.put(warning())
    assert notifier.run().errors
    notifier.creators = {}
    drain(notifier)
    assert len(reminded(notifier)) == 1


class Failing(dict[str, str]):
    """A ledger that cannot be read."""

    def get(self, *_asked: object) -> str:
        raise OSError


def test_a_queue_that_takes_no_reminder_keeps_the_warning_for_the_next_try() -> None:
    notifier = FakeNotifier('remind = "1h"')
    stand(notifier, at(4))
    notifier.refuses_to_defer = 1
    notifier.put(warning())
    assert notifier.run().errors
    assert notifier.delivered == []
    drain(notifier)
    assert len(notifier.delivered) == 2
    assert len(reminded(notifier)) == 1


def test_each_of_two_readers_is_reminded_before_the_deadline_of_their_own() -> None:
    notifier = FakeNotifier('remind = "1h"\ndigest_above = 100', SLACK)
    notifier.creators[REF.lower()] = "jane.roe"
    stand(notifier, at(4))
    notifier.outcomes[SLACK] = deque([Busy(HOUR)])
    notifier.put(warning())
    drain(notifier)
    sent = {r.to: r.sent for r in notifier.rows.values() if r.notice.endswith("-reminder")}
    assert sent == {"johndoe": at(4), "janeroe": at(3)}


@pytest.mark.parametrize("when", ["before it is sent", "before it is due", "while it waits"])
def test_after_the_kill_switch_nobody_reads_that_anything_will_be_stopped(when: str) -> None:
    notifier = FakeNotifier('remind = "1h"\ndigest_above = 1\ndigest_within = "30m"')
    stand(notifier, at(4))
    if when == "before it is sent":
        notifier.lowered = {"missing-tags"}
    notifier.put(warning())
    notifier.run()
    if when == "while it waits":
        notifier.put(warning(3, name="DoeJohn-B"))  # the reminder will be one too many
        notifier.now = at(3)
        notifier.run()
    notifier.lowered = {"missing-tags"}
    drain(notifier)
    assert reminded(notifier) == []
    if when == "before it is sent":
        assert said(notifier) == ["Please fix DoeJohn-A soon"]
        assert notifier.messages[0].intro.endswith("Nothing will be stopped, but please fix this.")


def test_a_reminder_names_only_what_still_stands() -> None:
    notifier = FakeNotifier('remind = "1h"')
    first = warning().findings[0]
    both = (first, replace(first, rule="naming", deadline=at(6), grace=6 * HOUR, reason="odd name"))
    notifier.put(replace(warning(), findings=both, rules=("missing-tags", "naming")))
    stand(notifier, at(4), at(6))
    notifier.run()
    findings = notifier.cases[REF].findings
    notifier.cases[REF] = case_of(notebook(), findings={"naming": findings["naming"]})
    drain(notifier)
    assert reminded(notifier) == ["Reminder: Please fix DoeJohn-A before Mon 23 Nov 14:00 CST"]
    points = notifier.messages[-1].sections[0].points
    assert len(points) == 1
    assert "odd name" in points[0]


def test_a_reminder_that_the_queue_kept_too_long_is_not_said() -> None:
    notifier = FakeNotifier('remind = "1h"')
    stand(notifier, at(4))
    notifier.put(warning())
    notifier.run()
    notifier.now = at(4)
    drain(notifier)
    assert reminded(notifier) == []


def test_a_reminder_planned_by_an_earlier_version_is_said() -> None:
    notifier = FakeNotifier('remind = "1h"')
    finding = replace(warning().findings[0], grace=None)
    old = replace(warning(), findings=(finding,))
    sent = Delivery(to="johndoe", notice=old.id, at=old.time, status=DeliveryStatus.SENT)
    notifier.rows["johndoe", old.id] = sent
    stand(notifier, at(4))
    notifier.published[old.id] = old
    notifier.defer(DeferredMessage(due=at(3), remind=old), at(0))
    drain(notifier)
    assert reminded(notifier) == ["Reminder: Please fix DoeJohn-A before Mon 23 Nov 12:00 CST"]


def test_a_reminder_weeks_ahead_outlives_the_queues_patience() -> None:
    notifier = FakeNotifier('remind = "1h"')
    stand(notifier, at(24 * 30))
    notifier.put(warning(grace=30 * 24 * HOUR))
    most = 0
    while notifier.queue:
        most = max(most, *(message.tries for message in notifier.queue))
        notifier.run()
    assert most < 15
    assert len(reminded(notifier)) == 1


# --- nobody is reached


def admins_row(notifier: FakeNotifier, notice: Notice) -> Delivery:
    return notifier.rows["admins", notice.id]


def test_the_admins_have_a_row_of_their_own_for_whom_nothing_reaches() -> None:
    notifier = FakeNotifier("digest_above = 100", EMAIL, SNS)
    notifier.outcomes[EMAIL] = deque([Refused("no such mailbox")])
    notifier.put(warning())
    drain(notifier)
    assert notifier.rows["johndoe", warning().id].status is DeliveryStatus.FAILED
    row = admins_row(notifier, warning())
    assert (row.status, row.at, row.sent) == (DeliveryStatus.SENT, at(0), at(0))
    assert "no such mailbox" in notifier.messages[0].note


def test_a_digest_that_the_admins_get_instead_is_in_their_rows_notice_by_notice() -> None:
    notifier = FakeNotifier('digest_above = 0\ndigest_within = "5m"', EMAIL, SNS)
    notices = [warning(name="DoeJohn-A"), warning(name="DoeJohn-B")]
    notifier.put(*notices)
    notifier.run()
    notifier.outcomes[EMAIL] = Refused("no such mailbox")
    drain(notifier)
    for notice in notices:
        assert notifier.rows["johndoe", notice.id].status is DeliveryStatus.FAILED
        assert admins_row(notifier, notice).sent == at(0) + 5 * MINUTE
    assert [who for _, who, _ in notifier.delivered] == ["the admins"]


def test_the_admins_are_reminded_of_what_they_were_warned_of_instead() -> None:
    notifier = FakeNotifier('remind = "1h"\ndigest_above = 100', EMAIL, SNS)
    notifier.outcomes[EMAIL] = Refused("no such mailbox")
    stand(notifier, at(4))
    notifier.put(warning())
    drain(notifier)
    assert [who for _, who, _ in notifier.delivered] == ["the admins", "the admins"]
    assert len(reminded(notifier)) == 1


def test_where_nobody_takes_it_nobody_has_heard() -> None:
    notifier = FakeNotifier("digest_above = 100", EMAIL, SNS)
    notifier.outcomes = {EMAIL: Refused("no"), SNS: Refused("no confirmed subscription")}
    notifier.put(warning())
    for _ in range(14):
        assert notifier.run().again
    assert {row.sent for row in notifier.rows.values()} == {None}
    assert DeliveryStatus.SENT not in {row.status for row in notifier.rows.values()}


def test_what_is_somebodys_outside_the_roster_waits_for_the_admins() -> None:
    notifier = FakeNotifier('digest_above = 0\ndigest_within = "5m"', EMAIL, SNS)
    guest = NoticeOwner(name="Guest Author", email="guest@example.org")
    notifier.put(warning(owner=guest))
    drain(notifier)
    assert "Guest Author" not in [who for _, who, _ in notifier.delivered]
    assert notifier.delivered


def test_what_waits_for_somebody_who_left_is_the_admins_and_not_theirs() -> None:
    notifier = FakeNotifier('digest_above = 0\ndigest_within = "5m"', EMAIL, SNS)
    notifier.put(warning(owner=NoticeOwner(name="John Doe")))
    notifier.run()
    left = tuple(person for person in notifier.policy.people if person.name != "John Doe")
    notifier.policy = replace(notifier.policy, people=left)
    drain(notifier)
    assert notifier.rows["johndoe", warning().id].status is DeliveryStatus.FAILED
    assert admins_row(notifier, warning()).status is DeliveryStatus.SENT


def test_a_room_that_was_taken_down_while_something_waited_for_it_is_only_counted() -> None:
    notifier = FakeNotifier("digest_above = 0", EMAIL, Channel.CHAT)
    notifier.put(warning())
    notifier.run()
    notifier.channels = (EMAIL,)
    drain(notifier)
    assert [channel for channel, _, _ in notifier.delivered] == ["email"]
    assert notifier.unreached == ["feed-chat"]


# --- said once


class Forgetful:
    """A ledger that refuses to write down that something was sent, so many times."""

    def __init__(self, notifier: FakeNotifier, times: int) -> None:
        self.mark, self.times = notifier.deliveries.mark, times

    def __call__(self, row: Delivery) -> None:
        if row.status is DeliveryStatus.SENT and self.times:
            self.times -= 1
            raise OSError
        self.mark(row)


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("settings", ["digest_above = 100", "digest_above = 0"])
def test_a_message_that_was_taken_is_said_once_whatever_the_ledger_does_then(
    times: int, settings: str
) -> None:
    notifier = FakeNotifier(settings)
    notifier.deliveries.mark = Forgetful(notifier, times)  # type: ignore[method-assign]
    notifier.put(warning())
    drain(notifier)
    assert len(notifier.delivered) == 1
    row = notifier.rows["johndoe", warning().id]
    assert row.status is DeliveryStatus.SENT
    assert row.sent
    assert row.sent <= notifier.now


@pytest.mark.parametrize("token", ["", "guessed", "of the ledger"])
def test_that_a_channel_took_a_message_is_believed_with_the_token_alone(token: str) -> None:
    notifier = FakeNotifier('quiet = "22:00-07:00"')
    notifier.now = at(15)
    notifier.put(make_notice(stage=Say.ALL_CLEAR, hours=15))
    notifier.run()
    [row] = notifier.rows.values()
    assert row.status is DeliveryStatus.WAITING
    said = TakenMessage(to=row.to, notice=row.notice, at=row.at, channel="email", sent=at(9))
    notifier.queue = []
    notifier.enqueue(encode_deferred(DeferredMessage(due=at(9), taken=(said,), token=token)))
    refused = notifier.run()
    [row] = notifier.rows.values()
    ours = token == notifier.token()
    assert row.status is (DeliveryStatus.SENT if ours else DeliveryStatus.WAITING)
    assert refused.numbers["NoticesNotOurs"] == (not ours)


@pytest.mark.parametrize(("heard", "minute"), [(True, 15), (False, 42)])
def test_a_warning_that_comes_after_a_later_one_names_the_deadline_that_holds(
    heard: bool,  # noqa: FBT001
    minute: int,
) -> None:
    notifier = FakeNotifier()
    grace = 15 * MINUTE
    found = NoticeFinding(rule="naming", reason="x", remedy="y", deadline=at(0.25), grace=grace)
    old = make_notice(id="old", findings=(found,), deadline=at(0.25))
    given = GivenWarning(since=at(1), grace=grace, to={"johndoe": Warned("new", at(1))})
    finding = mark(FindingState.WARNED, at(1.25), since=at(1))
    notifier.cases[ResourceRef("notebook-instance", "DoeJohn-A").key] = case_of(
        notebook("DoeJohn-A"), findings={"naming": finding}, warnings={"naming": given}
    )
    if heard:
        row = Delivery(to="johndoe", notice="new", at=at(1), status=DeliveryStatus.SENT, sent=at(1))
        notifier.deliveries.mark(row)
    notifier.now = at(1.45)  # the old one waited for so long
    notifier.put(old)
    notifier.run()
    [message] = notifier.messages
    assert f"09:{minute}" in message.intro


def test_what_an_invocation_left_in_hand_is_said_again_and_counted() -> None:
    notifier = FakeNotifier()
    notice = warning()
    row = Delivery(
        to="johndoe", notice=notice.id, at=at(0), status=DeliveryStatus.CLAIMED, until=at(0.1)
    )
    notifier.rows["johndoe", notice.id] = row
    notifier.put(notice)
    drain(notifier)
    assert len(notifier.delivered) == 1
    assert sum(each["NoticesRepeated"] for each in notifier.numbers) == 1


@pytest.mark.parametrize(
    ("status", "first"), [(DeliveryStatus.CLAIMED, []), (DeliveryStatus.SENT, ["Stopped:"])]
)
def test_a_stop_does_not_say_again_what_a_digest_says_at_that_moment(
    status: DeliveryStatus, first: list[str]
) -> None:
    notifier = FakeNotifier('digest_above = 1\ndigest_within = "5m"')
    notifier.put(make_notice(id="1"), make_notice(id="2", hours=0.001))
    notifier.run()
    waiting, notifier.queue = notifier.queue, []
    [held] = [row for row in notifier.rows.values() if row.until]
    assert held.until
    notifier.now = held.until
    other = digest_row("johndoe", held.until, held.until + MINUTE)
    notifier.rows["johndoe", other.notice] = replace(other, status=status)
    notifier.delivered.clear()
    patient = replace(notifier.policy.notify, digest_above=100)
    notifier.policy = replace(notifier.policy, notify=patient)
    notifier.put(make_notice(id="3", stage=Say.STOPPED, hours=0.1))
    notifier.run()
    assert [heading.split()[0] for heading in said(notifier)] == first
    notifier.queue += waiting
    drain(notifier)
    refs = [message.ref for message in notifier.messages]
    assert refs == ["1", *(["2"] if status is DeliveryStatus.CLAIMED else []), "3"]


def test_a_digest_that_an_invocation_left_in_hand_is_counted_too() -> None:
    notifier = FakeNotifier("digest_above = 0")
    notifier.put(make_notice(stage=Say.ALL_CLEAR))
    notifier.run()
    due = notifier.now + 5 * MINUTE
    left = Delivery(
        to="johndoe",
        notice=f"digest {due.isoformat()}",
        at=due,
        status=DeliveryStatus.CLAIMED,
        until=due,
    )
    notifier.rows["johndoe", left.notice] = left
    drain(notifier)
    assert len(notifier.delivered) == 1
    assert sum(each["NoticesRepeated"] for each in notifier.numbers) == 1


def test_a_message_to_ourselves_about_what_was_taken_comes_back_as_it_was() -> None:
    notifier = FakeNotifier()
    notifier.deliveries.mark = Forgetful(notifier, 1)  # type: ignore[method-assign]
    notifier.put(warning())
    notifier.run()
    [kept] = notifier.queue
    read = parse_message(kept.body)
    assert isinstance(read, DeferredMessage)
    assert encode_deferred(read) == kept.body
    assert [each.channel for each in read.taken] == ["slack"]


@pytest.mark.parametrize("outcome", [Refused("no"), Down("HTTP 503")])
def test_who_could_not_be_reached_is_written_down_before_the_row_that_ends_it(
    outcome: Refused | Down,
) -> None:
    notifier = FakeNotifier("digest_above = 100", Channel.CHAT, SLACK)
    notifier.outcomes[Channel.CHAT] = outcome
    order: list[str] = []
    watched: Callable[[Delivery], None] = notifier.deliveries.mark
    notifier.deliveries.unreached = lambda row: order.append(row.to)  # type: ignore[method-assign]

    def mark_row(row: Delivery) -> None:
        if row.status is DeliveryStatus.FAILED:
            order.append("failed")
        watched(row)

    notifier.deliveries.mark = mark_row  # type: ignore[method-assign]
    notifier.put(warning())
    drain(notifier)
    assert order == ["feed-chat", "failed"]


def test_of_what_was_decided_at_one_moment_the_last_word_is_said_last() -> None:
    notifier = FakeNotifier()
    stages = (Say.WARNING, Say.ALL_CLEAR, Say.WARNING, Say.ALL_CLEAR)
    notices = [
        decided_from(make_notice(stage=stage), number) for number, stage in enumerate(stages, 1)
    ]
    notifier.put(*reversed(notices))
    notifier.run()
    assert [heading.split()[0] for heading in said(notifier)] == ["Please", "All"] * 2
