"""What people received, as the services delivered it, and what can be read in it.

Nothing here comes from the guard's memory: e-mails are what SES took, messages what Slack stored,
texts what the topic's subscriber got. What a letter says is read from its text, as a person would.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

RULES = {
    "tags are missing": "missing-tags",
    "does not follow the convention": "naming",
    "instance type is not allowed": "instance-type",
    "too many instances": "too-many",
    "runs, or may run, too long": "long-running",
    "idle, or has run too long": "idle",
}
"""What a reader takes each rule by."""
WARNING, REMINDER, STOPPED, CLEAR = "warning", "reminder", "stopped", "all-clear"
_SUBJECTS = {
    r"Reminder: Please fix (\S+) (?:before|soon)": REMINDER,
    r"Please fix (\S+) (?:before|soon)": WARNING,
    r"Stopped: (\S+)": STOPPED,
    r"All clear: (\S+)": CLEAR,
}
_ID = re.compile(r"Notice (\S+)\.")
_LINE = re.compile(r"\* (WARNING|STOPPED|ALL-CLEAR) (\S+): (.*?)(?= \* [A-Z-]+ |\n|$)")
_ANNOUNCED = re.compile(r"will be stopped on|; stops at ")
_SEVERAL = re.compile(r"\b\d+ updates\b")
_MOMENT = re.compile(r"\d\d \w{3} \d{4} \d\d:\d\d(?= UTC)")


@dataclass(slots=True)
class Letter:
    """One message that somebody received. `confirmed`: the guard could know that it was taken."""

    when: datetime
    to: str
    channel: str
    subject: str
    text: str
    confirmed: bool = True

    @property
    def notices(self) -> list[str]:
        """Read which notice it names at its end."""
        return _ID.findall(self.text)

    @property
    def is_digest(self) -> bool:
        """Tell whether it is about several notices, of whatever stages."""
        return bool(_SEVERAL.search(self.subject))

    @property
    def announces_a_stop(self) -> bool:
        """Tell whether it says that something will be stopped."""
        return bool(_ANNOUNCED.search(self.text))

    def statements(self) -> Iterator["Statement"]:
        """Read what it says of which resource."""
        for pattern, stage in _SUBJECTS.items():
            if found := re.search(pattern, self.subject):
                yield _statement(stage, found[1], self.text, listed=False)
                return
        for found in _LINE.finditer(self.text):
            yield _statement(found[1].lower(), found[2], found[3], listed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a letter says of one resource; `listed` in a digest, where no line says "reminder"."""

    stage: str
    name: str
    rules: frozenset[str]
    deadline: datetime | None  # the earliest that is named
    listed: bool


def _statement(stage: str, name: str, text: str, *, listed: bool) -> Statement:
    warns = stage in {WARNING, REMINDER}
    named = [datetime.strptime(each, "%d %b %Y %H:%M") for each in _MOMENT.findall(text)]  # noqa: DTZ007 - the policy's zone is UTC
    rules = {rule for words, rule in RULES.items() if words in text.lower()}
    return Statement(
        stage=stage,
        name=name,
        rules=frozenset(rules),
        deadline=min(named).replace(tzinfo=UTC) if named and warns else None,
        listed=listed,
    )


def plain(text: str) -> str:
    """Undo the wrapping of lines, but for the ends of paragraphs."""
    return re.sub(r"[ \t]*\n[ \t]*(?=\S)", " ", re.sub(r"\n\s*\n", "\n\n", text)).strip()


def posted(message: Mapping[str, Any]) -> tuple[str, str]:
    """Read a Slack message: its header, and all text of its blocks."""
    heads = [b["text"]["text"] for b in message["blocks"] if b["type"] == "header"]
    return " ".join(heads), "\n".join(" ".join(_texts(block)) for block in message["blocks"])


def _texts(block: Any) -> Iterator[str]:
    """Yield the texts of a block, each point of a list with a star."""
    if isinstance(block, list):
        for each in block:
            yield from _texts(each)
    elif isinstance(block, dict):
        if block.get("type") == "rich_text_list":
            for item in block["elements"]:
                yield "* " + " ".join(_texts(item))
        elif isinstance(block.get("text"), str):
            yield block["text"].strip()
        else:
            for each in block.values():
                yield from _texts(each)
