"""Studio apps that somebody left on: told with their price and the line that ends them.

Only a deployment with `Park` may end one: there they are warned about as everything else is.
"""

from datetime import datetime
from typing import Any

import pytest

from costguard.policy.model import Policy
from costguard.policy.park import with_park
from costguard.resources.model import BillingFacts, InstanceGroup, Resource, ResourceStatus
from costguard.resources.per_kind import PerKind
from tests.factories import at, policy, resource, with_rule
from tests.scenarios.account import Account, stages

LAB = "d-1/lab/JupyterLab/default"
WHO = {"DomainId": "d-1", "SpaceName": "lab", "AppType": "JupyterLab", "AppName": "default"}
LINE = (
    "aws sagemaker delete-app --region us-east-2 --domain-id d-1 --space-name lab "
    "--app-type JupyterLab --app-name default"
)
PARKS = with_park(policy())


def app(name: str = LAB, on: str = "ml.m5.large", **changes: Any) -> Resource:
    facts = {"profile": "doe-john", "address": WHO, "max_runtime": None}
    groups = (InstanceGroup(on, 1),)
    return resource("app", name, **facts | {"groups": groups} | changes)


def seen(rules: Policy, *apps: Resource, hours: tuple[float, ...]) -> Account:
    account = Account(rules, *apps)
    for hour in hours:
        account.sweep(at(hour))
    return account


def test_one_that_ran_too_long_is_told_once_with_the_line_that_ends_it() -> None:
    account = seen(policy(), app(), hours=(11, 13, 20, 30))
    [told] = account.notices
    assert (told.stage, told.rule, told.deadline) == ("warning", "long-running", None)
    assert LINE in told.remedy
    assert told.owner["email"] == "john.doe@example.org"
    assert (account.stopped, account.queued_stops) == ([], [])


def test_with_park_one_is_warned_about_a_full_grace_before_it_is_due() -> None:
    account = seen(PARKS, app(), hours=(13,))
    [told] = account.notices
    assert datetime.fromisoformat(told.deadline) == at(17)  # "0s" was meant for jobs
    account.sweep(at(16.9))
    assert account.queued_stops == []
    account.sweep(at(17.1))
    assert account.queued_stops == [LAB]


def test_a_forbidden_type_is_told_and_what_has_none_is_not() -> None:
    account = seen(policy(), app(on="ml.p4d.24xlarge"), hours=(0.1,))
    assert [n.rule for n in account.notices] == ["instance-type"]
    assert LINE in account.notices[0].remedy
    canvas = app("d-1/jane/Canvas/default", "Session-Hrs")
    assert seen(policy(), canvas, hours=(0.1,)).notices == []


def test_a_canvas_session_left_on_is_told_by_its_age() -> None:
    canvas = app("d-1/jane/Canvas/default", "Session-Hrs")
    assert [n.rule for n in seen(policy(), canvas, hours=(13,)).notices] == ["long-running"]


def test_the_next_run_of_a_space_has_its_whole_time() -> None:
    account = seen(policy(), app(), hours=(13,))
    account.change(LAB, status=ResourceStatus.STOPPED)
    account.sweep(at(14))
    account.change(LAB, status=ResourceStatus.RUNNING, started=at(15), created=at(15))
    for hour in (15.5, 26):
        account.sweep(at(hour))
    assert stages(account.notices).count("warning") == 1
    account.sweep(at(28))
    assert stages(account.notices).count("warning") == 2


@pytest.mark.parametrize("billing", [BillingFacts(free=True), BillingFacts()])
def test_what_is_only_metered_is_asked_nothing(billing: BillingFacts) -> None:
    server = app("d-1/domain-shared/RStudioServerPro/default", judged=False, billing=billing)
    account = seen(policy(), server, hours=(13, 400))
    assert account.notices == []
    assert account.ledger == {}


def test_an_app_of_a_shared_space_counts_for_nobody() -> None:
    rules = with_rule(policy(), "too-many", per_owner=1)
    rules = with_rule(rules, "missing-tags", required=PerKind())
    names = [f"d-1/lab{n}/JupyterLab/default" for n in range(2)]
    mine = seen(rules, *(app(name, tags={}) for name in names), hours=(0.1,))
    assert [n.rule for n in mine.notices] == ["too-many"]
    shared = seen(rules, *(app(name, tags={}, shared=True) for name in names), hours=(0.1,))
    assert shared.notices == []
