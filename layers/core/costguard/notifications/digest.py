"""Several notices in one letter. Pure."""

from collections.abc import Sequence
from datetime import datetime

from costguard.common.datetimes import say_when
from costguard.common.formatting import count, listed
from costguard.common.sanitize import plain
from costguard.notifications.message import Letter, Section, cleaned
from costguard.notifications.notice import Notice
from costguard.notifications.templates import (
    ASK,
    FOOTER,
    LISTED,
    Reader,
    commands_in,
    title_of,
    values_of,
)


def digest(notices: Sequence[Notice], to: Reader, *, now: datetime) -> Letter:
    """Write one letter for several notices, in their order."""
    last = notices[-1]
    values = values_of(last, to, now)
    points = [_line(each, to, now) for each in notices]
    fixes = dict.fromkeys(line for each in notices for line in commands_in(each.remedy))
    heading = f"{count(len(notices), 'message')} in one"
    code = "\n".join(listed(list(fixes), LISTED))
    return cleaned(
        Letter(
            stage="digest",
            subject=f"[Costguard] {heading}: {_names(notices)}",
            heading=heading,
            intro="Several things happened in a short time. Each is listed once, oldest first.",
            note=to.note,
            sections=(
                Section(title="What happened", points=listed(points, 2 * LISTED)),
                *((Section(title="Lines that fix it", code=code),) if code else ()),
                Section(text=ASK.format_map(values)),
            ),
            footer=FOOTER.format_map(values),
            ref=last.id,
            attributes=(("stage", "digest"), ("owner", last.attributes["owner"])),
        )
    )


def _names(notices: Sequence[Notice]) -> str:
    names = dict.fromkeys(plain(str(n.resource["name"])) for n in notices)
    return ", ".join(listed(list(names), 3))


def _line(notice: Notice, to: Reader, now: datetime) -> str:
    """Say a notice in one point of a digest."""
    until = notice.deadline and say_when(datetime.fromisoformat(notice.deadline), now, to.zone)
    ends = f"; stops at {until}" if until else ""
    rules = ", ".join(title_of(rule) for rule in notice.rule.split(",") if rule)
    return f"{notice.stage.upper()} {plain(str(notice.resource['name']))}: {rules}{ends}"
