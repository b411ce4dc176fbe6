"""A message as Slack blocks.

Untrusted text goes into rich text and plain text, which Slack does not parse, so it cannot create a
mention, a link or emphasis. Only `text`, the line of the notification, is escaped.
"""

from collections.abc import Callable, Mapping
from typing import Any

from costguard.notifications.message import Button, Message, Section

ANSWERS = "answers"
"""The block of the buttons."""
_HEADER, _LABEL = 150, 75
_CONTEXT = 1500
_POINTS = 30
_TOTAL = 9000
"""Characters in all blocks: Slack refuses about 13,000 with `msg_blocks_too_long`."""
_TOO_LONG = "(too long for Slack; ask for the notice that is named below)"

type Block = dict[str, Any]


def render(message: Message, *, buttons: bool = False) -> dict[str, Any]:
    """Write the arguments of `chat.postMessage` without the channel; a webhook takes the same.

    Buttons are left out where nothing takes their presses.
    """
    take = _purse(_TOTAL)
    blocks = [
        {"type": "header", "text": _plain(message.heading[:_HEADER])},
        *([_context(message.note)] if message.note else []),
        _rich([_words(_text(take(message.intro)))]),
        *([_facts(message, take)] if message.facts else []),
        *(block for section in message.sections for block in _section(section, take)),
        *([_actions(message.buttons)] if buttons and message.buttons else []),
        *([_context(message.footer)] if message.footer else []),
    ]
    return {
        "text": _escaped(message.heading),
        "blocks": blocks,
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def render_sentence(text: str) -> dict[str, Any]:
    """Write a sentence as the arguments of a message."""
    return {"text": _escaped(text), "blocks": [_rich([_words(_text(text))])], "parse": "none"}


def _facts(message: Message, take: Callable[[str], str]) -> Block:
    parts: list[Mapping[str, Any]] = []
    for name, value in message.facts:
        parts += [_text(f"{name}: ", bold=True), _text(f"{take(value) or '…'}\n")]
    return _rich([_words(*parts)])


def _section(section: Section, take: Callable[[str], str]) -> list[Block]:
    body: list[Block] = []
    if text := take(section.text):
        body.append(_words(_text(text)))
    points = [p for point in section.points[:_POINTS] if (p := take(point))]
    if points:
        items = [_words(_text(point)) for point in points]
        body.append({"type": "rich_text_list", "style": "bullet", "elements": items})
    if left := len(section.points) - len(points):
        body.append(_words(_text(f"and {left} more")))
    if section.code:
        whole = take(section.code) == section.code
        code = _text(section.code if whole else _TOO_LONG)
        body.append({"type": "rich_text_preformatted", "elements": [code]})
    body += [_words({"type": "link", "url": url, "text": name}) for name, url in section.links]
    if not body:
        return []
    title = [_words(_text(f"{section.title}\n", bold=True))] if section.title else []
    return [_rich([*title, *body])]


def _actions(buttons: tuple[Button, ...]) -> Block:
    """Write the buttons."""
    elements = [
        {
            "type": "button",
            "action_id": button.action,
            "text": _plain(button.label[:_LABEL]),
            "value": button.value,
            **({"style": "danger"} if button.is_grave else {}),
        }
        for button in buttons
    ]
    return {"type": "actions", "block_id": ANSWERS, "elements": elements}


def _purse(total: int) -> Callable[[str], str]:
    """Return a function that truncates text once a total budget is used up."""
    left = total

    def take(text: str) -> str:
        nonlocal left
        cut = text if len(text) <= left else text[: max(left - 1, 0)] + "…" * bool(left)
        left -= len(cut)
        return cut

    return take


def _rich(elements: list[Block]) -> Block:
    return {"type": "rich_text", "elements": elements}


def _words(*parts: Mapping[str, Any]) -> Block:
    return {"type": "rich_text_section", "elements": list(parts)}


def _text(text: str, *, bold: bool = False) -> Block:
    return {"type": "text", "text": text or "…", **({"style": {"bold": True}} if bold else {})}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_plain(text[:_CONTEXT])]}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
