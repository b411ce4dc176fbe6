"""A message before it has a form: what it says, in sections that every channel can show. Pure."""

from dataclasses import dataclass, replace

from costguard.common.sanitize import inert, plain

type Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A title, sentences, points, and lines to copy, in this order; each may be missing."""

    title: str = ""
    text: str = ""
    points: tuple[str, ...] = ()
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one message says. All text in it is inert: no control, bidi or zero-width character."""

    stage: str
    subject: str  # one line
    heading: str  # one line
    intro: str
    note: str = ""  # why it comes to this reader, if that is not plain
    facts: Facts = ()
    sections: tuple[Section, ...] = ()
    footer: str = ""
    thread: str = ""  # what belongs together: the resource's ARN or name; empty: nothing
    ref: str = ""  # the notice's id
    attributes: Facts = ()  # what a subscription can filter on


def cleaned(letter: Letter) -> Letter:
    """Make all text harmless, whoever wrote it."""
    return replace(
        letter,
        subject=plain(letter.subject, 150),
        heading=plain(letter.heading, 150),
        intro=inert(letter.intro),
        note=inert(letter.note, 2000),
        facts=tuple((plain(name), plain(value, 1000)) for name, value in letter.facts),
        sections=tuple(map(_cleaned, letter.sections)),
        footer=inert(letter.footer, 1000),
        attributes=tuple((name, plain(value)) for name, value in letter.attributes),
    )


def _cleaned(section: Section) -> Section:
    return Section(
        title=plain(section.title),
        text=inert(section.text),
        points=tuple(inert(point, 4000) for point in section.points),
        code=inert(section.code),
    )
