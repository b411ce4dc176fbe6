"""`costguard replay`: show what the guard would do with these events, without doing it."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from costguard.common.datetimes import parse_duration, parse_time
from costguard.policy.loader import parse_policy
from costguard.policy.model import Mode
from costguard.resources.events import CLOUDTRAIL, RETAG, IgnoredEvent, parse_event
from costguard.resources.registry import KINDS
from costguard_cli.analysis.context import AnalysisContext, analysis_context, default_policy
from costguard_cli.analysis.dry_run import Decision, DryRunState, by_account, by_events, dry_run
from costguard_cli.analysis.event_inventory import EventInventory
from costguard_cli.aws.session import ReadOnlySession, sessions
from costguard_cli.aws.stack import STACK, require_stack
from costguard_cli.console import print_json, progress, stderr_console, stdout_console
from costguard_cli.errors import COULD_NOT, FINE, FOUND, CannotRunError
from costguard_cli.options import AsJson, Ceiling, Local, PolicyFile, Profile, Regions, StackName
from costguard_cli.policy_file import read_policy_file
from costguard_cli.views import replay as replay_view
from costguard_cli.views.labels import unreadable_lines

type Event = Mapping[str, Any]

_EVENTS = [kind.events for kind in KINDS.values()]
_CALLS = (
    *RETAG,
    *dict.fromkeys(call for each in _EVENTS for call in (*each.creates, *each.changes)),
)
"""The calls that the watch function receives through CloudTrail."""
_SOURCE = "sagemaker.amazonaws.com"


def replay(  # noqa: PLR0913 - a command's options
    events: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files with events: one event, a list, or one a line; - reads from stdin."
        ),
    ] = None,
    *,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Use CloudTrail's event history since a time, or for a duration such as 2h.",
        ),
    ] = None,
    deployed: Annotated[
        bool,
        typer.Option(
            "--deployed",
            help="Read the account and its ledger, and use the deployed policy and Mode.",
        ),
    ] = False,
    policy: PolicyFile = None,
    mode: Ceiling = None,
    as_json: AsJson = False,
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
    stack: StackName = STACK,
) -> None:
    """Show what the guard would do with these events; nothing is written, sent or stopped.

    By default it uses the events only, calls no AWS, and assumes that nobody was warned before the
    first event. With --deployed it describes the resources as they are now, and reads the ledger.
    """
    if bool(events) == (since is not None):
        raise typer.BadParameter("give either files with events, or --since")
    session = sessions(profile, region or (), local=local)[0] if deployed or since else None
    recorded = _history(session, since) if session and since else list(_read(events or ()))
    if deployed and session:
        context, decisions = _by_account(session, stack, policy, mode, recorded)
    else:
        context, decisions = _by_events(policy, mode, recorded)
    if as_json:
        print_json([replay_view.as_dict(each) for each in decisions])
    else:
        replay_view.show(stdout_console(), decisions, context)
    raise typer.Exit(exit_code(decisions))


def _by_events(
    policy: Path | None, mode: Mode | None, events: Sequence[Event]
) -> tuple[AnalysisContext, list[Decision]]:
    text, source = (read_policy_file(policy), str(policy)) if policy else default_policy()
    context = AnalysisContext(
        policy=parse_policy(text).with_ceiling(mode or Mode.ENFORCE), source=source
    )
    state, inventory = DryRunState(), EventInventory()
    ports = by_events(context.policy, context.prices, inventory, state)
    return context, dry_run(ports, state, inventory, events)


def _by_account(
    session: ReadOnlySession,
    stack: str,
    policy: Path | None,
    mode: Mode | None,
    events: Sequence[Event],
) -> tuple[AnalysisContext, list[Decision]]:
    require_stack(session, stack)
    context, state = analysis_context(session, stack, policy, mode, now=session.now), DryRunState()
    if context.ports is None:
        raise CannotRunError(
            "The stack cannot be read.", ", ".join(unreadable_lines(context.unseen))
        )
    return context, dry_run(by_account(context.ports, state), state, None, events)


def exit_code(decisions: Sequence[Decision]) -> int:
    """Return 1 where the guard would notify or stop anything, 2 for an unreadable event."""
    if any(each.problems for each in decisions):
        return COULD_NOT
    return FOUND if any(each.notices or each.stops for each in decisions) else FINE


def _read(files: Iterable[Path]) -> Iterator[Event]:
    """Read events: one object, a list, or an object a line. Raises CannotRunError."""
    for file in files:
        try:
            yield from _events(sys.stdin.read() if str(file) == "-" else _text(file))
        except (ValueError, RecursionError) as exc:
            raise CannotRunError(f"{file} holds no events as JSON: {exc}") from None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise CannotRunError(f"{file} cannot be read: {exc}") from None


def _events(text: str) -> Iterator[Event]:
    try:
        whole = json.loads(text)
    except ValueError:
        whole = [json.loads(line) for line in text.splitlines() if line.strip()]
    for each in whole if isinstance(whole, list) else [whole]:
        if not isinstance(each, Mapping):
            raise CannotRunError(f"expected an object, got {each!r:.60}")
        yield each


def _history(session: ReadOnlySession, since: str) -> list[Event]:
    """Read each call from CloudTrail's event history, which keeps 90 days in every account."""
    client, begin, found = session.client("cloudtrail"), _since(since, session.now), list[Event]()
    with progress(stderr_console(), "Reading the event history") as bar:
        bar.add(len(_CALLS))
        for call in _CALLS:
            pages = client.get_paginator("lookup_events").paginate(
                LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": call}],
                StartTime=begin,
                EndTime=session.now,
            )
            rows = (json.loads(row["CloudTrailEvent"]) for page in pages for row in page["Events"])
            found += [_as_event(row) for row in rows if row.get("eventSource") == _SOURCE]
            bar.advance()
    return [event for event in found if not isinstance(parse_event(event), IgnoredEvent)]


def _as_event(record: Event) -> Event:
    """Wrap a record as EventBridge delivers it."""
    return {
        "id": record.get("eventID"),
        "detail-type": CLOUDTRAIL,
        "source": "aws.sagemaker",
        "account": record.get("recipientAccountId"),
        "region": record.get("awsRegion"),
        "time": record.get("eventTime"),
        "resources": [],
        "detail": record,
    }


def _since(text: str, now: datetime) -> datetime:
    try:
        return now - parse_duration(text)
    except ValueError:
        pass
    try:
        return parse_time(text)
    except ValueError:
        raise CannotRunError(f"{text!r} is neither 2h nor 2026-11-23T09:00:00Z.") from None
