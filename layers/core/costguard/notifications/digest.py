"""Several notices in one letter. Pure."""

from collections.abc import Sequence
from datetime import datetime

from costguard.common.datetimes import say_when
from costguard.common.formatting import pluralize, shortened_list
from costguard.common.sanitize import single_line
from costguard.notifications.message import Message, Section, sanitized
from costguard.notifications.notice import Notice
from costguard.notifications.templates import (
    ASK,
    FOOTER,
    LISTED,
    RecipientContext,
    copyable_commands,
    placeholders,
    rule_title,
)


def write_digest(notices: Sequence[Notice], to: RecipientContext, *, now: datetime) -> Message:
    """Write one letter for several notices, in their order."""
    last = notices[-1]
    values = placeholders(last, to, now)
    points = [_line(each, to, now) for each in notices]
    fixes = dict.fromkeys(line for each in notices for line in copyable_commands(each.remedy))
    heading = f"{pluralize(len(notices), 'message')} in one"
    code = "\n".join(shortened_list(list(fixes), LISTED))
    return sanitized(
        Message(
            stage="digest",
            subject=f"[Costguard] {heading}: {_names(notices)}",
            heading=heading,
            intro="Several things happened in a short time. Each is listed once, oldest first.",
            note=to.note,
            sections=(
                Section(title="What happened", points=shortened_list(points, 2 * LISTED)),
                *((Section(title="Lines that fix it", code=code),) if code else ()),
                Section(text=ASK.format_map(values)),
            ),
            footer=FOOTER.format_map(values),
            ref=last.id,
            attributes=(("stage", "digest"), ("owner", last.attributes["owner"])),
        )
    )


def _names(notices: Sequence[Notice]) -> str:
    names = dict.fromkeys(single_line(str(n.resource["name"])) for n in notices)
    return ", ".join(shortened_list(list(names), 3))


def _line(notice: Notice, to: RecipientContext, now: datetime) -> str:
    """Say a notice in one point of a digest."""
    until = notice.deadline and say_when(datetime.fromisoformat(notice.deadline), now, to.zone)
    ends = f"; stops at {until}" if until else ""
    rules = ", ".join(rule_title(rule) for rule in notice.rule.split(",") if rule)
    return f"{notice.stage.upper()} {single_line(str(notice.resource['name']))}: {rules}{ends}"
