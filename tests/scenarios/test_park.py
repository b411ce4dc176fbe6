"""`park`: what only a deletion ends is warned of, looked at again, deleted, and said to be gone."""

from copy import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from costguard.app.park import park
from costguard.app.ports import Inventory
from costguard.app.sweep import sweep
from costguard.common.errors import IncompleteDataError, StopRefusedError
from costguard.policy.model import Mode, RuleOverrides, RuleSettings
from costguard.policy.park import with_park
from costguard.resources.model import InstanceGroup, Resource, ResourceStatus
from costguard.resources.use import UseMetric
from costguard.rules.idle import Options
from tests.factories import at, policy, resource
from tests.scenarios.account import Account

METRIC = UseMetric(name="Invocations", dimensions=(("EndpointName", "churn"),))
IDLE = {"idle": RuleSettings(options=Options())}
POLICY = with_park(policy(rules=IDLE, mode=Mode.ENFORCE))
TAGS = {"Name": "Jane Doe", "Purpose": 'It\'s "mine"; $(rm -rf /)'}
COMPONENT = "there is 1 inference component on it: a (2 copies)"
GRACE = timedelta(minutes=15)  # of the rule `idle`


def endpoint(**changes: Any) -> Resource:
    groups = (InstanceGroup("ml.g5.xlarge", 2),)
    facts = {"use": (METRIC,), "source": "churn-2", "groups": groups, "instances": 2}
    return resource("endpoint", "churn", **facts | {"tags": TAGS, "created": at(0)} | changes)


@pytest.fixture
def account() -> Account:
    return Account(POLICY, endpoint())


def due(account: Account) -> Account:
    """Warn, and let the grace pass."""
    account.sweep(at(25))
    account.sweep(at(25) + GRACE)
    assert account.queued_stops == ["churn"]
    return account


def said(account: Account) -> list[str]:
    return [stage for stage, _ in account.new_notices()]


def test_an_unused_one_is_warned_of_deleted_and_said_to_be_gone(account: Account) -> None:
    due(account)
    assert said(account) == ["warning"]
    assert account.enforce() == ["accepted"]
    assert (account.deleted, account.stopped) == (["churn"], [])
    account.sweep(at(25) + 2 * GRACE)
    assert said(account) == []  # it is being deleted: nothing is said before it is gone
    account.settle(at(26))
    [gone] = account.notices[1:]
    assert gone.stage == "stopped"
    again = (
        "create-endpoint --region us-east-2 --endpoint-name churn --endpoint-config-name churn-2"
    )
    assert again in gone.restart
    assert '\'[{"Key": "Name"' in gone.restart
    assert "delete-endpoint" not in gone.remedy  # it is done
    assert "'\"'\"'" in gone.restart  # the quote in a tag does not end the word of a shell
    assert not account.case("churn").is_open


def test_a_sweep_confirms_what_no_event_told(account: Account) -> None:
    due(account).enforce()
    account.delete("churn")
    account.sweep(at(26))
    assert said(account) == ["warning", "stopped"]
    account.sweep(at(27))
    assert said(account) == []


def test_what_it_was_is_kept_in_the_audit(account: Account) -> None:
    due(account).enforce()
    kept = dict(zip(account.audited, account.audit.details, strict=True))
    was = kept["asked-to-stop", "churn"]["was"]
    assert isinstance(was, dict)
    assert (was["source"], was["tags"]) == ("churn-2", TAGS)
    assert was["groups"] == ({"type": "ml.g5.xlarge", "count": 2},)


def test_with_an_obstacle_it_is_told_why_and_looked_at_once_an_hour(account: Account) -> None:
    account.hinders["churn"] = [COMPONENT]
    for minutes in range(0, 240, 5):
        account.run(at(25) + timedelta(minutes=minutes))
    [told] = account.notices
    assert told.deadline is None
    assert f"Costguard does not delete it: {COMPONENT}" in told.reason
    assert account.deleted == []
    assert len(account.checked) == 4


def test_when_the_obstacle_is_gone_it_is_warned_of_with_a_whole_grace(account: Account) -> None:
    account.hinders["churn"] = [COMPONENT]
    account.run(at(25))
    del account.hinders["churn"]
    account.run(at(26))
    assert [notice.deadline is None for notice in account.notices] == [True, False]
    account.run(at(26) + GRACE / 2)
    assert account.deleted == []
    account.run(at(26) + GRACE)
    assert account.deleted == ["churn"]


def test_an_obstacle_that_came_since_the_warning_is_said_and_nothing_is_deleted(
    account: Account,
) -> None:
    due(account).hinders["churn"] = [COMPONENT]
    assert account.enforce() == ["not-due"]
    assert account.deleted == []
    warned, told = account.notices
    assert (warned.deadline is None, told.deadline) == (False, None)
    assert COMPONENT in told.reason


def test_nothing_is_deleted_where_nobody_could_look(account: Account) -> None:
    due(account).hinders["churn"] = PermissionError("AccessDenied")
    with pytest.raises(PermissionError):
        account.enforce()
    assert account.deleted == []
    del account.hinders["churn"]
    account.sweep(at(26))
    assert account.enforce() == ["accepted"]


