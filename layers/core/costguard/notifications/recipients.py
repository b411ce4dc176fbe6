"""The recipients of a notice, and their channels.

These are the owner that the notice names, the creator of the resource if that is another person,
the admins if nobody is known, and the rooms that get everything. There is always a recipient.
"""

from collections.abc import Collection, Iterable
from copy import replace

from msgspec import Struct

from costguard.common.sanitize import single_line
from costguard.notifications import templates
from costguard.notifications.notice import Audience, Notice, NoticeStage
from costguard.notifications.settings import NotificationPolicy
from costguard.ownership.channel import Channel
from costguard.ownership.confusables import fold_name
from costguard.ownership.directory import Directory, Person

ADMINS = "admins"
_FEED = "feed-"
_ROOMS = (Channel.WEBHOOK, Channel.CHAT, Channel.SNS)  # these need no address


class Recipient(Struct, frozen=True, kw_only=True):
    """A recipient. `key` identifies the person; `note` gives the reason if it is not obvious."""

    key: str
    person: Person
    channels: tuple[Channel, ...]
    note: str = ""

    @property
    def is_admins(self) -> bool:
        """Return whether it is the admins."""
        return self.key == ADMINS

    @property
    def label(self) -> str:
        """Name the recipient for the log, without an address."""
        if self.person.name in (self.person.email, self.person.slack):
            return "guest"
        return fold_name(self.person.name) if self.key == _reached_at(self.person) else self.key

    @property
    def is_room(self) -> bool:
        """Return whether it is a room that gets every notice."""
        return self.key.startswith(_FEED)


def recipients_of(
    notice: Notice,
    policy: NotificationPolicy,
    usable: Collection[Channel],
    creator: str | None = None,
) -> tuple[Recipient, ...]:
    """List the recipients: people first, then rooms. `usable` are the channels that are set up.

    A warning goes only to its addressees that the routing still names: the guard warns new
    recipients separately, with a grace period of their own.
    """
    people = _people(notice, policy, usable, creator)
    if notice.addressees:
        people = tuple(each for each in people if each.key in notice.addressees)
    feeds = [c for c in policy.notify.feeds if c in usable]
    return (*people, *map(_room, feeds))


def admin_recipient(
    policy: NotificationPolicy, usable: Collection[Channel], stage: NoticeStage, note: str = ""
) -> Recipient:
    """Return the admins; the summary topic is always among their channels."""
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
    person = _by_key(key, policy.directory)
    return (
        _recipient(person, stage, policy, usable)
        if person
        else admin_recipient(policy, usable, stage)
    )


def names_of(keys: Iterable[str], policy: NotificationPolicy) -> tuple[str, ...]:
    """Name the people among recipients, each once; by key if the roster does not have them."""
    people = {key: _by_key(key, policy.directory) for key in keys if not key.startswith(_FEED)}
    return tuple(sorted({person.name if person else key for key, person in people.items()}))


def _room(channel: Channel) -> Recipient:
    room = Person(name=f"the {channel.value} room")
    return Recipient(key=f"{_FEED}{channel.value}", person=room, channels=(channel,))


def _people(
    notice: Notice, policy: NotificationPolicy, usable: Collection[Channel], creator: str | None
) -> tuple[Recipient, ...]:
    if notice.audience is Audience.ADMINS or _is_contacts_budget(notice, policy):
        return (admin_recipient(policy, usable, notice.stage),)
    directory, claim = policy.directory, notice.owner.name or ""
    named = directory.named(claim)
    owners = named.people  # addresses in a notice are not used
    author = directory.by_login(creator) if creator and notice.stage.tells_creator else None
    if everybody := {
        recipient_key(p, directory): p for p in (*owners, *((author,) if author else ()))
    }:
        note = _why_several(owners, author) if len(everybody) > 1 else ""
        told = (_recipient(p, notice.stage, policy, usable) for p in everybody.values())
        return tuple(replace(each, note=note) for each in told)
    who = templates.NOT_IN_ROSTER.format(single_line(claim)) if claim else templates.UNCLAIMED
    if named.found:
        listed = " or ".join(single_line(f"{p.name} ({p.address})") for p in named.found)
        who = templates.AMBIGUOUS.format(single_line(claim), listed)
    by = templates.CREATED_BY.format(single_line(creator)) if creator else ""
    note = templates.OWNER_UNKNOWN.format(who=who, by=by)
    return (admin_recipient(policy, usable, notice.stage, note),)


def _why_several(owners: tuple[Person, ...], author: Person | None) -> str:
    """Explain why several people get the notice."""
    names = " and ".join(single_line(owner.name) for owner in owners)
    if author is None or author in owners:
        return templates.ALL_TOLD.format(names)
    return templates.BOTH_TOLD.format(names, single_line(author.name))


def _is_contacts_budget(notice: Notice, policy: NotificationPolicy) -> bool:
    """Return whether it is about a budget without an owner, such as a project's."""
    contact = policy.directory.contact
    addressed = (notice.owner.email, notice.owner.slack) == (contact.email, contact.slack)
    return notice.stage is NoticeStage.BUDGET and addressed


def recipient_key(person: Person, directory: Directory) -> str:
    """Return the key of a person: a unique name, or else the address.

    It is the key of rows in the ledger, so two people of one name must have different keys.
    """
    name = fold_name(person.name)
    others = (p for p in directory.people if p != person and fold_name(p.name) == name)
    if name and name != ADMINS and next(others, None) is None:
        return name
    return _reached_at(person)


def _reached_at(person: Person) -> str:
    return (person.email or person.slack or person.name).casefold()


def _by_key(key: str, directory: Directory) -> Person | None:
    near = (p for p in directory.people if key in (fold_name(p.name), _reached_at(p)))
    return next((p for p in near if recipient_key(p, directory) == key), None)


def _recipient(
    person: Person, stage: NoticeStage, policy: NotificationPolicy, usable: Collection[Channel]
) -> Recipient:
    channels = _channels_of(person, stage, policy, usable)
    return Recipient(key=recipient_key(person, policy.directory), person=person, channels=channels)


def _channels_of(
    person: Person, stage: NoticeStage, policy: NotificationPolicy, usable: Collection[Channel]
) -> tuple[Channel, ...]:
    """Choose the usable channels: the person's own, the stage's, or the policy's."""
    settings = policy.notify
    wished = person.channels or settings.stages.get(stage, settings.channels)
    has = {Channel.EMAIL: person.email, Channel.SLACK: person.slack or person.email}
    return tuple(c for c in wished if c in usable and (c in _ROOMS or has.get(c)))
