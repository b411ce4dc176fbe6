"""Look at a region as the sweep does, and judge it without a trace."""

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
from costguard_cli.analysis.assessment import Assessment, Unreadable, assess_fleet
from costguard_cli.analysis.context import AnalysisContext
from costguard_cli.aws.session import ReadOnlySession, exit_on_sigint
from costguard_cli.console import Bar, aside, progress
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


def scan(world: ReadOnlySession, basis: AnalysisContext, *, now: datetime) -> Assessment:
    """Look at everything that runs in a region. Raises what is no mere refusal of one call."""
    fleet, unseen = fleet_of(world, basis, now=now)
    rows = assess_fleet(
        fleet, basis.policy, basis.prices, now=now, cases=basis.cases, money=basis.money
    )
    return Assessment(
        region=world.region,
        now=now,
        policy=basis.policy,
        rows=rows,
        unseen=(*basis.unseen, *unseen),
    )


def fleet_of(
    world: ReadOnlySession, basis: AnalysisContext, *, now: datetime
) -> tuple[tuple[Resource, ...], tuple[Unreadable, ...]]:
    """List everything that runs, with what is known of its activity, and what nobody could see.

    Heartbeats and jobs are all it knows of activity: opening a notebook would be no mere look.
    """
    inventory = SageMakerInventory(
        world.client("sagemaker"), partial(world.client, "resourcegroupstaggingapi")
    )
    observer = NotebookObserver(
        inventory=inventory, cloudwatch=partial(world.client, "cloudwatch"), ask=None
    )
    with exit_on_sigint(), progress(aside(), f"Looking at {world.region}") as bar:
        with _followed(world, bar):
            everything, errors = inventory.running(now)
        fleet, blind = _without_children(everything), tuple[Exception, ...]()
        if not errors:  # a job that could not be read may be a notebook's work
            fleet, blind = poll_activity(fleet, basis.policy, observer, cases=basis.cases, now=now)
    for error in (*errors, *blind):
        if is_fatal(error):
            raise error
    return fleet, unreadable_from((*errors, *blind))


def _without_children(everything: Iterable[Resource]) -> tuple[Resource, ...]:
    """Leave out, as the sweep does, what is judged by the parent that SageMaker made it for."""
    return tuple(r for r in everything if r.parent is None or kind_of_arn(r.parent) is None)


def unreadable_from(errors: Iterable[Exception]) -> tuple[Unreadable, ...]:
    """Say, once for each call, what gave no answer."""
    seen = Counter((_what(error), why_refused(error)) for error in errors)
    return tuple(Unreadable(what, why, times) for (what, why), times in seen.items())


def _what(error: Exception) -> str:
    call = error.operation_name if isinstance(error, ClientError) else type(error).__name__
    return f"{_CALLS[call]} ({call})" if call in _CALLS else call


@contextmanager
def _followed(world: ReadOnlySession, bar: Bar) -> Iterator[None]:
    """Let a list's answer say how much is to be described, and each description that it is done."""

    def saw(call: str, answer: Mapping[str, Any]) -> None:
        if call in _TO_DESCRIBE:
            bar.more(len(answer.get(_TO_DESCRIBE[call], ())))
        elif call in _DESCRIBES:
            bar.done()

    world.watchers.append(saw)
    try:
        yield
    finally:
        world.watchers.remove(saw)
