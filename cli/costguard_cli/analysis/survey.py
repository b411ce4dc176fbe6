"""Decide about a region as the next sweep does, by its own code, without writing anything."""

from collections.abc import Collection, Mapping, Sequence
from copy import replace
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from costguard.adapters.activity_source import NotebookObserver
from costguard.adapters.thread_pool import run_concurrently
from costguard.adapters.use_metrics import CloudWatchUse
from costguard.app.activity_ports import ActivityObserver, NextCheck, ObservedActivity
from costguard.app.decide import DecisionContext, decide
from costguard.app.decide_fleet import decide_fleet
from costguard.app.ports import Inventory, SweepPorts, UsageStore
from costguard.app.silence import Silence
from costguard.common.concurrency import ErrorCollector
from costguard.costs.budgets import CostContext
from costguard.enforcement.brake import hold_back
from costguard.enforcement.plan import ResourcePlan
from costguard.ownership.fleet import Fleet
from costguard.resources.activity import LookBack, WorkMemory
from costguard.resources.deletion import DeletionCheck
from costguard.resources.model import Resource
from costguard_cli.analysis.context import AnalysisContext
from costguard_cli.analysis.dry_run import (
    DryRunState,
    NoUsage,
    UsageReader,
    discard,
    fields_of,
    without_ledger,
)
from costguard_cli.analysis.inventory import inventory_of
from costguard_cli.aws.session import ReadOnlySession
from costguard_cli.aws.stack import SWEEP_EVERY
from costguard_cli.errors import is_fatal


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSurvey:
    """What the next sweep would see and decide. `errors` is what could not be read."""

    ports: SweepPorts
    fleet: Fleet
    money: CostContext | None
    silence: Silence
    plans: Mapping[str, ResourcePlan]  # by the resource's key
    errors: tuple[Exception, ...]

    @property
    def of_fleet(self) -> list[ResourcePlan]:
        """The plans of what runs."""
        keys = [resource.ref.key for resource in self.fleet.resources]
        return [self.plans[key] for key in keys if key in self.plans]

    def plan_of(self, resource: Resource, now: datetime) -> ResourcePlan:
        """Return the plan of one resource; the sweep leaves out what is stopped or has a parent."""
        if found := self.plans.get(resource.ref.key):
            return found
        context = DecisionContext(now=now, silence=self.silence, fleet=self.fleet, money=self.money)
        return decide(self.ports, resource, self.ports.cases.get(resource.ref), context)


def survey_fleet(
    session: ReadOnlySession, context: AnalysisContext, *, now: datetime
) -> FleetSurvey:
    """Decide about everything. Raises errors that would fail every call."""
    return survey_by(sweep_ports(session, context), now=now)


def survey_by(ports: SweepPorts, *, now: datetime) -> FleetSurvey:
    """Decide by the ports of a sweep that write nothing."""
    errors = ErrorCollector()
    ports = replace(ports, inventory=_TolerantInventory(ports.inventory, errors))
    observed, money, plans = decide_fleet(ports, errors, now)
    for error in errors.errors:
        if is_fatal(error):
            raise error
    held = hold_back(plans, ports.policy, now=now)
    return FleetSurvey(
        ports=ports,
        fleet=Fleet(observed.fleet, ports.policy.directory),
        money=money,
        silence=observed.silence,
        plans={plan.resource.ref.key: plan for plan in held.plans},
        errors=tuple(errors.errors),
    )


def sweep_ports(session: ReadOnlySession, context: AnalysisContext) -> SweepPorts:
    """Return the ports of the deployed sweep, or of one that were deployed now.

    Without a readable ledger nobody was warned and nothing was spent.
    """
    deployed = context.ports
    reader = DryRunState(deployed=deployed)
    if deployed is None:
        return read_only(_ports_of_account(session, context), context, NoUsage(context.prices))
    listed = context.prices if context.list_prices else None
    ports = SweepPorts(
        **fields_of(deployed),
        texts=reader,
        receipts=reader,
        stop_requests=reader,
        unwatched=reader,
        unwatched_ledger=reader,
        roster_files=reader,
        rosters=reader,
        enrolled=lambda: context.policy,
    )
    return read_only(ports, context, UsageReader(context.prices, deployed.usage, listed))


