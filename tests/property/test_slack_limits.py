"""Slack takes any message: its documented limits hold, also those that slack_sdk does not check.

Limits: 50 blocks of a message, 150 characters of a header, 10 elements of a context, 1 to 3,000
characters of a text, 25 elements of actions, 75 characters of a button's text, 2,000 of its value,
255 of an id (docs.slack.dev, Block Kit reference); of a modal 24 characters of its title, 100
blocks, 3,000 characters of its memory, 100 options of 75 characters (Views, Option object); 40,000
characters of `text` (api.slack.com/changelog/2018-04-truncating-really-long-messages). That all
blocks together may have some 13,000 characters is measured, not documented.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from costguard.app.slack_forms import ask_form, fix_form
from costguard.app.slack_request import SlackPress, memory_of
from costguard.notifications.message import Button, Message, Section, sanitized
from costguard.notifications.press import LONGEST, ButtonValue, button_value
from costguard.notifications.renderers import slack
from costguard.rules.missing_tags import TagChoice
from local.slack_views import wrong_view
from tests.factories import at, notebook

TEXTS = st.one_of(
    st.just(""), st.text(max_size=80), st.builds(str.__mul__, st.text(), st.just(900))
)
SECTIONS = st.builds(
    Section,
    title=TEXTS,
    text=TEXTS,
    points=st.lists(TEXTS, max_size=60).map(tuple),
    code=TEXTS,
)
BUTTONS = st.builds(
    Button,
    action=st.sampled_from(["keep", "stop", "fix", "not-mine", "ask", "approve", "deny"]),
    label=st.text(min_size=1, max_size=200),
    value=st.text(min_size=1, max_size=LONGEST),
    is_grave=st.booleans(),
)
MESSAGES = st.builds(
    Message,
    stage=st.sampled_from(["warning", "stopped", "digest"]),
    subject=TEXTS,
    heading=st.text(min_size=1, max_size=400),
    intro=TEXTS,
    note=TEXTS,
    facts=st.lists(st.tuples(TEXTS, TEXTS), max_size=12).map(tuple),
    sections=st.lists(SECTIONS, max_size=12).map(tuple),
    footer=TEXTS,
    thread=TEXTS,
    ref=TEXTS,
    buttons=st.lists(BUTTONS, max_size=5, unique_by=lambda each: each.action).map(tuple),
).map(sanitized)


def elements(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of some blocks."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from elements(each)
    elif isinstance(value, list):
        for each in value:
            yield from elements(each)


@given(message=MESSAGES.filter(lambda each: bool(each.heading)))
def test_any_message_is_within_the_limits_of_slack(message: Message) -> None:
    shown = slack.render(message, buttons=True)
    blocks = shown["blocks"]
    for block in Block.parse_all(blocks):
        block.validate_json()
    assert len(blocks) <= 50
    assert 1 <= len(shown["text"]) <= 40_000
    for each in elements(blocks):
        kind = each.get("type", "")
        if kind == "header":
            assert 1 <= len(each["text"]["text"]) <= 150
        if kind in ("plain_text", "text"):
            assert each["text"]
        if kind == "plain_text":
            assert len(each["text"]) <= 3_000
        if kind == "context":
            assert 1 <= len(each["elements"]) <= 10
        if kind == "actions":
            assert 1 <= len(each["elements"]) <= 25
            ids = [element["action_id"] for element in each["elements"]]
            assert len(set(ids)) == len(ids)
        if kind == "button":
            assert 1 <= len(each["text"]["text"]) <= 75
            assert len(each["value"]) <= 2_000
        if kind.startswith("rich_text"):
            assert each["elements"]
    assert sum(len(t) for e in elements(blocks) if isinstance(t := e.get("text"), str)) < 13_000


NAMES = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=255)
VALUES = st.builds(
    ButtonValue,
    notice=st.text("0123456789abcdef", min_size=32, max_size=32),
    told=st.just(at(0)),
    to=NAMES,
    resource=NAMES,
    rules=st.lists(st.sampled_from(["idle", "missing-tags", "instance-type"]), max_size=10).map(
        tuple
    ),
    request=st.text(max_size=10),
)
CHOICES = st.builds(
    TagChoice,
    key=st.text(min_size=1, max_size=128),
    value=st.text(max_size=300),
    allowed=st.lists(st.text(min_size=1, max_size=100), max_size=120, unique=True).map(tuple),
)


@given(value=VALUES)
def test_what_a_button_carries_comes_back_or_is_refused(value: ButtonValue) -> None:
    is_short = len(value.value) <= LONGEST
    assert button_value(value.value) == (value if is_short else None)


@given(
    fields=st.lists(CHOICES, min_size=1, max_size=50, unique_by=lambda each: each.key),
    value=VALUES.filter(lambda each: len(each.value) <= LONGEST),
    days=st.integers(0, 400),
)
def test_any_form_is_within_the_limits_of_slack(
    fields: list[TagChoice], value: ButtonValue, days: int
) -> None:
    memory = memory_of(SlackPress(user="U0", action="fix", on=value, channel="D0", message="1.2"))
    assert wrong_view(fix_form(notebook("DoeJohn-Demo"), fields, memory)) == ""
    longest = timedelta(days=days, hours=1)
    assert wrong_view(ask_form(notebook("DoeJohn-Demo"), longest, memory)) == ""
