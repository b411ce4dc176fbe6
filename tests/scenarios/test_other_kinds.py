"""AutoML jobs, schedules and servers on a shared account: warned about, counted and stopped."""

from copy import replace
from datetime import timedelta
from typing import Any

import pytest

from costguard.app.recheck import take_snapshot
from costguard.app.seldom_kinds import LISTED_EVERY
from costguard.resources.kind import Kind
from costguard.resources.model import Resource, ResourceStatus
from costguard.resources.registry import KINDS
from tests.factories import arn, at, on, policy, resource, training_job, with_rule
from tests.fakes import Refused, override
from tests.scenarios.account import Account

AUTO = resource("automl-job", "churn-automl", groups=None, instances=None, max_runtime=None)
SELDOM = {name for name, kind in KINDS.items() if kind.seldom}


def candidate(number: int, instance_type: str = "ml.m5.large", **changes: Any) -> Resource:
    return training_job(
        f"churn-automl-trial-{number}", parent=AUTO.arn, **on(instance_type) | changes
    )


def account(*candidates: Resource) -> Account:
    return Account(policy(), AUTO, *candidates)


def test_an_automl_job_is_stopped_for_what_its_candidates_run_on() -> None:
    seen = account(candidate(1), candidate(2, "ml.p4d.24xlarge"))
    seen.run(at(0.1))
    seen.sweep(at(0.2))  # no event tells of its end
    assert seen.stopped == ["churn-automl"]
    assert "ml.p4d.24xlarge is not among" in seen.notices[0].reason


def test_an_automl_job_with_too_many_candidates_at_once_is_stopped() -> None:
    seen = account(candidate(1), candidate(2), candidate(3))
    seen.run(at(0.1))
    seen.sweep(at(0.2))
    assert "it runs 3 instances at once" in seen.notices[0].reason
    assert seen.stopped == ["churn-automl"]


def test_candidates_that_are_allowed_let_it_be() -> None:
    seen = account(candidate(1), candidate(2))
    seen.run(at(0.1))
    assert (seen.stopped, seen.notices) == ([], [])


def test_an_event_alone_says_nothing_of_its_instances() -> None:
    seen = account()
    seen.deliver(_created())
    assert (seen.stopped, seen.notices) == ([], [])


def test_between_two_candidates_a_wrong_type_is_not_mended() -> None:
    rules = with_rule(policy(), "instance-type")
    seen = Account(rules, AUTO, candidate(1, "ml.p4d.24xlarge"))
    seen.sweep(at(0.1))
    seen.delete("churn-automl-trial-1")
    seen.sweep(at(0.2))
    assert "all-clear" not in [notice.stage for notice in seen.notices]


def test_a_candidate_of_unknown_size_leaves_the_number_unknown() -> None:
    seen = account(candidate(1, groups=None, instances=None))
    seen.sweep(at(0.1))
    assert seen.stopped == []
    assert set(seen.case("churn-automl").gaps) == {"instance-type", "too-many"}


@pytest.mark.parametrize(
    "kind", [k for k in KINDS.values() if k.seldom and not k.is_deleted], ids=lambda k: k.name
)
def test_what_ran_too_long_is_stopped(kind: Kind) -> None:
    name = "/".join("one" for _ in kind.identity.parts)
    old = resource(kind.name, name, groups=(), instances=0, max_runtime=None)
    seen = Account(policy(), old)
    seen.run(at(1))
    assert seen.stopped == []
    seen.run(at(13))
    assert seen.stopped == [name]


def test_a_server_that_is_started_again_has_its_whole_time() -> None:
    server = resource("mlflow-tracking-server", "runs", groups=(), instances=0, max_runtime=None)
    seen = Account(policy(), server)
    seen.run(at(13))
    seen.change("runs", status=ResourceStatus.RUNNING, started=at(14))
    seen.run(at(25))
    assert seen.stopped == ["runs"]
    seen.run(at(27))
    assert seen.stopped == ["runs", "runs"]


def test_a_server_that_is_updated_goes_on_and_its_age_with_it() -> None:
    server = resource("mlflow-tracking-server", "runs", groups=(), instances=0, max_runtime=None)
    seen = Account(policy(), server)
    seen.run(at(1))
    for hour in (6, 11):  # whoever updates it before its time is over gains nothing
        seen.change("runs", started=at(hour), continues=True)
        seen.run(at(hour))
        seen.run(at(hour) + timedelta(minutes=30))
    seen.run(at(12.5))
    assert seen.stopped == ["runs"]


def test_a_server_that_was_updated_and_is_started_again_has_its_whole_time() -> None:
    server = resource("mlflow-tracking-server", "runs", groups=(), instances=0, max_runtime=None)
    seen = Account(policy(), server)
    seen.run(at(1))
    seen.change("runs", started=at(6), continues=True)
    seen.run(at(6))
    seen.change("runs", started=at(8), continues=False)  # nobody saw it stopped
    seen.run(at(13))
    assert seen.stopped == []


