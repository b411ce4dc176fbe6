"""The forms that Slack shows for an answer: the tags of a resource, and a request to the admins.

Limits of Slack (docs.slack.dev, Views and Block Kit): 24 characters of a title and of a button, 100
choices of at most 75 characters, 255 characters of a block's id.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from costguard.common.datetimes import say_duration
from costguard.common.sanitize import single_line
from costguard.resources.model import Resource
from costguard.rules.missing_tags import TagChoice

WHY, UNTIL = "why", "until"
"""The fields of a request."""
_LONGEST_WHY, _LONGEST_TAG = 300, 256
_CHOICES, _LONGEST_CHOICE = 100, 75
_DURATIONS = tuple(timedelta(hours=hours) for hours in (4, 12, 24, 48, 72, 168, 336))

type View = dict[str, Any]


def fix_form(resource: Resource, fields: Iterable[TagChoice], memory: str) -> View:
    """Ask for the required tags, with the policy's own values as choices."""
    return _form("fix", "Fix the tags", "Set", resource, map(_tag, fields), memory)


def ask_form(resource: Resource, longest: timedelta, memory: str) -> View:
    """Ask why something is needed, and for how long."""
    lasting = [each for each in _DURATIONS if each < longest]
    options = [
        _option(say_duration(each), f"{int(each.total_seconds())}s") for each in (*lasting, longest)
    ]
    chosen = {"type": "static_select", "action_id": UNTIL, "options": options}
    reason = {
        "type": "plain_text_input",
        "action_id": WHY,
        "multiline": True,
        "max_length": _LONGEST_WHY,
    }
    inputs = (_input(UNTIL, "For how long?", chosen), _input(WHY, "Why?", reason))
    return _form("ask", "Ask for more", "Ask the admins", resource, inputs, memory)


def _form(
    action: str,
    title: str,
    button: str,
    resource: Resource,
    inputs: Iterable[View],
    memory: str,
) -> View:
    about = {"type": "context", "elements": [_plain(single_line(resource.name, 300))]}
    return {
        "type": "modal",
        "callback_id": action,
        "private_metadata": memory,
        "title": _plain(title),
        "submit": _plain(button),
        "close": _plain("Cancel"),
        "blocks": [about, *inputs],
    }


def _tag(field: TagChoice) -> View:
    """Show the choices of a tag; where Slack cannot, it is typed."""
    asked: View
    if 0 < len(field.allowed) <= _CHOICES and max(map(len, field.allowed)) <= _LONGEST_CHOICE:
        options = [_option(choice, choice) for choice in field.allowed]
        asked = {"type": "static_select", "action_id": "tag", "options": options}
        if likely := _chosen(field, options):
            asked["initial_option"] = likely
    else:
        asked = {"type": "plain_text_input", "action_id": "tag", "max_length": _LONGEST_TAG}
        if field.value:
            asked["initial_value"] = field.value[:_LONGEST_TAG]
    return _input(field.key, field.key, asked)


def _chosen(field: TagChoice, options: Sequence[View]) -> View | None:
    """Return the option that is meant by the present value, whatever its case."""
    meant = field.value.casefold()
    return next((each for each in options if each["value"].casefold() == meant), None)


def _input(block: str, label: str, element: View) -> View:
    return {"type": "input", "block_id": block, "label": _plain(label), "element": element}


def _option(text: str, value: str) -> View:
    return {"text": _plain(text), "value": value}


def _plain(text: str) -> View:
    return {"type": "plain_text", "text": text, "emoji": False}
