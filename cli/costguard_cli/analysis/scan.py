"""Scan a region as the sweep does, and assess it without writing anything."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from costguard.adapters.activity_source import NotebookObserver
from costguard.adapters.sagemaker.inventory import SageMakerInventory
from costguard.app.activity_polling import poll_activity
from costguard.resources.model import Resource
from costguard.resources.registry import KINDS, kind_of_arn
from costguard_cli.analysis.assessment import Assessment, LedgerView, Unreadable, assess_fleet
from costguard_cli.analysis.context import AnalysisContext
from costguard_cli.aws.session import ReadOnlySession
from costguard_cli.console import Bar, progress, stderr_console
from costguard_cli.errors import is_fatal, why_refused

_TO_DESCRIBE = {
    kind.api.list.operation: kind.api.list.rows
    for kind in KINDS.values()
    if not kind.translation.summary_suffices
}
_DESCRIBES = {kind.api.describe for kind in KINDS.values()}
_CALLS = {
    "GetResources": "tags",
    "GetMetricData": "heartbeats",
    **{kind.api.list.operation: f"any {kind.title}" for kind in KINDS.values()},
    **{kind.api.describe: f"one {kind.title}" for kind in KINDS.values()},
}


def scan(session: ReadOnlySession, context: AnalysisContext, *, now: datetime) -> Assessment:
    """Assess everything that runs in a region. Raises errors that would fail every call."""
    fleet, unseen = read_fleet(session, context, now=now)
    rows = assess_fleet(
        fleet,
        context.policy,
        context.prices,
        now=now,
        ledger=LedgerView(cases=context.cases, hear=partial(context.hear, now=now)),
        money=context.money,
    )
    return Assessment(
        region=session.region,
        now=now,
        policy=context.policy,
        rows=rows,
        unseen=(*context.unseen, *unseen),
    )


def read_fleet(
    session: ReadOnlySession, context: AnalysisContext, *, now: datetime
) -> tuple[tuple[Resource, ...], tuple[Unreadable, ...]]:
    """List everything that runs, with its known activity, and what could not be read.

    Activity comes from heartbeats and jobs alone: opening a notebook would not be read-only.
    """
    inventory = SageMakerInventory(
        session.client("sagemaker"), partial(session.client, "resourcegroupstaggingapi")
    )
    observer = NotebookObserver(
        inventory=inventory, cloudwatch=partial(session.client, "cloudwatch"), ask=None
    )
    with progress(stderr_console(), f"Looking at {session.region}") as bar:
        with _reporting_progress(session, bar):
            resources, errors = inventory.running(now)
        fleet, activity_errors = _without_children(resources), tuple[Exception, ...]()
        if not errors:  # a job that could not be read may be a notebook's work
            fleet, activity_errors = poll_activity(
                fleet, context.policy, observer, cases=context.cases, now=now
            )
    for error in (*errors, *activity_errors):
        if is_fatal(error):
            raise error
    return fleet, unreadable_from((*errors, *activity_errors))


def _without_children(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """Leave out, as the sweep does, resources whose parent is evaluated in their place."""
    return tuple(r for r in resources if r.parent is None or kind_of_arn(r.parent) is None)


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
