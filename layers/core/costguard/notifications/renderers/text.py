"""A message as plain text: for SNS, and the text part of an e-mail."""

from textwrap import fill

from costguard.notifications.message import Message, Section

SUBJECT_LIMIT = 99
"""SNS refuses a subject of 100 characters, and a refused subject loses the message."""
_BODY_LIMIT = 200_000  # bytes; SNS takes 256 KiB with the attributes
_WIDTH = 78


def render(message: Message) -> str:
    """Write the text; commands and addresses are never wrapped."""
    facts = "\n".join(f"{name + ':':<15} {value}" for name, value in message.facts)
    parts = (
        _wrapped(message.note and f"Note: {message.note}"),
        _wrapped(message.intro),
        facts,
        *map(_section, message.sections),
        _wrapped(message.footer and f"-- \n{message.footer}"),
    )
    return shortened("\n\n".join(filter(None, parts)) + "\n", _BODY_LIMIT, message.ref)


def subject(message: Message) -> str:
    """Write the subject that SNS accepts: printable ASCII, one line, under 100 characters."""
    return message.subject.encode("ascii", "replace").decode()[:SUBJECT_LIMIT]


def shortened(text: str, limit: int, ref: str) -> str:
    """Cut text at a number of UTF-8 bytes, and mark the cut."""
    encoded = text.encode()
    if len(encoded) <= limit:
        return text
    said = f"\n… shortened; the whole is in notice {ref}\n"
    return encoded[: limit - len(said.encode())].decode(errors="ignore") + said


def _section(section: Section) -> str:
    title = f"{section.title}\n{'-' * len(section.title)}" if section.title else ""
    points = "\n".join(_point(point) for point in section.points)
    links = "\n".join(f"{_line(name)}:\n{url}" for name, url in section.links)
    body = tuple(filter(None, (_wrapped(section.text), points, section.code, links)))
    return "\n".join(filter(None, (title, "\n\n".join(body)))) if body else ""


def _wrapped(text: str) -> str:
    return "\n".join(_line(line) if line != "-- " else line for line in text.split("\n"))


def _point(text: str) -> str:
    first, *rest = _wrapped(text).split("\n")
    return "\n".join((f"* {first}", *(f"  {line}" for line in rest)))


def _line(text: str) -> str:
    return fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
