"""The last good roster of a course, as the ledger keeps it: also those who have left."""

from collections.abc import Sequence
from copy import replace
from datetime import datetime

from msgspec import Struct

from costguard.common.observed import AwareTime
from costguard.ownership.course import Listed, Member, Role
from costguard.ownership.same_person import same_people
from costguard.ownership.spelling import owner_key


class KeptPerson(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person of a roster. `since`, `left`: the times of the first roster with her, and without.

    `aliases` has the names that she had in earlier rosters: what she used is charged to those.
    """

    name: str
    aliases: tuple[str, ...] = ()
    since: AwareTime | None = None  # None: from the very first
    email: str | None = None
    slack: str | None = None
    logins: tuple[str, ...] = ()
    handle: str | None = None
    role: Role = Role.STUDENT
    left: AwareTime | None = None

    @property
    def member(self) -> Listed:
        """Return the person of the course."""
        return Listed(
            name=self.name,
            aliases=self.aliases,
            since=self.since,
            email=self.email,
            slack=self.slack,
            logins=self.logins,
            stated_handle=self.handle,
            role=self.role,
            left=self.left,
        )


class KeptRoster(Struct, frozen=True, kw_only=True):
    """The people of a file that was read. `version` is the ETag that S3 gave to the file."""

    version: str
    read: AwareTime
    people: tuple[KeptPerson, ...]

    @property
    def members(self) -> tuple[Listed, ...]:
        """Everybody, also those who have left."""
        return tuple(each.member for each in self.people)


def kept_roster(
    members: Sequence[Member], version: str, before: KeptRoster | None, *, now: datetime
) -> KeptRoster:
    """Keep a new roster; people of the earlier one who are not in it have left by now."""
    earlier = before.people if before else ()
    stayed = same_people(before.members if before else (), members, of_one_list=True)
    known = {at: earlier[was] for was, at in stayed.items()}
    added = now if before else None
    kept = [_kept(each, known.get(at), added) for at, each in enumerate(members)]
    left = (each for at, each in enumerate(earlier) if at not in stayed)
    kept += [replace(each, left=each.left or now) for each in left]
    return KeptRoster(version=version, read=now, people=tuple(kept))


def _kept(member: Member, before: KeptPerson | None, added: datetime | None) -> KeptPerson:
    """Keep a person, with the names that the earlier roster had."""
    names = {owner_key(each): each for each in ((before.name, *before.aliases) if before else ())}
    names.pop(owner_key(member.name), None)
    return KeptPerson(
        name=member.name,
        aliases=tuple(names.values()),
        since=before.since if before else added,
        email=member.email,
        slack=member.slack,
        logins=member.logins,
        handle=member.stated_handle,
        role=member.role,
    )
