"""The content of a message, in sections that every channel can render."""

import re
from copy import replace

from msgspec import Struct

from costguard.common.sanitize import multi_line, single_line

type FactRows = tuple[tuple[str, str], ...]
_ADDRESS = re.compile(r"https://[!-~]{1,2000}")


class Section(Struct, frozen=True, kw_only=True):
    """A title, sentences, points, lines to copy, and links, in this order; each may be missing."""

    title: str = ""
    text: str = ""
    points: tuple[str, ...] = ()
    code: str = ""
    links: FactRows = ()  # what each opens, and its address


class Button(Struct, frozen=True, kw_only=True):
    """An answer that one press gives, in a channel that proves who presses."""

    action: str
    label: str
    value: str
    is_grave: bool = False


class Message(Struct, frozen=True, kw_only=True):
    """One message. Its text has no control, bidi or zero-width characters."""

    stage: str
    subject: str  # one line
    heading: str  # one line
    intro: str
    note: str = ""  # why this reader gets it, if that is not obvious
    facts: FactRows = ()
    sections: tuple[Section, ...] = ()
    footer: str = ""
    thread: str = ""  # groups messages: the resource's ARN or name; empty: no group
    ref: str = ""  # the notice's id
    attributes: FactRows = ()  # attributes that a subscription can filter on
    buttons: tuple[Button, ...] = ()


def sanitized(letter: Message) -> Message:
    """Sanitize all text of a message."""
    return replace(
        letter,
        subject=single_line(letter.subject, 150),
        heading=single_line(letter.heading, 150),
        intro=multi_line(letter.intro),
        note=multi_line(letter.note, 2000),
        facts=tuple((single_line(name), single_line(value, 1000)) for name, value in letter.facts),
        sections=tuple(map(_cleaned, letter.sections)),
        footer=multi_line(letter.footer, 1000),
        attributes=tuple((name, single_line(value)) for name, value in letter.attributes),
    )


def _cleaned(section: Section) -> Section:
    return Section(
        title=single_line(section.title),
        text=multi_line(section.text),
        points=tuple(multi_line(point, 4000) for point in section.points),
        code=multi_line(section.code),
        links=tuple((single_line(n), url) for n, url in section.links if _ADDRESS.fullmatch(url)),
    )
