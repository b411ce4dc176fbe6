"""The law: what the audit says now is what the next sweep does, or it says *not asked*."""

from collections.abc import Mapping, Sequence
from copy import replace
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from costguard.app.activity_ports import ActivityObserver, NextCheck, ObservedActivity
from costguard.app.event_context import SWEPT
from costguard.costs.prices import Price, Prices
from costguard.enforcement.case import Case, FindingState
from costguard.enforcement.enforced import is_enforced
from costguard.policy.model import Policy, RuleSettings
from costguard.resources.activity import (
    Activity,
    Heartbeat,
    JupyterActivity,
    Kernel,
    LookBack,
    WorkMemory,
)
from costguard.resources.model import Resource, ResourceStatus
from costguard.rules import RULES
from costguard_cli.analysis.assessment import (
    AssessedResource,
    AssessmentOutcome,
    assess_plans,
    is_unasked,
)
from costguard_cli.analysis.context import AnalysisContext
from costguard_cli.analysis.dry_run import UsageReader
from costguard_cli.analysis.survey import UnaskedObserver, read_only, survey_by
from tests.factories import GOOD_TAGS, at, notebook, policy
from tests.property.strategies import cases, policies, resources
from tests.scenarios.account import Account

NOW = at(2)
IDLE = "idle"
LISTED = {("notebook", "ml.t3.medium"): "0.05", ("training", "ml.m5.large"): "0.115"}
PRICES = Prices(
    {("us-east-2", *what): Price(Decimal(usd), "a list", "2026") for what, usd in LISTED.items()},
    fetched=at(1),
)


@dataclass(frozen=True)
class World:
    """A policy, what runs with its cases, and what its notebooks and its meter would say."""

    policy: Policy
    resources: Sequence[Resource]
    cases: Mapping[str, Case] = field(default_factory=dict)
    activity: Mapping[str, Activity] = field(default_factory=dict)
    priced: bool = True
    probes: bool = True
    swept: datetime | None = None


activities = st.builds(
    Activity,
    jupyter=st.none()
    | st.builds(
        JupyterActivity,
        seen=st.just(NOW),
        kernels=st.lists(
            st.builds(Kernel, st.sampled_from(["busy", "idle", "odd"]), st.just(at(0.5))),
            max_size=2,
        ).map(tuple),
        problem=st.none() | st.just("no answer"),
    ),
    heartbeats=st.lists(
        st.builds(
            Heartbeat,
            at=st.sampled_from([at(1.95), at(1)]),
            busy_kernels=st.none() | st.sampled_from([0.0, 1.0]),
        ),
        max_size=1,
    ).map(tuple),
)
amounts = st.none() | st.sampled_from([Decimal(0), Decimal("0.04"), Decimal(5)])


@st.composite
def worlds(draw: st.DrawFn) -> World:
    fleet = draw(
        st.lists(
            resources(ResourceStatus.RUNNING)
            | st.builds(
                notebook,
                st.sampled_from(["DoeJohn-A", "RoeJane-B"]),
                started=st.sampled_from([at(0), at(-20), at(1.9)]),
                tags=st.sampled_from([GOOD_TAGS, {}]),
            ),
            max_size=4,
            unique_by=lambda resource: resource.ref.key,
        )
    )
    found = {each.ref.key: case for each in fleet if (case := draw(cases(each)))}
    return World(
        policy=with_sums(draw(policies()), draw(amounts), draw(amounts)),
        resources=fleet,
        cases=found,
        activity={each.name: draw(activities) for each in fleet},
        priced=draw(st.booleans()),
        probes=draw(st.booleans()),
        swept=draw(st.sampled_from([None, at(1.95), at(-100)])),  # a guard may have slept
    )


def with_sums(given_: Policy, rate: Decimal | None, budget: Decimal | None) -> Policy:
    """Enable the rules that a fleet, a meter or a notebook is asked for."""
    own: dict[str, Any] = {
        "burn-rate": {"per_owner": rate},
        "over-budget": {"per_owner": {} if budget is None else {"*": budget}},
        IDLE: {},
    }
    enabled = {
        rule: RuleSettings(options=replace(RULES[rule].options, **options))
        for rule, options in own.items()
    }
    return replace(given_, rules={**given_.rules, **enabled})


@dataclass(frozen=True)
class _WithoutProbe:
    """Sees what the audit's observer can: all but Jupyter."""

    inner: ActivityObserver

    def observe(
        self,
        notebooks: Sequence[Resource],
        now: datetime,
        next_check: NextCheck | None,
        look_back: LookBack,
    ) -> ObservedActivity:
        seen = self.inner.observe(notebooks, now, next_check, look_back)
        activity = {key: replace(each, jupyter=None) for key, each in seen.activity.items()}
        return replace(seen, activity=activity)

    def remember(
        self,
        _notebooks: Mapping[str, Resource],
        _works: Mapping[str, WorkMemory],
        _now: datetime,
    ) -> tuple[Exception, ...]:
        return ()


