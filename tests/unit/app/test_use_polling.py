"""Metrics are read only of what may be idle, and what could not be read stays unknown."""

from collections.abc import Mapping, Sequence
from copy import replace
from datetime import datetime, timedelta
from typing import Any

from costguard.app.use_polling import poll_use
from costguard.enforcement.case import open_case
from costguard.policy.model import Policy
from costguard.resources.activity import Activity, KeepRequest
from costguard.resources.model import Resource
from costguard.resources.use import MeasuredUse, UseMetric
from tests.factories import at, notebook, resource

METRIC = UseMetric(name="Invocations", dimensions=(("EndpointName", "churn"),))
NOW = at(48)
KEPT = (KeepRequest("tomorrow", at(1)),)


def endpoint(name: str, **changes: Any) -> Resource:
    return resource("endpoint", name, **{"use": (METRIC,)} | changes)


class Meter:
    """Answers that nothing was used, and writes down what it was asked."""

    def __init__(self, *errors: Exception) -> None:
        self.asked: list[str] = []
        self.since: datetime | None = None
        self.errors = errors

    def measure(
        self, resources: Sequence[Resource], since: datetime, _now: datetime
    ) -> tuple[Mapping[str, MeasuredUse], tuple[Exception, ...]]:
        self.asked += [each.name for each in resources]
        self.since = since
        found = {each.ref.key: MeasuredUse(since=since) for each in resources}
        return ({} if self.errors else found), self.errors


FLEET = (
    notebook(),
    endpoint("old"),
    endpoint("young", started=at(40)),
    endpoint("changed", changed=at(40)),
    endpoint("unmeasured", use=()),
    endpoint("serverless", groups=()),
    endpoint("starting", started=None),
)


def test_only_what_may_be_idle_is_measured_for_as_long_as_it_takes() -> None:
    meter = Meter()
    found, errors = poll_use(FLEET, Policy(), meter, cases={}, now=NOW)
    assert (meter.asked, meter.since, errors) == (["old"], NOW - timedelta(hours=26), ())
    assert [each.name for each in found if each.activity] == ["old"]


def test_what_its_owner_asked_before_comes_with_it() -> None:
    case = replace(open_case(FLEET[1]), kept=KEPT)
    found, _ = poll_use(FLEET, Policy(), Meter(), cases={case.ref.key: case}, now=NOW)
    assert found[1].activity == Activity(use=MeasuredUse(since=at(22)), kept=KEPT)


def test_what_cannot_be_read_is_unknown_and_an_error() -> None:
    refused = RuntimeError("no metrics")
    found, errors = poll_use(FLEET, Policy(), Meter(refused), cases={}, now=NOW)
    assert errors == (refused,)
    assert found[1].activity == Activity()


def test_before_a_stop_one_is_measured_alone() -> None:
    meter = Meter()
    poll_use((*FLEET, endpoint("two")), Policy(), meter, cases={}, now=NOW, only=FLEET[1])
    assert meter.asked == ["old"]


def test_without_the_rule_nothing_is_measured() -> None:
    meter = Meter()
    assert poll_use(FLEET, Policy(rules={}), meter, cases={}, now=NOW) == (FLEET, ())
    assert meter.asked == []
