"""Links of messages: who gets one, what it is good for, and the mail with the own page."""

from copy import replace
from datetime import timedelta

import pytest

from costguard.notifications.delivery import Busy, Down, Sent
from costguard.notifications.dispatcher import deliver
from costguard.notifications.links import (
    Link,
    hash_of,
    is_token,
    new_token,
    page_link,
    warning_link,
)
from costguard.notifications.message import Message, Section, sanitized
from costguard.notifications.notice import DeferredMessage
from costguard.notifications.notice import NoticeStage as Say
from costguard.notifications.ports import NoLinks
from costguard.notifications.recipients import ADMINS, Recipient
from costguard.notifications.renderers import amazon_q, html, slack, text
from costguard.notifications.schedule import MOST_ATTEMPTS
from costguard.notifications.schema import encode_deferred, parse_message
from costguard.ownership.channel import Channel
from tests.factories import JOHN, at
from tests.notifier import EMAIL, SLACK, SNS, FakeNotifier, make_notice

TO_JOHN = Recipient(key="johndoe", person=JOHN, channels=(SLACK, EMAIL))
URL = "https://door.example/" + "a" * 32


def links_in(notifier: FakeNotifier) -> list[list[tuple[str, str]]]:
    """Give the links of each message that was taken."""
    return [[each for s in message.sections for each in s.links] for message in notifier.messages]


def test_a_token_is_random_and_its_hash_tells_nothing_of_it() -> None:
    made = {new_token() for _ in range(1000)}
    assert len(made) == 1000
    assert all(is_token(each) and hash_of(each) != each for each in made)


@pytest.mark.parametrize(
    "odd", ["", "a" * 31, "a" * 33, "A" * 32, "1" * 32, "é" * 32, "a" * 31 + "\n"]
)
def test_other_texts_are_no_tokens(odd: str) -> None:
    assert not is_token(odd)


def test_a_link_is_bound_to_person_resource_warning_and_deadline() -> None:
    assert warning_link(make_notice(), TO_JOHN, at(0)) == Link(
        to="johndoe",
        until=at(4),
        kind="notebook-instance",
        name="DoeJohn-A",
        rules=("missing-tags",),
        at=at(0),
    )
    untimed = warning_link(make_notice(deadline=None), TO_JOHN, at(0))
    assert untimed
    assert untimed.until == at(0) + timedelta(days=7)


def test_a_row_with_an_impossible_time_is_never_good() -> None:
    assert page_link("johndoe", at(0)).is_good(at(0.9))
    assert not replace(page_link("johndoe", at(0)), until=at(0).replace(year=9999)).is_good(at(0))


@pytest.mark.parametrize(
    ("to", "stage"),
    [
        (TO_JOHN, Say.STOPPED),
        (TO_JOHN, Say.ALL_CLEAR),
        (replace(TO_JOHN, key=ADMINS), Say.WARNING),
        (replace(TO_JOHN, key="feed-slack"), Say.WARNING),
        (replace(TO_JOHN, person=replace(JOHN, slack="#team")), Say.WARNING),
        (replace(TO_JOHN, person=replace(JOHN, slack="C0123456789")), Say.WARNING),
    ],
)
def test_what_others_read_or_is_no_warning_has_no_link(to: Recipient, stage: Say) -> None:
    assert warning_link(make_notice(stage=stage), to, at(0)) is None


def test_a_warning_has_the_link_above_the_lines() -> None:
    notifier = FakeNotifier()
    ports = replace(notifier.ports, takes_answers=True)
    notifier.put(make_notice())
    batch, notifier.queue = notifier.queue, []
    deliver(ports, batch, now=lambda: notifier.now)
    [[(name, url)]] = links_in(notifier)
    assert name == "Answer about DoeJohn-A"
    assert notifier.links.rows[hash_of(url.rpartition("/")[2])].to == "johndoe"


def test_each_warning_of_a_digest_has_a_link_of_its_own() -> None:
    notifier = FakeNotifier("digest_above = 1")
    notifier.put(*(make_notice(f"DoeJohn-{n}", hours=n / 100) for n in range(1, 5)))
    while notifier.queue:
        notifier.run()
    found = [name for links in links_in(notifier)[1:] for name, _ in links]
    assert found == [f"Answer about DoeJohn-{n}" for n in "234"]


