"""The links of messages: what each lets its holder do, and the token that stands in it.

A token is random and says nothing. The ledger keeps only its hash, so whoever reads the ledger
cannot make a link of it, and what is looked up is never compared with a secret.
"""

import re
from base64 import b32encode
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_bytes

from msgspec import UNSET, Struct, UnsetType

from costguard.common.observed import is_weighable
from costguard.notifications.notice import Notice, NoticeStage
from costguard.notifications.recipients import Recipient
from costguard.ownership.channel import Channel, SlackForm, slack_form
from costguard.resources.model import ResourceRef
from costguard.resources.places import HOME

PAGE_LASTS = timedelta(hours=1)
"""How long the link to a person's own page is good."""
_WITHOUT_DEADLINE = timedelta(days=7)
_BYTES = 20
_TOKEN = re.compile(r"[a-z2-7]{32}")


class Link(Struct, frozen=True, kw_only=True):
    """What a link is good for: one person, until when, and one warning; no warning: their page."""

    to: str  # a recipient's key
    until: datetime
    kind: str = ""
    name: str = ""
    place: str | UnsetType = UNSET  # unless it is that of the stack
    rules: tuple[str, ...] = ()  # that the warning named
    at: datetime | None = None  # the time of the warning

    @property
    def ref(self) -> ResourceRef | None:
        """Name the resource; None for a link to a person's page."""
        return ResourceRef(self.kind, self.name, self.place or HOME) if self.name else None

    def is_good(self, now: datetime) -> bool:
        """Return whether it has not ended; a row that no version of ours writes is never good."""
        return is_weighable(self) and now < self.until


def warning_link(notice: Notice, to: Recipient, now: datetime) -> Link | None:
    """Return what the link in a warning is good for; None for rooms, admins, and other notices.

    Who reads a room, or the admins' topic, is not known.
    """
    if notice.stage is not NoticeStage.WARNING or not is_reached_alone(to):
        return None
    return Link(
        to=to.key,
        until=notice.stops_at or now + _WITHOUT_DEADLINE,
        kind=notice.resource.kind,
        name=notice.resource.name,
        place=notice.resource.place,
        rules=notice.rules,
        at=notice.time,
    )


def is_reached_alone(to: Recipient) -> bool:
    """Return whether nobody but a person of the roster reads a message to a recipient."""
    is_read_by_others = (
        Channel.SLACK in to.channels and slack_form(to.person.slack or "") is SlackForm.CONVERSATION
    )
    return not (to.is_admins or to.is_room or is_read_by_others)


def page_link(to: str, now: datetime) -> Link:
    """Return what the link to a person's own page is good for."""
    return Link(to=to, until=now + PAGE_LASTS)


def new_token() -> str:
    """Make the token of a link: letters and digits that no mail client breaks."""
    return b32encode(token_bytes(_BYTES)).decode().lower()


def is_token(text: str) -> bool:
    """Tell whether a text has the form of a token."""
    return _TOKEN.fullmatch(text) is not None


def hash_of(token: str) -> str:
    """Return what the ledger keeps of a token."""
    return sha256(token.encode()).hexdigest()
