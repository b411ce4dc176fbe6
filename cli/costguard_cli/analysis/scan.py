"""Scan a region as the sweep does, and assess it without writing anything."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from costguard.adapters.sagemaker.unwatched import SageMakerUnwatched
from costguard.common.formatting import pluralize
from costguard.policy.owner_warnings import caps_without_roster
from costguard.resources.model import Resource
from costguard.resources.registry import KINDS
from costguard.resources.unwatched import TOO_NEW, UnwatchedList
from costguard.rules.idle import RULE as IDLE
from costguard_cli.analysis.assessment import Assessment, Unreadable, assess_plans
from costguard_cli.analysis.context import LEDGER, AnalysisContext
from costguard_cli.analysis.studio import survey_studio
from costguard_cli.analysis.survey import FleetSurvey, survey_fleet
from costguard_cli.aws.session import ReadOnlySession
from costguard_cli.console import Bar, progress, stderr_console
from costguard_cli.errors import why_refused

_TO_DESCRIBE = {
    kind.api.list.operation: kind.api.list.rows
    for kind in KINDS.values()
    if not kind.translation.summary_suffices
}
_DESCRIBES = {kind.api.describe for kind in KINDS.values()}
_CALLS = {
    **dict.fromkeys(("BatchGetItem", "GetItem", "Query"), LEDGER),
    "ListTags": "tags",
    "GetResources": "tags",
    "GetMetricData": "heartbeats",
    # of kinds that share a call, the first
    **{
        each: f"any {kind.title}" for kind in reversed([*KINDS.values()]) for each in kind.api.lists
    },
    **{kind.api.describe: f"one {kind.title}" for kind in reversed([*KINDS.values()])},
}


def scan(session: ReadOnlySession, context: AnalysisContext, *, now: datetime) -> Assessment:
    """Assess everything that runs in a region. Raises errors that would fail every call."""
    survey = survey_region(session, context, now=now)
    found, unread = SageMakerUnwatched(session.client("sagemaker")).unwatched()
    studio = survey_studio(session.client("sagemaker"), session.region, _idle_after(context))
    denied = {title: why for title, why in unread.items() if why != TOO_NEW}
    return Assessment(
        region=session.region,
        now=now,
        policy=context.policy,
        rows=assess_plans(survey.of_fleet, context.policy, context.prices),
        unseen=(
            *context.unseen,
            *unreadable_from(survey.errors),
            *(Unreadable(f"any {title}", why) for title, why in denied.items()),
            *(Unreadable(what, why) for what, why in studio.unseen),
        ),
        studio=studio,
        unwatched=UnwatchedList(time=now, region=session.region, found=found, unread=unread),
        prices=context.prices,
        list_prices=context.list_prices,
        notes=(*caps_without_roster(context.policy), *_of_spokes(context)),
    )


def _of_spokes(context: AnalysisContext) -> Iterator[str]:
    """Say that the stack guards more than is looked at here."""
    listed = context.stack.parameters.get("Spokes", "") if context.stack else ""
    if places := list(filter(None, listed.split(","))):
        yield (
            f"The stack also guards {pluralize(len(places), 'place')} besides its own (Spokes): "
            "not looked at here, and what people run there is in no sum."
        )


def _idle_after(context: AnalysisContext) -> timedelta:
    """Answer the policy's longest time for a notebook: Studio's cannot differ by price."""
    settings = context.policy.rules.get(IDLE.id)
    options = settings.options if settings else IDLE.options
    return max(options.after.every)


def survey_region(
    session: ReadOnlySession, context: AnalysisContext, *, now: datetime
) -> FleetSurvey:
    """Decide as the next sweep does, and show how far that is."""
    with (
        progress(stderr_console(), f"Looking at {session.region}") as bar,
        _reporting_progress(session, bar),
    ):
        return survey_fleet(session, context, now=now)


def read_fleet(
    session: ReadOnlySession, context: AnalysisContext, *, now: datetime
) -> tuple[tuple[Resource, ...], tuple[Unreadable, ...]]:
    """List everything that runs, with its known activity, and what could not be read."""
    survey = survey_region(session, context, now=now)
    return survey.fleet.resources, unreadable_from(survey.errors)


def unreadable_from(errors: Iterable[Exception]) -> tuple[Unreadable, ...]:
    """Summarise failed calls: one entry a call and reason."""
    counts = Counter((_describe_call(error), why_refused(error)) for error in errors)
    return tuple(Unreadable(what, why, times) for (what, why), times in counts.items())


def _describe_call(error: Exception) -> str:
    call = error.operation_name if isinstance(error, ClientError) else type(error).__name__
    return f"{_CALLS[call]} ({call})" if call in _CALLS else call


@contextmanager
def _reporting_progress(session: ReadOnlySession, bar: Bar) -> Iterator[None]:
    """Show progress: each List response adds to the total, each Describe response advances it."""

    def on_response(call: str, response: Mapping[str, Any]) -> None:
        if call in _TO_DESCRIBE:
            bar.add(len(response.get(_TO_DESCRIBE[call], ())))
        elif call in _DESCRIBES:
            bar.advance()

    session.watchers.append(on_response)
    try:
        yield
    finally:
        session.watchers.remove(on_response)
