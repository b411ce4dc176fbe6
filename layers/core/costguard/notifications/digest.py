"""Several notices in one message."""

from collections.abc import Sequence
from datetime import datetime

from costguard.common.formatting import pluralize, shortened_list
from costguard.common.sanitize import single_line
from costguard.notifications import templates
from costguard.notifications.composer import (
    LISTED,
    RecipientContext,
    copyable_commands,
    placeholders,
)
from costguard.notifications.message import Message, Section, sanitized
from costguard.notifications.notice import Notice


def write_digest(notices: Sequence[Notice], to: RecipientContext, *, now: datetime) -> Message:
    """Write one message for several notices, in their order."""
    last = notices[-1]
    values = placeholders(last, to, now)
    points = [_line(each, to, now) for each in notices]
    remedies = [remedy for each in notices for remedy in templates.remedies(each)]
    fixes = dict.fromkeys(line for remedy in remedies for line in copyable_commands(remedy))
    heading = pluralize(len(notices), "update")
    code = "\n".join(shortened_list(list(fixes), LISTED))
    ask = "" if to.is_contact else templates.ASK.format_map(values)
    return sanitized(
        Message(
            stage="digest",
            subject=f"[Costguard] {heading}: {_names(notices)}",
            heading=heading,
            intro=templates.MANY,
            note=to.note,
            sections=(
                Section(title=templates.HAPPENED, points=shortened_list(points, 2 * LISTED)),
                *((Section(title=templates.COMMANDS, code=code),) if code else ()),
                Section(text=ask),
            ),
            footer=templates.FOOTER.format_map(values),
            ref=last.id,
            attributes=(("stage", "digest"), ("owner", last.attributes["owner"])),
        )
    )


def _names(notices: Sequence[Notice]) -> str:
    names = dict.fromkeys(single_line(notice.resource.name) for notice in notices)
    return ", ".join(shortened_list(list(names), 3))


def _line(notice: Notice, to: RecipientContext, now: datetime) -> str:
    """Say a notice in one point of a digest."""
    values = placeholders(notice, to, now)
    what = templates.say_briefly(notice, values)
    ends = templates.DIGEST_STOPS.format(values["deadline"]) if notice.stops_at else ""
    return f"{notice.stage.upper()} {single_line(notice.resource.name)}: {what}{ends}"
