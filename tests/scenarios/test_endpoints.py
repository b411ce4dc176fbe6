"""Endpoints that nobody calls: told with what they cost, and never stopped without `Park`."""

import shlex
from datetime import timedelta
from typing import Any

import pytest

from costguard.app.sweep import sweep
from costguard.app.watch import watch
from costguard.policy.model import RuleSettings
from costguard.resources.model import InstanceGroup, Resource
from costguard.resources.per_kind import for_all
from costguard.resources.use import UseMetric
from costguard.rules.idle import Options
from tests.factories import at, policy, resource, with_rule
from tests.scenarios.account import Account, stages

METRIC = UseMetric(name="Invocations", dimensions=(("EndpointName", "churn"),))
IDLE = {"idle": RuleSettings(options=Options())}
POLICY = policy(rules=IDLE)


def endpoint(**changes: Any) -> Resource:
    groups = (InstanceGroup("ml.g5.xlarge", 2),)
    facts = {"use": (METRIC,), "source": "churn-2", "groups": groups, "instances": 2}
    return resource("endpoint", "churn", **facts | changes)


def test_an_endpoint_that_nobody_calls_is_told_once_and_goes_on() -> None:
    account = Account(POLICY, endpoint())
    for hour in (20, 25, 26, 50):
        sweep(account.sweep_ports, now=at(hour))
    [told] = account.notices
    assert (told.rule, told.deadline) == ("idle", None)
    assert "nobody has used it since Mon 08:00" in told.reason
    commands = [shlex.split(line) for line in told.remedy.splitlines() if line.startswith("aws ")]
    assert [words[2] for words in commands] == ["delete-endpoint", "create-endpoint", "add-tags"]
    assert all("keep it for a while" not in " ".join(words) for words in commands)
    assert account.stopped == []
    assert account.queued_stops == []


def test_of_one_whose_model_is_gone_nothing_says_that_it_comes_back() -> None:
    rules = policy(
        rules=IDLE | {"long-running": policy().rules["long-running"]},
    )
    for given in (POLICY, with_rule(rules, "long-running", ran=for_all(timedelta(hours=20)))):
        account = Account(given, endpoint())
        account.hinders["churn"] = ["its model churn-1 does not exist any more"]
        sweep(account.sweep_ports, now=at(25))
        [told] = account.notices
        assert "stay" not in told.remedy
        assert "create-endpoint" not in told.remedy
        assert "delete-endpoint" in told.remedy


def test_one_that_is_called_is_left_alone() -> None:
    account = Account(POLICY, endpoint())
    account.uses["churn"] = at(24)
    sweep(account.sweep_ports, now=at(25))
    assert account.notices == []
    sweep(account.sweep_ports, now=at(49))
    assert len(stages(account.notices)) == 1


def test_metrics_that_cannot_be_read_accuse_nobody() -> None:
    account = Account(POLICY, endpoint())
    account.use_errors = (RuntimeError("no metrics"),)
    with pytest.raises(ExceptionGroup, match="could not do 1 of its tasks"):
        sweep(account.sweep_ports, now=at(30))
    assert account.notices == []


def test_an_event_alone_measures_nothing() -> None:
    account = Account(POLICY, endpoint())
    event = {
        "detail-type": "SageMaker Endpoint State Change",
        "time": at(30).isoformat(),
        "detail": {"EndpointName": "churn", "EndpointStatus": "IN_SERVICE"},
    }
    watch(account.watch_ports, event, now=at(30))
    assert account.measured == []
    assert account.notices == []
