"""Every Studio domain of a region: where AWS's own idle shutdown is off, for whom, and its spaces.

A user profile overrides its domain, and a space may wait for another time.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from costguard.common.observed import elements, mapping, printable, whole_number
from costguard_cli.analysis.idle_shutdown import (
    APPS,
    IdleCommands,
    Settings,
    idle_settings,
    minutes_of,
)
from costguard_cli.errors import is_fatal, why_refused

_DESCRIBED = 100  # profiles, and spaces; of those beyond these it is said that nobody looked


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A profile that turns it off, or a profile or space that waits longer than its domain."""

    domain: str
    what: str
    app: str
    minutes: int | None  # None: off
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioDomain:
    """The idle shutdown of one domain: its minutes by app, None where it is off."""

    id: str
    name: str
    minutes: Mapping[str, int | None]
    commands: Mapping[str, str]  # what turns it on, by app
    overrides: tuple[Override, ...] = ()

    @property
    def is_off(self) -> bool:
        """Tell whether anybody's apps are never shut down."""
        everybody = (*self.minutes.values(), *(each.minutes for each in self.overrides))
        return any(minutes is None for minutes in everybody)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioSurvey:
    """Every domain, what its spaces hold, and what could not be read."""

    domains: tuple[StudioDomain, ...] = ()
    spaces: int = 0
    gigabytes: int = 0
    unseen: tuple[tuple[str, str], ...] = ()  # what, and why


@dataclass(slots=True)
class _Reader:
    """Reads one thing after another; what could not be read is listed."""

    sagemaker: Any
    commands: IdleCommands
    unseen: list[tuple[str, str]] = field(default_factory=list)

    def rows(self, operation: str, member: str, what: str) -> list[Settings]:
        """List everything, in pages."""
        pager = self.sagemaker.get_paginator(xform_name(operation))

        def read() -> list[Settings]:
            pages = pager.paginate(PaginationConfig={"PageSize": 100})
            return [mapping(row) for page in pages for row in elements(page.get(member))]

        return self._read(f"any {what} ({operation})", read, [])

    def one(self, operation: str, what: str, **names: str) -> Settings | None:
        """Describe one."""
        call = getattr(self.sagemaker, xform_name(operation))
        return self._read(f"{what} ({operation})", lambda: mapping(call(**names)), None)

    def first(self, rows: list[Settings], what: str) -> Iterator[Settings]:
        """Take as many as are described, and say how many are not."""
        if (more := len(rows) - _DESCRIBED) > 0:
            self.unseen.append((f"{more} of the {what}", f"there are more than {_DESCRIBED}"))
        yield from islice(rows, _DESCRIBED)

    def _read[T](self, what: str, read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except (ClientError, BotoCoreError) as error:
            if is_fatal(error):
                raise
            self.unseen.append((what, why_refused(error)))
            return otherwise


def survey_studio(sagemaker: Any, region: str, after: timedelta) -> StudioSurvey:
    """Look at every domain, and at what overrides it; `after` is the time that the lines set."""
    reader = _Reader(sagemaker, IdleCommands(region, after))
    listed = reader.rows("ListDomains", "Domains", "Studio domain")
    if not listed:
        return StudioSurvey(unseen=tuple(reader.unseen))
    found = {each.id: each for row in listed if (each := _domain(reader, row))}
    spaces = reader.rows("ListSpaces", "Spaces", "Studio space")
    profiles = reader.rows("ListUserProfiles", "UserProfiles", "user profile of Studio")
    told = [*_of_profiles(reader, profiles, found), *_of_spaces(reader, spaces, found)]
    return StudioSurvey(
        domains=tuple(
            replace(each, overrides=tuple(o for o in told if o.domain == each.id))
            for each in found.values()
        ),
        spaces=len(spaces),
        gigabytes=sum(map(_gigabytes, spaces)),
        unseen=tuple(reader.unseen),
    )


def _domain(reader: _Reader, row: Settings) -> StudioDomain | None:
    id_ = printable(row.get("DomainId")) or ""
    described = reader.one("DescribeDomain", f"Studio domain {id_}", DomainId=id_)
    if described is None:
        return None
    settings = mapping(described.get("DefaultUserSettings"))
    minutes = {app: minutes_of(settings, app) for app in APPS}
    off = [app for app, wait in minutes.items() if wait is None]
    return StudioDomain(
        id=id_,
        name=printable(row.get("DomainName")) or id_,
        minutes=minutes,
        commands={app: reader.commands.of_domain(id_, app, settings) for app in off},
    )


def _of_profiles(
    reader: _Reader, rows: list[Settings], domains: Mapping[str, StudioDomain]
) -> Iterator[Override]:
    """Find the profiles that turn it off, or wait longer than their domain."""
    of = [row for row in rows if row.get("DomainId") in domains]
    for row in reader.first(of, "user profiles of Studio"):
        domain, name = str(row["DomainId"]), printable(row.get("UserProfileName")) or ""
        what, names = f"user profile {name}", {"DomainId": domain, "UserProfileName": name}
        settings = mapping(reader.one("DescribeUserProfile", what, **names)).get("UserSettings")
        for app in (each for each in APPS if idle_settings(mapping(settings), each)):
            minutes = minutes_of(mapping(settings), app)
            if _is_longer(minutes, domains[domain].minutes[app]):
                line = reader.commands.of_profile(domain, name, app, mapping(settings))
                yield Override(domain=domain, what=what, app=app, minutes=minutes, command=line)


def _of_spaces(
    reader: _Reader, rows: list[Settings], domains: Mapping[str, StudioDomain]
) -> Iterator[Override]:
    """Find the spaces that wait longer than their domain."""
    of = [row for row in rows if row.get("DomainId") in domains]
    for row in reader.first(of, "Studio spaces"):
        domain, name = str(row["DomainId"]), printable(row.get("SpaceName")) or ""
        what, names = f"space {name}", {"DomainId": domain, "SpaceName": name}
        settings = mapping(reader.one("DescribeSpace", what, **names)).get("SpaceSettings")
        for app in APPS:
            idle = idle_settings(mapping(settings), app)
            minutes = whole_number(idle.get("IdleTimeoutInMinutes"))
            if minutes and _is_longer(minutes, domains[domain].minutes[app]):
                line = reader.commands.of_space(domain, name, app, mapping(settings))
                yield Override(domain=domain, what=what, app=app, minutes=minutes, command=line)


def _is_longer(minutes: int | None, of_domain: int | None) -> bool:
    return minutes is None or (of_domain is not None and minutes > of_domain)


def _gigabytes(row: Settings) -> int:
    storage = mapping(mapping(row.get("SpaceSettingsSummary")).get("SpaceStorageSettings"))
    return whole_number(mapping(storage.get("EbsStorageSettings")).get("EbsVolumeSizeInGb")) or 0
