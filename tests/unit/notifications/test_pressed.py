"""What is said of a press, where the button stands: the message is written anew, or one is told."""

from copy import replace
from datetime import timedelta

import pytest

from costguard.enforcement.notice_builder import build_finding, build_notice
from costguard.notifications.buttons import with_buttons
from costguard.notifications.delivery import Busy, Down, Refused, SendOutcome
from costguard.notifications.message import Message
from costguard.notifications.notice import (
    DeferredMessage,
    Notice,
    NoticeRequest,
    NoticeResource,
    NoticeStage,
)
from costguard.notifications.ports import NoPresses
from costguard.notifications.press import PressOutcome, button_value
from costguard.notifications.schema import encode_deferred, parse_message
from tests.factories import at, notebook, policy
from tests.notifier import MINUTE, FakeNotifier

EMPTY = Message(stage="warning", subject="s", heading="h", intro="i")


def warning(*rules: str) -> Notice:
    found = [build_finding(rule, "why", "how", deadline=at(4)) for rule in rules]
    return build_notice(NoticeStage.WARNING, notebook("DoeJohn-Demo"), found, policy(), now=at(0))


def labels(notice: Notice) -> dict[str, str]:
    buttons = with_buttons(EMPTY, notice, "johndoe", policy().timezone).buttons
    return {each.action: each.label for each in buttons}


def outcome(notice: Notice | None, *done: str, says: str = "Jane: kept.") -> PressOutcome:
    on = None
    if notice:
        first = with_buttons(EMPTY, notice, "johndoe", policy().timezone).buttons[0]
        on = button_value(first.value)
    return PressOutcome(channel="D0", message="1.2", user="U0", says=says, on=on, done=done)


def said(fake: FakeNotifier, press: PressOutcome, token: str = "of the ledger") -> None:  # noqa: S107
    fake.enqueue(encode_deferred(DeferredMessage(due=fake.now, press=press, token=token)))


def test_a_warning_has_the_buttons_of_the_answers_that_it_can_have() -> None:
    assert labels(warning("idle", "missing-tags")) == {
        "keep": "Keep 2 h",
        "fix": "Fix the tags …",
        "stop": "Stop it now",
        "not-mine": "Not mine",
        "ask": "Ask for more …",
    }
    assert list(labels(warning("naming"))) == ["stop", "not-mine", "ask"]


def test_a_request_has_the_admins_buttons_and_no_other_notice_has_any() -> None:
    found = [build_finding("asked", "why", "how")]
    asked = build_notice(NoticeStage.ASKED, notebook(), found, policy(), now=at(0))
    assert labels(asked) == {}
    ends = NoticeRequest(id="1f", until=at(48))
    until = "Wed 25 Nov 2026 08:00 CST"
    assert labels(replace(asked, request=ends)) == {
        "approve": f"Approve until {until}",
        "deny": "Deny",
    }
    assert labels(replace(warning("idle"), stage=NoticeStage.STOPPED)) == {}


def test_a_button_that_would_be_too_long_is_left_out() -> None:
    resource = NoticeResource(kind="notebook-instance", name="x" * 1000)
    assert labels(replace(warning("idle"), resource=resource)) == {}


def test_the_message_is_written_anew_without_what_is_answered() -> None:
    fake, notice = FakeNotifier(), warning("idle", "missing-tags")
    fake.put(notice)
    fake.run()
    said(fake, outcome(notice, "keep"))
    assert not fake.run().again
    [(_, message)] = fake.replies
    assert message
    assert (message.sections[0].title, message.sections[0].text) == ("Answered", "Jane: kept.")
    assert [each.action for each in message.buttons] == ["fix", "stop", "not-mine", "ask"]
    assert message.heading == fake.messages[0].heading


def test_once_all_is_answered_there_are_no_buttons() -> None:
    fake, notice = FakeNotifier(), warning("idle")
    fake.put(notice)
    said(fake, outcome(notice))
    fake.run()
    [(_, message)] = fake.replies
    assert message
    assert message.buttons == ()


def test_a_message_written_anew_has_the_deadline_that_was_read() -> None:
    fake, notice = FakeNotifier(), warning("missing-tags")
    findings = (replace(notice.findings[0], grace=timedelta(hours=4)),)
    notice = replace(notice, findings=findings)
    fake.now = at(1)
    fake.put(notice)
    fake.run()
    read = dict(fake.messages[0].facts)["Deadline"].partition(" (")[0]
    fake.now = at(3)
    said(fake, outcome(notice, "ask"))
    fake.run()
    [(_, message)] = fake.replies
    assert message
    assert dict(message.facts)["Deadline"].partition(" (")[0] == read


def test_only_who_pressed_reads_a_refusal() -> None:
    fake = FakeNotifier()
    said(fake, outcome(None, says="not yours"))
    fake.run()
    [(told, message)] = fake.replies
    assert (told.user, told.says, message) == ("U0", "not yours", None)


def test_a_notice_that_is_not_known_is_not_written_anew() -> None:
    fake = FakeNotifier()
    said(fake, outcome(warning("idle")))
    fake.run()
    assert fake.replies[0][1] is None


@pytest.mark.parametrize("token", ["", "guessed", "Of the ledger"])
def test_nobody_but_our_own_functions_has_anything_said(token: str) -> None:
    fake = FakeNotifier()
    said(fake, outcome(None), token)
    assert fake.run().numbers["NoticesNotOurs"] == 1
    assert fake.replies == []


@pytest.mark.parametrize(
    ("result", "waits"),
    [(Busy(10 * MINUTE), [10 * MINUTE]), (Down("x"), [timedelta(seconds=5)]), (Refused("x"), [])],
)
def test_a_slack_that_is_down_is_tried_again(result: SendOutcome, waits: list[timedelta]) -> None:
    fake = FakeNotifier()
    fake.reply_outcomes.append(result)
    said(fake, outcome(None))
    done = fake.run()
    assert list(done.again.values()) == waits
    assert done.numbers["ChannelFailures"] == 1
    fake.run()
    assert len(fake.replies) == 1 + len(waits)


def test_a_slack_that_stays_down_is_given_up() -> None:
    fake = FakeNotifier()
    fake.reply_outcomes.extend([Down("x")] * 20)
    said(fake, outcome(None))
    for _ in range(20):
        fake.run()
    assert fake.queue == []


def test_without_buttons_nobody_can_have_pressed() -> None:
    assert isinstance(NoPresses().reply(outcome(None), None), Refused)


def test_what_came_of_a_press_survives_the_queue_and_stays_in_order_there() -> None:
    sent = DeferredMessage(due=at(0), press=outcome(warning("idle"), "keep"), token="t")
    read = parse_message(encode_deferred(sent))
    assert read == sent
    assert read.subject_key == "press#D0#1.2"
