"""Who is notified, and through which channels.

The owner the notice names, the person who created the resource where that is somebody else, the
admins where nobody is known; and the rooms that read everything. Never nobody.
"""

from collections.abc import Collection, Iterable
from copy import replace

from msgspec import Struct

from costguard.common.sanitize import single_line
from costguard.notifications import templates
from costguard.notifications.notice import Audience, Notice, NoticeStage
from costguard.notifications.settings import NotificationPolicy
from costguard.ownership.channel import Channel
from costguard.ownership.directory import Person, fold_name

ADMINS = "admins"
_FEED = "feed-"
_ROOMS = (Channel.WEBHOOK, Channel.CHAT, Channel.SNS)  # these need no address


class Recipient(Struct, frozen=True, kw_only=True):
    """Somebody to tell. `key` stays the same for the same one; `note` says why, if not plain."""

    key: str
    person: Person
    channels: tuple[Channel, ...]
    note: str = ""

    @property
    def is_admins(self) -> bool:
        """Tell whether it is those who hear when nobody else can."""
        return self.key == ADMINS

    @property
    def label(self) -> str:
        """Name it for the log: an address that stands in for a name is nobody's to read there."""
        address = (self.person.email, self.person.slack)
        return "guest" if self.person.name in address else self.key

    @property
    def is_room(self) -> bool:
        """Tell whether it is no person but a room that reads everything."""
        return self.key.startswith(_FEED)


def recipients_of(
    notice: Notice,
    policy: NotificationPolicy,
    usable: Collection[Channel],
    creator: str | None = None,
) -> tuple[Recipient, ...]:
    """List who hears: people first, then the rooms. `usable` are the channels that are set up.

    A warning goes to those of its addressees whom routing still names: the guard warns anybody
    else on its own, with a grace of their own.
    """
    people = _people(notice, policy, usable, creator)
    if notice.addressees:
        people = tuple(each for each in people if each.key in notice.addressees)
    feeds = [c for c in policy.notify.feeds if c in usable]
    return (*people, *map(_room, feeds))


def admin_recipient(
    policy: NotificationPolicy, usable: Collection[Channel], stage: NoticeStage, note: str = ""
) -> Recipient:
    """Name the admins; the summary topic is where they can always be reached."""
    channels = _channels_of(policy.directory.contact, stage, policy, usable)
    last = () if Channel.SNS in channels else (Channel.SNS,)
    return Recipient(
        key=ADMINS, person=policy.directory.contact, channels=channels + last, note=note
    )


def recipient_by_key(
    key: str, policy: NotificationPolicy, usable: Collection[Channel], stage: NoticeStage
) -> Recipient:
    """Find a recipient by key; the admins stand in for a person who left the roster."""
    for channel in policy.notify.feeds:
        if key == f"{_FEED}{channel.value}":
            return _room(channel)
    person = next((p for p in policy.directory.people if fold_name(p.name) == key), None)
    return (
        _recipient(person, stage, policy, usable)
        if person
        else admin_recipient(policy, usable, stage)
    )


def names_of(keys: Iterable[str], policy: NotificationPolicy) -> tuple[str, ...]:
    """Name the people among recipients, each once; who is not in the roster has only a key."""
    names = {fold_name(person.name): person.name for person in policy.directory.people}
    return tuple(sorted({names.get(key, key) for key in keys if not key.startswith(_FEED)}))


def _room(channel: Channel) -> Recipient:
    room = Person(name=f"the {channel.value} room")
    return Recipient(key=f"{_FEED}{channel.value}", person=room, channels=(channel,))


def _people(
    notice: Notice, policy: NotificationPolicy, usable: Collection[Channel], creator: str | None
) -> tuple[Recipient, ...]:
    if notice.audience is Audience.ADMINS or _is_contacts_budget(notice, policy):
        return (admin_recipient(policy, usable, notice.stage),)
    directory, claim = policy.directory, notice.owner.name or ""
    owner = directory.person(claim)  # an address that a notice gives is nobody's
    author = directory.by_login(creator) if creator else None
    if owner and author and author != owner:
        return _both(owner, author, notice, policy, usable)
    if someone := owner or author:
        return (_recipient(someone, notice.stage, policy, usable),)
    who = templates.NOT_IN_ROSTER.format(single_line(claim)) if claim else templates.UNCLAIMED
    by = templates.CREATED_BY.format(single_line(creator)) if creator else ""
    note = templates.OWNER_UNKNOWN.format(who=who, by=by)
    return (admin_recipient(policy, usable, notice.stage, note),)


def _both(
    owner: Person,
    author: Person,
    notice: Notice,
    policy: NotificationPolicy,
    usable: Collection[Channel],
) -> tuple[Recipient, ...]:
    """Notify the owner that a name or tag claims, and the real creator."""
    note = templates.BOTH_TOLD.format(single_line(owner.name), single_line(author.name))
    both = (_recipient(person, notice.stage, policy, usable) for person in (owner, author))
    return tuple(replace(each, note=note) for each in both)


def _is_contacts_budget(notice: Notice, policy: NotificationPolicy) -> bool:
    """Tell whether it is about a budget that is nobody's but the contact's, as a project's is."""
    contact = policy.directory.contact
    addressed = (notice.owner.email, notice.owner.slack) == (contact.email, contact.slack)
    return notice.stage is NoticeStage.BUDGET and addressed


def _recipient(
    person: Person, stage: NoticeStage, policy: NotificationPolicy, usable: Collection[Channel]
) -> Recipient:
    channels = _channels_of(person, stage, policy, usable)
    return Recipient(key=fold_name(person.name) or person.name, person=person, channels=channels)


def _channels_of(
    person: Person, stage: NoticeStage, policy: NotificationPolicy, usable: Collection[Channel]
) -> tuple[Channel, ...]:
    """Choose the channels: the person's own, or the stage's, or everybody's; as far as they go."""
    settings = policy.notify
    wished = person.channels or settings.stages.get(stage, settings.channels)
    has = {Channel.EMAIL: person.email, Channel.SLACK: person.slack or person.email}
    return tuple(c for c in wished if c in usable and (c in _ROOMS or has.get(c)))
