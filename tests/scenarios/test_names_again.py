"""A name that comes back: what was deleted and made again is another resource.

Nothing of the first counts for the second: no warning, no counter, no creator, no cost.
"""

from copy import replace
from datetime import timedelta

import pytest

from costguard.app.activity_polling import poll_activity
from costguard.app.creators import with_creators
from costguard.app.use_polling import poll_use
from costguard.enforcement.case import FindingState, open_case
from costguard.resources.activity import KeepRequest
from costguard.resources.kind import Kind
from costguard.resources.model import BillingFacts, Resource
from costguard.resources.registry import KINDS
from tests.contract.test_kinds import described
from tests.factories import at, notebook, policy, resource, training_job
from tests.scenarios.account import Account
from tests.scenarios.test_idle import idle_policy
from tests.unit.app.test_use_polling import METRIC

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=[*KINDS])


def one(kind: Kind, hours: float) -> Resource:
    """Make one that breaks the rule of tags, at that hour."""
    name = "/".join("DoeJohn-x" for _ in kind.identity.parts)
    made = {"created": at(hours), "started": at(hours), "tags": {"Project": "sinkorswim"}}
    return resource(kind.name, name, **made)


def again(account: Account, made: Resource) -> None:
    """Delete what has the name, and make another, between two looks."""
    account.resources[made.ref.key] = made


@every_kind
def test_a_warning_about_the_first_stops_no_second(kind: Kind) -> None:
    account = Account(policy(), one(kind, 0))
    account.sweep(at(0.1))
    case = account.case(one(kind, 0).name)
    warned = {rule: f for rule, f in case.findings.items() if f.state is FindingState.WARNED}
    deadline = max((f.deadline for f in warned.values() if f.deadline), default=at(1))
    hours = (deadline - at(0)) / timedelta(hours=1)
    again(account, one(kind, hours - 0.01))
    account.run(deadline + timedelta(minutes=5))
    assert account.stopped == []
    fresh = account.case(case.name).findings
    assert all(fresh[rule].since > deadline for rule in warned)


@every_kind
def test_counters_and_requests_of_the_first_are_not_those_of_the_second(kind: Kind) -> None:
    account = Account(policy(), one(kind, 0))
    account.sweep(at(0.1))
    name = one(kind, 0).name
    known = account.case(name)
    rule = next(iter(known.findings))
    account.cases.save(replace(known, stops=3, returns={rule: 4}, held=True), known, at(0.1))
    again(account, one(kind, 1))
    account.sweep(at(1.1))
    case = account.case(name)
    assert (case.created, case.stops, case.returns, case.held) == (at(1), 0, {}, False)
    assert case.version > known.version


def test_a_keep_request_of_the_first_is_none_of_the_second() -> None:
    first = notebook(created=at(-9))
    case = replace(open_case(first), kept=(KeepRequest("tomorrow", at(1)),))
    quiet = notebook(created=at(0), started=at(0))
    account = Account(idle_policy(), quiet)
    cases = {quiet.ref.key: case}
    [seen], _ = poll_activity((quiet,), idle_policy(), account, cases=cases, now=at(2))
    assert seen.activity is not None
    assert seen.activity.kept == ()
    unused = resource("endpoint", "churn", use=(METRIC,), created=at(0), started=at(0))
    [seen], _ = poll_use(
        (unused,), idle_policy(), account, cases={unused.ref.key: case}, now=at(48)
    )
    assert seen.activity is not None
    assert seen.activity.kept == ()


def test_who_created_the_first_is_nobody_to_the_second() -> None:
    second = training_job("a-job", created=at(5), started=at(5))
    account = Account(policy(), second)
    account.marks.record_creator(second.ref, "jane.roe@example.org", at(0))
    [seen] = with_creators(account.sweep_ports, (second,))
    assert seen.creator is None
    account.marks.record_creator(second.ref, "john.doe@example.org", at(5))
    [seen] = with_creators(account.sweep_ports, (second,))
    assert seen.creator == "john.doe@example.org"


def test_an_event_about_the_second_takes_no_creator_of_the_first() -> None:
    account = Account(policy(), training_job("a-job", created=at(5), started=at(5), tags={}))
    account.marks.record_creator(training_job("a-job").ref, "jane.roe@example.org", at(0))
    account.event("a-job", at(5.1))
    assert account.notices[0].owner["name"] != "Jane Roe"


def test_the_cost_of_the_first_ends_and_stays_with_its_owner() -> None:
    names = {"Project": "sinkorswim", "Purpose": "x", "ModelSize": "small"}
    first = {"tags": names | {"Name": "Doe, John"}, "billing": BillingFacts(volume_gb=5)}
    second = {"tags": names | {"Name": "Roe, Jane"}, "billing": BillingFacts(volume_gb=5)}
    for make in (notebook, training_job):
        account = Account(policy(), make("a-name", created=at(0), started=at(0), **first))
        account.sweep(at(1))
        again(account, make("a-name", created=at(2), started=at(2), **second))
        account.sweep(at(3))
        rows = account.meter.rows.values()
        spans = {(row.component, row.start, row.end, row.labels.owner) for row in rows}
        for component in {row.component for row in rows}:
            assert (component, at(0), at(1), "John Doe") in spans
            assert (component, at(2), None, "Jane Roe") in spans


@every_kind
def test_each_says_when_it_was_made(kind: Kind) -> None:
    assert "CreationTime" in described(kind)
