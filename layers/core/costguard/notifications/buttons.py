"""The buttons under a message: the answers that the person, or an admin, gives with one press."""

from copy import replace

from costguard.common.calendar import Zone
from costguard.common.datetimes import say_local
from costguard.notifications.answer_lines import possible_answers
from costguard.notifications.message import Button, Message
from costguard.notifications.notice import REMINDER, Notice, NoticeStage
from costguard.notifications.press import LONGEST, ButtonValue

_LABELS = {
    "keep": "Keep 2 h",
    "fix": "Fix the tags …",
    "stop": "Stop it now",
    "not-mine": "Not mine",
    "ask": "Ask for more …",
}
FORMS = ("fix", "ask")
"""Buttons that open a form first."""
_APPROVE, _DENY = "Approve until {}", "Deny"
_GRAVE = ("stop", "deny")


def with_buttons(message: Message, notice: Notice, to: str, zone: Zone) -> Message:
    """Add the buttons of a notice, for the recipient with a key."""
    labels = _labels(notice, zone)
    value = _carried(notice, to).value
    if len(value) > LONGEST:  # no name of AWS is that long
        return message
    buttons = (
        Button(action=action, label=label, value=value, is_grave=action in _GRAVE)
        for action, label in labels.items()
    )
    return replace(message, buttons=tuple(buttons))


def _labels(notice: Notice, zone: Zone) -> dict[str, str]:
    if notice.stage is NoticeStage.WARNING:
        return {action: _LABELS[action] for action in possible_answers(notice)}
    if notice.stage is NoticeStage.ASKED and notice.request:
        until = say_local(notice.request.until, zone)
        return {"approve": _APPROVE.format(until), "deny": _DENY}
    return {}


def _carried(notice: Notice, to: str) -> ButtonValue:
    return ButtonValue(
        notice=notice.id.removesuffix(REMINDER),
        told=notice.time,
        to=to,
        resource=notice.resource.ref.label,
        rules=notice.rules,
        request=notice.request.id if notice.request else "",
    )
