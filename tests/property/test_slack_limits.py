"""Slack takes any message: its documented limits hold, also those that slack_sdk does not check.

Limits: 50 blocks of a message, 150 characters of a header, 10 elements of a context, 1 to 3,000
characters of a text (docs.slack.dev, Block Kit reference); 40,000 characters of `text`
(api.slack.com/changelog/2018-04-truncating-really-long-messages). That all blocks together may have
some 13,000 characters is measured, not documented.
"""

from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from costguard.notifications.message import Message, Section, sanitized
from costguard.notifications.renderers import slack

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
    shown = slack.render(message)
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
        if kind.startswith("rich_text"):
            assert each["elements"]
    assert sum(len(t) for e in elements(blocks) if isinstance(t := e.get("text"), str)) < 13_000
