"""The ways to answer a warning: the lines of the CLI, where the deployment takes answers."""

from copy import replace

from costguard.notifications.message import Message, Section, sanitized
from costguard.notifications.notice import Notice, NoticeStage
from costguard.resources.commands import shell_word

TITLE = "To answer"
_TEXT = "These lines need the costguard command, and your own AWS login."
_TAGS, _IDLE = "missing-tags", "idle"


def with_answer_lines(message: Message, notice: Notice) -> Message:
    """Add what an owner can answer to a warning, before its last section: whom to ask."""
    if notice.stage is not NoticeStage.WARNING:
        return message
    section = Section(title=TITLE, text=_TEXT, code="\n".join(_lines(notice)))
    *before, last = message.sections
    return sanitized(replace(message, sections=(*before, section, last)))


def _lines(notice: Notice) -> list[str]:
    """Write the answers that this warning can have."""
    name = shell_word(notice.resource.name, "NAME")
    can = {
        f"costguard keep {name} 2h": _IDLE in notice.rules,
        f"costguard fix {name}": _TAGS in notice.rules,
        f"costguard stop {name}": notice.stops_at is not None,
        f"costguard not-mine {name}": True,
        f'costguard ask {name} --until 2d --why "…"': True,
    }
    return [line for line, is_possible in can.items() if is_possible]