def account_of(world: World) -> Account:
    account = Account(world.policy, *world.resources)
    account.ledger = dict(world.cases)
    account.activity = {
        name: each if world.probes else replace(each, jupyter=None)
        for name, each in world.activity.items()
    }
    account.prices = PRICES if world.priced else Prices()
    account.sweep_every = timedelta(minutes=5)
    if world.swept:
        account.markers[SWEPT] = world.swept
    return account


def audit(account: Account, world: World) -> tuple[AssessedResource, ...]:
    """Audit an account as the command does."""
    context = AnalysisContext(
        policy=world.policy, source="", cases=dict(account.ledger), ports=account.watch_ports
    )
    ports = read_only(account.sweep_ports, context, UsageReader(Prices(), account.meter))
    seen = _WithoutProbe(account)
    ports = replace(ports, activity=UnaskedObserver(seen) if world.probes else seen)
    survey = survey_by(ports, now=NOW)
    return assess_plans(survey.of_fleet, world.policy, account.prices)


def sweep(account: Account) -> None:
    try:
        account.sweep(NOW)
    except ExceptionGroup as group:
        raise AssertionError(group.exceptions) from group


def outcome_in(account: Account, resource: Resource) -> tuple[AssessmentOutcome, datetime | None]:
    """Read in the ledger and the queue what the sweep has decided."""
    case = account.ledger.get(resource.ref.key)
    findings = case.findings.values() if case else ()
    warned = [f.deadline for f in findings if f.state is FindingState.WARNED and f.deadline]
    states = {finding.state for finding in findings}
    done = {
        AssessmentOutcome.STOP: any(resource.ref in refs for refs, _ in account.queue),
        AssessmentOutcome.HELD_BACK: bool(case and case.held),
        AssessmentOutcome.STOPPING: bool(case and case.stopping),
        AssessmentOutcome.WARN: bool(warned),
        AssessmentOutcome.TELL: FindingState.NOTIFIED in states,
        AssessmentOutcome.OBSERVE: FindingState.OBSERVED in states,
    }
    outcome = next((each for each, holds in done.items() if holds), AssessmentOutcome.FINE)
    return outcome, min(warned) if outcome is AssessmentOutcome.WARN else None


QUIET = {
    AssessmentOutcome.FINE,
    AssessmentOutcome.CANNOT_TELL,
    AssessmentOutcome.NOT_ASKED,
}
PRICED = notebook(started=at(1.5))
RATE = World(with_sums(policy(), Decimal("0.01"), None), [PRICED])


@given(worlds())
@example(RATE)  # K3: what a person may spend an hour, where no budget is set
@example(replace(RATE, policy=with_sums(policy(), None, Decimal(0))))
def test_what_the_audit_says_now_is_what_the_next_sweep_does(world: World) -> None:
    account = account_of(world)
    rows = audit(account, world)
    unasked = {row.resource.ref.key for row in rows if is_unasked(row.evaluation)}
    assert world.probes or not unasked
    sweep(account)
    if unasked:  # what they come to may also trip the brake: the rows beside them are not compared
        return
    for row in rows:
        done, when = outcome_in(account, row.resource)
        said = AssessmentOutcome.FINE if row.outcome in QUIET else row.outcome
        assert (said, row.when) == (done, when), row.resource.name


@given(worlds())
def test_where_jupyter_was_not_asked_every_other_rule_is_answered(world: World) -> None:
    account = account_of(world)
    rows = {row.resource.ref.key: row.evaluation for row in audit(account, world)}
    sighted = {
        row.resource.ref.key: row.evaluation
        for row in audit(account_of(world), replace(world, probes=False))
    }
    blind = {key for key, found in rows.items() if is_unasked(found)}
    for key, found in rows.items():
        others = {r: fail for r, fail in found.violations.items() if r != IDLE}
        same = {r: fail for r, fail in sighted[key].violations.items() if r != IDLE}
        assert others == same
        assert key in blind or found.violations.keys() == sighted[key].violations.keys()


@given(worlds())
def test_the_audit_writes_nothing(world: World) -> None:
    account = account_of(world)
    before = dict(account.ledger), dict(account.markers), dict(account.usage), account.spend
    audit(account, world)
    after = dict(account.ledger), dict(account.markers), dict(account.usage), account.spend
    assert before == after
    assert (account.notices, account.summaries, account.queue, account.stopped) == ([], [], [], [])
    assert (account.audited, account.counted) == ([], [])


@given(worlds())
def test_a_deadline_is_the_ledgers_also_where_jupyter_was_not_asked(world: World) -> None:
    account = account_of(world)
    for row in audit(account, world):
        before = world.cases.get(row.resource.ref.key)
        finding = before.findings.get(IDLE) if before else None
        if is_unasked(row.evaluation) and finding and before and not before.stopping:
            after = row.plan.after.findings.get(IDLE, finding)
            stands = is_enforced(world.policy, IDLE, row.resource.kind)
            assert after == finding or (not stands and after.deadline is None)
