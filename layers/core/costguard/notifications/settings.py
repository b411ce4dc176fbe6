"""How the policy wants people to be notified: channels, hours, digests, wording."""

from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from string import Formatter
from typing import Annotated, Protocol

from msgspec import Struct, field

from costguard.common.calendar import DailyWindow, Zone
from costguard.common.remarks import Wrong
from costguard.notifications.notice import NoticeStage
from costguard.ownership.channel import Channel
from costguard.ownership.directory import Directory

PLACEHOLDERS = (
    *("name", "kind", "rule", "owner", "deadline", "contact", "by", "fate", "again", "cleared"),
    *(
        "limit",
        "fail",
        "failed",
        "harm",
        "nothing",
        "account",
        "region",
        "id",
        "used",
        "spent",
        "lasts",
    ),
)
"""What the admins' own words may refer to."""


def _sentence(text: str) -> Wrong | None:
    """Require a text that can be filled in."""
    names = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS[:6])
    form = f"a text that may hold {names}"
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return Wrong(form, "write {{ and }} for braces")
    for _, name, spec, conversion in parts:
        if name is not None and (name not in PLACEHOLDERS or spec or conversion):
            near = get_close_matches(name, PLACEHOLDERS, n=1)
            return Wrong(form, f"did you mean {{{near[0]}}}?" if near else "")
    return None if text.strip() else Wrong(form, "leave it out to keep our words")


Sentence = Annotated[str, _sentence]


class MessageOverrides(Struct, frozen=True, kw_only=True):
    """The admins' own texts for one stage; `{name}` and other fields are filled in."""

    subject: Sentence | None = None
    intro: Sentence | None = None
    ask: Sentence | None = None


class NotificationSettings(Struct, frozen=True, kw_only=True):
    """The `[notify]` table."""

    channels: tuple[Channel, ...] = (Channel.SLACK, Channel.EMAIL)  # tried in this order
    stages: Mapping[NoticeStage, tuple[Channel, ...]] = field(
        default_factory=dict
    )  # the same, by stage
    feeds: tuple[Channel, ...] = (Channel.WEBHOOK, Channel.CHAT)  # rooms that get every notice
    digest_above: int = 5  # messages to one person within `digest_within`; more become one
    digest_within: timedelta = timedelta(minutes=5)
    quiet: DailyWindow | None = (
        None  # messages that can wait are held until they end; a stop never waits
    )
    remind: timedelta | None = None  # before the deadline of a warning that is still open
    words: Mapping[NoticeStage, MessageOverrides] = field(default_factory=dict)


class NotificationPolicy(Protocol):
    """The parts of the policy for notifications: settings, people and the time zone."""

    @property
    def notify(self) -> NotificationSettings:
        """The `[notify]` table."""

    @property
    def directory(self) -> Directory:
        """The roster and the contact."""

    @property
    def timezone(self) -> Zone:
        """The default time zone."""
