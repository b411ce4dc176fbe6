"""The ways to answer a warning: links where there is a public door, and the lines of the CLI."""

from collections.abc import Sequence
from copy import replace
from datetime import datetime

from costguard.notifications.links import warning_link
from costguard.notifications.message import FactRows, Message, Section, sanitized
from costguard.notifications.notice import Notice, NoticeStage
from costguard.notifications.ports import NotificationPorts
from costguard.notifications.recipients import Recipient
from costguard.resources.commands import shell_word

TITLE = "To answer"
_IN_A_TERMINAL = "To answer in a terminal"
_TEXT = "These lines need the costguard command, and your own AWS login."
_LINK = "Whoever has this link may answer for you about this one resource: do not pass it on."
_TAGS, _IDLE = "missing-tags", "idle"
SETTING_TAGS = ("fix", "not-mine")
"""The answers that set tags: only at home, because no role of a spoke may."""


def with_answer_lines(message: Message, notice: Notice, links: FactRows = ()) -> Message:
    """Add what an owner can answer to a warning; the lines before its last section: whom to ask."""
    if notice.stage is not NoticeStage.WARNING:
        return message
    title = _IN_A_TERMINAL if links else TITLE
    lines = Section(title=title, text=_TEXT, code="\n".join(_lines(notice)))
    *before, last = with_answer_links(message, links).sections
    return sanitized(replace(message, sections=(*before, lines, last)))


def with_answer_links(message: Message, links: FactRows) -> Message:
    """Add links after the first section, where a phone shows them at once: what happened."""
    if not links:
        return message
    first, *others = message.sections
    linked = Section(title=TITLE, text=_LINK, links=links)
    return sanitized(replace(message, sections=(first, linked, *others)))


def answer_links(
    ports: NotificationPorts, to: Recipient, notices: Sequence[Notice], now: datetime
) -> FactRows:
    """Make a link for each warning to a person, where there is a public door."""
    wanted = ((each.resource.name, warning_link(each, to, now)) for each in notices)
    made = (
        (f"Answer about {name}", ports.links.make(link))
        for name, link in wanted
        if link and link.is_good(now)
    )
    return tuple((name, url) for name, url in made if url)


def possible_answers(notice: Notice) -> tuple[str, ...]:
    """List the answers that a warning can have."""
    can = {
        "keep": _IDLE in notice.rules,
        "fix": _TAGS in notice.rules,
        "stop": notice.stops_at is not None,
        "not-mine": True,
        "ask": True,
    }
    never = SETTING_TAGS if notice.resource.ref.place else ()
    return tuple(action for action, possible in can.items() if possible and action not in never)


def _lines(notice: Notice) -> list[str]:
    """Write the answers that this warning can have."""
    told = notice.resource
    name = shell_word(told.ref.label if told.ref.place else told.name, "NAME")
    lines = {
        "keep": f"costguard keep {name} 2h",
        "fix": f"costguard fix {name}",
        "stop": f"costguard stop {name}",
        "not-mine": f"costguard not-mine {name}",
        "ask": f'costguard ask {name} --until 2d --why "…"',
    }
    return [lines[action] for action in possible_answers(notice)]
