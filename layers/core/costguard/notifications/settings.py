"""How the policy wants people to be notified: channels, hours, digests, wording."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from msgspec import Struct, field

from costguard.common.calendar import DailyWindow, Zone
from costguard.notifications.notice import NoticeStage
from costguard.ownership.channel import Channel
from costguard.ownership.directory import Directory


class MessageOverrides(Struct, frozen=True, kw_only=True):
    """Wording of the admins' own for one stage; `{name}` and the like are filled in."""

    subject: str | None = None
    intro: str | None = None
    ask: str | None = None


class NotificationSettings(Struct, frozen=True, kw_only=True):
    """The `[notify]` table."""

    channels: tuple[Channel, ...] = (Channel.SLACK, Channel.EMAIL)  # tried in this order
    stages: Mapping[NoticeStage, tuple[Channel, ...]] = field(
        default_factory=dict
    )  # the same, by stage
    feeds: tuple[Channel, ...] = (Channel.WEBHOOK, Channel.CHAT)  # rooms that read everything
    digest_above: int = 5  # messages to one person within `digest_within`; more become one
    digest_within: timedelta = timedelta(minutes=5)
    quiet: DailyWindow | None = None  # what can wait waits until they end; a stop never does
    remind: timedelta | None = None  # before the deadline of a warning that is still open
    words: Mapping[NoticeStage, MessageOverrides] = field(default_factory=dict)


class NotificationPolicy(Protocol):
    """What notifications need of the policy: settings, people and the time zone."""

    @property
    def notify(self) -> NotificationSettings:
        """The `[notify]` table."""

    @property
    def directory(self) -> Directory:
        """The roster and the contact."""

    @property
    def timezone(self) -> Zone:
        """The zone of those who have none of their own."""
