"""Several notices in one message."""

from collections.abc import Sequence
from datetime import datetime

from costguard.common.formatting import pluralize, shortened_list
from costguard.common.sanitize import single_line
from costguard.notifications import templates
from costguard.notifications.composer import RecipientContext, reader_values
from costguard.notifications.message import Message, Section, sanitized
from costguard.notifications.notice import Notice
from costguard.resources.commands import copyable_commands


def write_digest(notices: Sequence[Notice], to: RecipientContext, *, now: datetime) -> Message:
    """Write one message for several notices, in their order."""
    last = notices[-1]
    wordings = [templates.word_notice(each, to.zone, now) for each in notices]
    values = wordings[-1].values | reader_values(to)
    several = len({(each.account, each.region) for each in notices}) > 1
    points = (_line(*pair, several=several) for pair in zip(notices, wordings, strict=True))
    remedies = [remedy for wording in wordings for remedy in wording.remedies]
    fixes = dict.fromkeys(line for remedy in remedies for line in copyable_commands(remedy))
    heading = pluralize(len(notices), "update")
    code = "\n".join(shortened_list(list(fixes), templates.LISTED))
    ask = "" if to.is_contact else templates.ASK.format_map(values)
    message = Message(
        stage="digest",
        subject=f"[Costguard] {heading}: {_names(notices)}",
        heading=heading,
        intro=templates.MANY,
        note=to.note,
        sections=(
            Section(title=templates.HAPPENED, points=tuple(points)),
            *((Section(title=templates.COMMANDS, code=code),) if code else ()),
            Section(text=ask),
        ),
        footer=(templates.FOOTER_OF_SEVERAL if several else templates.FOOTER).format_map(values),
        ref=last.id,
        attributes=(("stage", "digest"), ("owner", last.attributes["owner"])),
    )
    return sanitized(message)


def _names(notices: Sequence[Notice]) -> str:
    names = dict.fromkeys(single_line(notice.resource.name) for notice in notices)
    return ", ".join(shortened_list(list(names), 3))


def _line(notice: Notice, wording: templates.Wording, *, several: bool) -> str:
    """Write one line of a digest; of several accounts or Regions, with those of the resource."""
    values, name = wording.values, single_line(notice.resource.name)
    if several and notice.resource.arn:
        name += f" (in {values['account']}, {values['region']})"
    ends = templates.DIGEST_STOPS.format(values["deadline"]) if notice.stops_at else ""
    return f"{notice.stage.upper()} {name}: {wording.brief}{ends}"