def test_a_link_after_its_deadline_is_not_sent() -> None:
    notifier = FakeNotifier()
    notifier.now = at(5)
    notifier.put(make_notice())
    notifier.run()
    assert links_in(notifier) == [[]]


def test_a_link_is_in_every_form_and_only_an_address_of_the_web_is_one() -> None:
    odd = (("odd", "javascript:alert(1)"), ("odd", f"{URL} x"), ('A<b>"', URL))
    message = sanitized(
        Message(
            stage="warning",
            subject="s",
            heading="h",
            intro="i",
            sections=(Section(title="To answer", links=odd), Section(text="ask")),
        )
    )
    assert f'A<b>":\n{URL}' in text.render(message)
    assert f'<a href="{URL}"' in html.render(message)
    assert "A&lt;b&gt;&quot;</a>" in html.render(message)
    assert URL in amazon_q.render(message)["content"]["description"]
    link = {"type": "link", "url": URL, "text": 'A<b>"'}
    assert link in [e for b in slack.render(message)["blocks"] for e in _elements(b)]
    assert "javascript" not in html.render(message) + text.render(message)


def _elements(block: dict[str, object]) -> list[object]:
    inner = block.get("elements")
    found = inner if isinstance(inner, list) else []
    return [*found, *(e for each in found if isinstance(each, dict) for e in _elements(each))]


def ask_for_page(notifier: FakeNotifier, to: str = "johndoe") -> None:
    asked = DeferredMessage(due=notifier.now, to=to, page=True)
    notifier.enqueue(encode_deferred(asked))


def test_the_own_page_is_sent_to_the_rosters_address_once() -> None:
    notifier = FakeNotifier("", EMAIL, SNS)
    ask_for_page(notifier)
    ask_for_page(notifier)
    notifier.run()
    assert notifier.delivered == [("email", "John Doe", "Your page")]
    [[(_, url)]] = links_in(notifier)
    assert notifier.links.rows[hash_of(url.rpartition("/")[2])] == page_link("johndoe", at(0))
    assert notifier.queue == []


@pytest.mark.parametrize("to", ["nobody", ADMINS, "feed-sns", ""])
def test_nobody_stands_in_for_whom_the_roster_does_not_have(to: str) -> None:
    notifier = FakeNotifier("", EMAIL, SNS)
    ask_for_page(notifier, to)
    notifier.run()
    assert (notifier.delivered, notifier.queue) == ([], [])


def test_a_channel_that_fails_is_tried_again_and_given_up() -> None:
    notifier = FakeNotifier("", EMAIL)
    notifier.outcomes[Channel.EMAIL] = Busy(timedelta(minutes=1))
    ask_for_page(notifier)
    for _ in range(MOST_ATTEMPTS + 3):
        notifier.run()
    assert (notifier.delivered, notifier.queue) == ([], [])


def test_a_channel_that_comes_back_sends_it() -> None:
    notifier = FakeNotifier("", EMAIL)
    notifier.outcomes[Channel.EMAIL] = Down("no")
    ask_for_page(notifier)
    notifier.run()
    notifier.outcomes[Channel.EMAIL] = Sent()
    notifier.run()
    assert notifier.delivered == [("email", "John Doe", "Your page")]


def test_without_a_door_there_is_no_page() -> None:
    notifier = FakeNotifier("", EMAIL)
    ask_for_page(notifier)
    notifier.put(make_notice())
    deliver(replace(notifier.ports, links=NoLinks()), notifier.queue, now=lambda: notifier.now)
    assert links_in(notifier) == [[]]


def test_a_request_of_an_earlier_version_asks_for_no_page() -> None:
    asked = DeferredMessage(due=at(0), to="johndoe")
    assert '"page"' not in encode_deferred(asked)
    assert parse_message(encode_deferred(asked)) == asked
    assert parse_message(encode_deferred(replace(asked, page=True))) == replace(asked, page=True)