def test_kinds_that_nobody_uses_are_listed_once_an_hour() -> None:
    seen = Account(policy(), training_job("churn"))
    seen.sweep(at(0))
    assert seen.skipped == frozenset()
    seen.sweep(at(0.5))
    assert seen.skipped == SELDOM
    seen.sweep(at(0) + LISTED_EVERY)
    assert seen.skipped == frozenset()


def test_a_second_look_lists_no_kind_of_which_the_sweep_found_none() -> None:
    heavy = [training_job(f"job-{n}", **on("ml.p4d.24xlarge")) for n in range(2)]
    seen = Account(policy(), *heavy)
    seen.sweep(at(0))
    seen.skipped = frozenset()
    seen.enforce(at(0.1))
    assert seen.skipped == SELDOM
    assert sorted(seen.stopped) == ["job-0", "job-1"]


def test_a_second_look_lists_the_kind_that_it_is_about() -> None:
    servers = [
        resource("mlflow-tracking-server", name, groups=(), instances=0, max_runtime=None)
        for name in ("one", "two")
    ]
    seen = Account(policy(), *servers)
    seen.sweep(at(13))
    seen.markers["there was no mlflow-tracking-server"] = at(13)  # as if it had come just then
    seen.enforce(at(13.1))
    assert seen.skipped == SELDOM - {"mlflow-tracking-server"}
    assert sorted(seen.stopped) == ["one", "two"]


def test_a_second_look_lists_everything_where_the_ledger_does_not_tell() -> None:
    heavy = [training_job(f"job-{n}", **on("ml.p4d.24xlarge")) for n in range(2)]
    seen = Account(policy(), *heavy)
    seen.sweep(at(0))
    seen.skipped, refs = frozenset(SELDOM), [each.ref for each in heavy]
    ports = seen.enforce_ports
    lost = override(ports.marks, last_times=_refuse)
    take_snapshot(replace(ports, marks=lost), refs, at(0.1))
    assert seen.skipped == frozenset()


def _refuse(_words: object) -> None:
    raise Refused


def test_a_kind_is_listed_while_there_is_one_or_a_case_of_one() -> None:
    untagged = resource("mlflow-tracking-server", "runs", groups=(), instances=0, tags={})
    seen = Account(policy(), untagged)
    seen.sweep(at(0))
    seen.change("runs", status=ResourceStatus.STOPPED)
    seen.sweep(at(2))
    seen.change("runs", status=ResourceStatus.RUNNING)
    seen.sweep(at(2.5))
    assert seen.skipped == SELDOM - {"mlflow-tracking-server"}


def test_after_an_event_about_one_its_kind_is_listed_for_an_hour() -> None:
    seen = Account(policy())
    seen.sweep(at(0))
    seen.deliver(_created())  # nothing of it runs yet
    seen.sweep(at(0.5))
    assert seen.skipped == SELDOM - {"automl-job"}
    seen.sweep(at(0.9))
    assert seen.skipped == SELDOM - {"automl-job"}
    seen.sweep(at(1.2))
    assert seen.skipped == {"automl-job"}  # it was listed lately, and the others were not


def test_a_child_shows_that_there_is_one_of_a_kind() -> None:
    seen = Account(policy())
    seen.sweep(at(0))
    for each in (AUTO, candidate(1), candidate(2), candidate(3)):
        seen.resources[each.ref.key] = each
    seen.run(at(0.5))
    assert seen.stopped == ["churn-automl"]
    assert seen.inventory_calls >= 3


def test_a_list_that_was_not_read_whole_skips_nothing_the_next_time() -> None:
    seen = Account(policy())
    seen.inventory_errors = (TimeoutError("SageMaker"),)
    with pytest.raises(ExceptionGroup):
        seen.sweep(at(0))
    seen.inventory_errors = ()
    seen.sweep(at(0.2))
    assert seen.skipped == frozenset()


def test_a_ledger_that_does_not_answer_skips_nothing() -> None:
    seen = Account(policy())
    seen.sweep(at(0))
    seen.marks.unreadable = True
    with pytest.raises(ExceptionGroup):
        seen.sweep(at(0.2))
    assert seen.skipped == frozenset()


def test_a_mark_of_the_future_skips_nothing() -> None:
    seen = Account(policy())
    seen.sweep(at(1))
    seen.sweep(at(1) - timedelta(minutes=5))
    assert seen.skipped == frozenset()


def _created() -> dict[str, object]:
    detail = {
        "eventSource": "sagemaker.amazonaws.com",
        "eventName": "CreateAutoMLJobV2",
        "requestParameters": {"autoMLJobName": "churn-automl"},
        "responseElements": {"autoMLJobArn": arn("automl-job", "churn-automl")},
    }
    return {
        "detail-type": "AWS API Call via CloudTrail",
        "time": at(0).isoformat(),
        "detail": detail,
    }
