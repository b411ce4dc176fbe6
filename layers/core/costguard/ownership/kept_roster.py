"""The last good roster of a course, as the ledger keeps it: also those who have left."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from costguard.common.observed import AwareTime
from costguard.ownership.course import Member, Role
from costguard.ownership.same_person import same_people


class KeptPerson(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person of a roster. `left`: the time of the first roster without her."""

    name: str
    email: str | None = None
    slack: str | None = None
    logins: tuple[str, ...] = ()
    handle: str | None = None
    role: Role = Role.STUDENT
    left: AwareTime | None = None

    @property
    def member(self) -> Member:
        """Return the person of the course."""
        return Member(
            name=self.name,
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
    def members(self) -> tuple[Member, ...]:
        """Everybody, also those who have left."""
        return tuple(each.member for each in self.people)


def kept_roster(
    members: Sequence[Member], version: str, before: KeptRoster | None, *, now: datetime
) -> KeptRoster:
    """Keep a new roster; people of the earlier one who are not in it have left by now."""
    earlier = before.members if before else ()
    stayed = same_people(earlier, members, of_one_list=True)
    kept = [_kept(each, None) for each in members]
    kept += [_kept(e, e.left or now) for at, e in enumerate(earlier) if at not in stayed]
    return KeptRoster(version=version, read=now, people=tuple(kept))


def _kept(member: Member, left: datetime | None) -> KeptPerson:
    return KeptPerson(
        name=member.name,
        email=member.email,
        slack=member.slack,
        logins=member.logins,
        handle=member.stated_handle,
        role=member.role,
        left=left,
    )