def test_one_that_is_called_again_is_left_alone(account: Account) -> None:
    due(account).uses["churn"] = at(25)
    assert account.enforce() == ["not-due"]
    assert account.deleted == []


def test_it_is_not_deleted_below_enforce_nor_without_park() -> None:
    warn = {"idle": RuleSettings(options=Options(), overrides=RuleOverrides(mode=Mode.WARN))}
    for calm in (
        with_park(policy(rules=warn, mode=Mode.ENFORCE)),
        policy(rules=IDLE, mode=Mode.ENFORCE),
        POLICY.with_ceiling(Mode.OBSERVE),
    ):
        account = Account(calm, endpoint())
        for hour in (25, 26, 50):
            account.run(at(hour))
        assert account.deleted == []
        assert len(account.notices) == 1


def test_a_stop_of_its_owner_is_not_claimed(account: Account) -> None:
    due(account).stop_results = ["gone"]
    assert account.enforce() == ["gone"]
    account.delete("churn")
    account.sweep(at(26))
    assert said(account) == ["warning"]


@pytest.mark.parametrize("refusal", ["not-running", StopRefusedError("AccessDenied")])
def test_what_aws_refuses_is_asked_again_and_not_claimed(account: Account, refusal: Any) -> None:
    due(account).stop_results = [refusal]
    if isinstance(refusal, Exception):
        with pytest.raises(StopRefusedError):
            account.enforce()
    else:
        account.enforce()
    assert account.case("churn").was is None
    account.sweep(at(26))
    assert account.enforce() == ["accepted"]
    account.settle(at(27))
    assert said(account) == ["warning", "stopped"]


def test_an_answer_that_was_lost_is_asked_for_again_and_said_once(account: Account) -> None:
    due(account).stop_results = [TimeoutError("no answer")]
    with pytest.raises(TimeoutError):
        account.enforce()
    account.delete("churn")  # AWS had done it all the same
    account.sweep(at(26))
    account.sweep(at(27))
    assert said(account) == ["warning", "stopped"]


def test_one_that_failed_to_go_is_not_said_to_be_gone_but_reported(account: Account) -> None:
    due(account).enforce()
    account.change("churn", status=ResourceStatus.STOPPED)  # AWS calls it Failed
    account.sweep(at(25) + 2 * GRACE)
    assert said(account) == ["warning"]
    account.sweep(at(27))
    assert said(account) == ["failed"]
    account.delete("churn")
    account.sweep(at(28))
    assert said(account) == ["stopped"]


def test_what_aws_remembers_as_deleted_is_gone_and_its_tags_are_ours(account: Account) -> None:
    due(account).enforce()
    account.change("churn", status=ResourceStatus.STOPPED, gone=True, tags=None)
    asked = len(account.tags_asked)
    account.sweep(at(25) + 2 * GRACE)
    assert said(account) == ["warning", "stopped"]
    assert len(account.tags_asked) == asked
    assert "Jane Doe" in account.notices[-1].restart


def test_another_of_the_same_name_begins_anew_and_the_end_of_the_first_is_said(
    account: Account,
) -> None:
    due(account).enforce()
    account.delete("churn")
    account.resources["endpoint/churn"] = endpoint(created=at(26), started=at(26))
    account.sweep(at(26))
    assert said(account) == ["warning", "stopped"]
    case = account.case("churn")
    assert (case.stopping, case.findings, case.stops) == (None, {}, 1)
    account.run(at(51))
    account.run(at(51) + GRACE / 2)
    assert account.deleted == ["churn"]
    assert said(account) == ["warning"]


def test_too_many_at_once_are_held_back() -> None:
    many = [replace(endpoint(), name=f"churn-{n}", arn=f"{endpoint().arn}-{n}") for n in range(7)]
    account = Account(POLICY, *many)
    account.sweep(at(25))
    account.sweep(at(25) + GRACE)
    assert account.queued_stops == []
    assert "held-back" in said(account)


def test_an_open_warning_alone_deletes_nothing_and_park_decides_again(account: Account) -> None:
    account.sweep(at(25))
    assert park(account.park_ports, [endpoint().ref], now=at(25)) == {"endpoint/churn": "not-due"}
    assert account.deleted == []


def test_a_deleter_is_never_used_without_a_look(account: Account) -> None:
    account.sweep(at(25))
    seen: list[Any] = []
    ports = replace(account.park_ports, inventory=cast("Inventory", _Blind(account, seen)))
    sweep(account.sweep_ports, now=at(25) + GRACE)
    with pytest.raises(IncompleteDataError, match="may be deleted"):
        park(ports, [endpoint().ref], now=at(25) + GRACE)
    assert account.deleted == []
    assert seen


class _Blind:
    """An inventory whose look before a deletion answers nothing."""

    def __init__(self, account: Account, seen: list[Any]) -> None:
        self._account, self._seen = account, seen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._account, name)

    def check_deletion(self, resource: Resource, _now: Any) -> None:
        self._seen.append(resource)
