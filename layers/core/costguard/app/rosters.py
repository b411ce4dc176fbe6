"""Read the rosters that people put into S3, and keep the last good one of each.

Only the sweep reads them. All functions, and the audit, use what it has kept: so everybody has the
same answer to whose something is, and a bad file changes nothing.
"""

from copy import replace
from datetime import datetime, timedelta

from costguard.app.admin_notices import tell_once
from costguard.app.ports import SweepPorts
from costguard.common.concurrency import ErrorCollector
from costguard.common.datetimes import say_local
from costguard.common.errors import SourceUnavailableError
from costguard.common.formatting import pluralize
from costguard.common.sanitize import single_line
from costguard.notifications import templates
from costguard.ownership.kept_roster import KeptRoster, kept_roster
from costguard.ownership.roster_file import read_roster
from costguard.ownership.roster_text import RosterInvalid, RosterProblem
from costguard.policy.rosters import roster_files

TELL_UNREAD_EVERY = timedelta(days=1)


def refresh_rosters(ports: SweepPorts, errors: ErrorCollector, now: datetime) -> SweepPorts:
    """Keep each roster that has changed; return the ports with the policy as it is then."""
    changed = False
    for file in roster_files(ports.policy):
        with errors:
            changed |= _refresh(ports, file, now)
    return replace(ports, policy=ports.enrolled()) if changed else ports


def _refresh(ports: SweepPorts, file: str, now: datetime) -> bool:
    """Keep a roster if it has changed and is good; tell the admins, once, of what is not."""
    kept = ports.rosters.kept_roster(file)
    try:
        found = ports.roster_files.changed_roster(file, kept.version if kept else "")
    except SourceUnavailableError as error:
        text = templates.ROSTER_UNREAD.format(file=file, why=error, holds=_holds(ports, kept))
        mark = f"roster-unread {file}"
        tell_once(ports, mark, lambda _: ports.texts.publish(text), now, every=TELL_UNREAD_EVERY)
        return False
    if found is None:
        return False
    try:
        members = read_roster(found.data)
        ports.rosters.keep_roster(file, kept_roster(members, found.version, kept, now=now))
    except RosterInvalid as refused:
        _tell_refused(ports, file, found.version, refused, kept, now)
        return False
    ports.log("roster read", outcome="kept", resource=file, why=pluralize(len(members), "line"))
    return True


def _tell_refused(
    ports: SweepPorts,
    file: str,
    version: str,
    refused: RosterInvalid,
    kept: KeptRoster | None,
    now: datetime,
) -> None:
    """Send the places of the problems; the log has only the first line's number."""
    text = templates.ROSTER_REFUSED.format(
        file=file,
        problems="\n".join(map(_says, refused.problems)),
        holds=_holds(ports, kept),
    )
    if tell_once(ports, f"roster {file} {version}", lambda _: ports.texts.publish(text), now):
        why = f"line {refused.problems[0].line}"
        ports.log("roster refused", outcome="refused", resource=file, why=why)


def _says(problem: RosterProblem) -> str:
    column = f", column {single_line(problem.column)!r}" if problem.column else ""
    got = f", got {single_line(problem.value)!r}" if problem.value else ""
    return f"- line {problem.line}{column}: expected {single_line(problem.expected, 200)}{got}"


def _holds(ports: SweepPorts, kept: KeptRoster | None) -> str:
    if kept is None:
        return templates.NO_ROSTER_HOLDS
    number = sum(each.left is None for each in kept.people)
    people = "1 person" if number == 1 else f"{number} people"
    return templates.ROSTER_HOLDS.format(say_local(kept.read, ports.policy.timezone), people)