def read_only(ports: SweepPorts, context: AnalysisContext, usage: UsageStore) -> SweepPorts:
    """Return ports that read as these do and write nothing; no notebook is opened."""
    reader = DryRunState(deployed=context.ports)
    probes = context.stack is None or "Probe" in context.stack.functions
    return replace(
        ports,
        policy=context.policy,
        activity=UnaskedObserver(ports.activity) if probes else ports.activity,
        cases=DryRunState(cases=dict(context.cases)),
        audit=reader,
        marks=reader,
        usage=usage,
        notices=reader,
        texts=reader,
        receipts=reader,
        unwatched=reader,
        unwatched_ledger=reader,
        roster_files=reader,
        rosters=reader,
        enrolled=lambda: context.policy,
        stop_requests=reader,
        count=discard,
        log=discard,
    )


def _ports_of_account(session: ReadOnlySession, context: AnalysisContext) -> SweepPorts:
    """Return the ports of an account in which nothing is deployed."""
    inventory = inventory_of(session)
    activity = NotebookObserver(inventory, partial(session.client, "cloudwatch"), None)
    use = CloudWatchUse(partial(session.client, "cloudwatch"))
    account = session.account() if context.policy.accounts else ""  # only its own table needs it
    state, place = DryRunState(), (account, session.region)
    observers = activity, use
    bare = without_ledger(context.policy, context.prices, state, inventory, observers, place)
    ports = SweepPorts(
        **fields_of(bare),
        texts=state,
        receipts=state,
        stop_requests=state,
        unwatched=state,
        unwatched_ledger=state,
        roster_files=state,
        rosters=state,
        enrolled=lambda: context.policy,
    )
    return replace(ports, sweep_interval=SWEEP_EVERY, run_concurrently=run_concurrently)


@dataclass(frozen=True, slots=True)
class UnaskedObserver:
    """Observes what can be seen without Jupyter, where the sweep would ask it."""

    observer: ActivityObserver

    def observe(
        self,
        notebooks: Sequence[Resource],
        now: datetime,
        next_check: NextCheck | None,
        look_back: LookBack,
    ) -> ObservedActivity:
        """Observe each, and say that its Jupyter was not asked."""
        seen = self.observer.observe(notebooks, now, next_check, look_back)
        activity = {key: replace(each, unasked=True) for key, each in seen.activity.items()}
        return replace(seen, activity=activity)

    def remember(
        self,
        _notebooks: Mapping[str, Resource],
        _works: Mapping[str, WorkMemory],
        _now: datetime,
    ) -> tuple[Exception, ...]:
        """Keep nothing: a command only reads."""
        return ()


NOT_CHECKED = "it could not be seen what would hinder that"


@dataclass(frozen=True, slots=True)
class _TolerantInventory:
    """An inventory of which the caller may not read everything: such tags are not known."""

    inventory: Inventory
    errors: ErrorCollector

    def describe(self, ref: Any) -> Resource | None:
        return self.inventory.describe(ref)

    def running(
        self, now: datetime, skip: Collection[str] = ()
    ) -> tuple[tuple[Resource, ...], tuple[Exception, ...]]:
        return self.inventory.running(now, skip)

    def tags(self, arn: str) -> Any:
        try:
            return self.inventory.tags(arn)
        except ClientError as error:
            self.errors.add([error])
            return None

    def check_deletion(self, resource: Resource, now: datetime) -> DeletionCheck:
        try:
            return self.inventory.check_deletion(resource, now)
        except ClientError as error:
            self.errors.add([error])
            return DeletionCheck(now, (NOT_CHECKED,))

    def with_volumes(self, place: str) -> Any:
        return self.inventory.with_volumes(place)
