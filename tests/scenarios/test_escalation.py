"""Escalation as stories: warned, fixed or stopped, each notified once."""

from copy import replace
from datetime import timedelta

from costguard.policy.model import Mode, RuleOverrides, RuleSettings
from costguard.resources.model import ResourceStatus
from tests.factories import GOOD_TAGS, at, notebook, on, policy, training_job
from tests.scenarios.account import Account

BAD = "my-notebook"
GOOD = "DoeJohn-ExploreSageMaker"


def two_faults() -> Account:
    return Account(policy(), notebook(BAD, tags={"Project": "sinkorswim"}))


def stopped_once() -> Account:
    account = two_faults()
    account.event(BAD, at(1))
    account.run(at(5))
    account.new_notices()
    return account


def test_a_good_citizen_is_never_bothered() -> None:
    account = Account(policy(), notebook(GOOD))
    account.event(GOOD, at(1))
    account.run(at(3))
    assert account.enforce() == []
    assert (account.notices, account.ledger, account.stopped) == ([], {}, [])
    assert account.tags_asked == []


def test_two_faults_make_one_warning_with_one_deadline() -> None:
    account = two_faults()
    assert account.event(BAD, at(1)) == "looked"
    account.sweep(at(2))
    assert account.new_notices() == [("warning", BAD)]
    [told] = account.notices
    assert told.rule == "missing-tags,naming"
    assert told.deadline == "2026-11-23T19:00:00Z"
    assert [f["deadline"] for f in told.findings] == [told.deadline] * 2


def test_a_warning_holds_the_exact_fix_for_each_fault() -> None:
    account = two_faults()
    account.event(BAD, at(1))
    assert (
        "aws sagemaker add-tags --region us-east-2 --resource-arn "
        "arn:aws:sagemaker:us-east-2:123456789012:notebook-instance/my-notebook --tags "
        "Key=Name,Value=YOUR-NAME Key=Purpose,Value=YOUR-PURPOSE Key=ModelSize,Value=YOUR-MODELSIZE"
    ) in account.notices[0].remedy
    assert "aws s3 sync /home/ec2-user/SageMaker s3://YOUR-BUCKET/" in account.notices[0].remedy


def test_a_fix_in_time_is_answered_with_one_all_clear() -> None:
    account = Account(policy(), notebook(GOOD, tags={}))
    account.event(GOOD, at(1))
    account.change(GOOD, tags=GOOD_TAGS)
    for hours in (2, 3, 6, 9):
        account.run(at(hours))
    assert account.new_notices() == [("warning", GOOD), ("all-clear", GOOD)]
    assert account.stopped == []
    assert not account.case(GOOD).is_open


def test_half_a_fix_is_not_all_clear() -> None:
    account = two_faults()
    account.event(BAD, at(1))
    account.change(BAD, tags=GOOD_TAGS | {"Name": "Not In The Roster"})  # nobody else to warn
    account.run(at(2))
    assert account.new_notices() == [("warning", BAD)]
    account.run(at(5))
    assert account.stopped == [BAD]
    assert account.notices[-1].rule == "naming"


def test_an_unfixed_notebook_is_stopped_at_its_deadline_and_not_before() -> None:
    account = two_faults()
    account.event(BAD, at(1))
    account.run(at(4.99))
    assert account.stopped == []
    account.run(at(5))
    assert account.stopped == [BAD]
    assert account.new_notices() == [("warning", BAD), ("stopped", BAD)]


def test_stopped_is_told_only_once_aws_shows_it() -> None:
    account = two_faults()
    account.event(BAD, at(1))
    account.sweep(at(5))
    assert account.enforce() == ["accepted"]
    assert account.new_notices() == [("warning", BAD)]
    account.settle(at(5.1))
    assert account.new_notices() == [("stopped", BAD)]


def test_a_stopped_notice_says_what_was_kept_and_lost() -> None:
    told = stopped_once().notices[-1]
    assert told.kept is not None
    assert "/home/ec2-user/SageMaker" in told.kept
    assert told.lost is not None
    assert "kernels" in told.lost
    assert told.restart == (
        "aws sagemaker start-notebook-instance --notebook-instance-name my-notebook "
        "--region us-east-2"
    )


def test_restarted_unfixed_it_is_stopped_at_once_and_counted() -> None:
    account = stopped_once()
    account.start(BAD, at(8))
    assert account.event(BAD, at(8)) == "due"
    assert account.enforce() == ["accepted"]
    account.settle(at(8.1))
    assert account.new_notices() == [("stopped", BAD)]
    assert account.notices[-1].stops == 2
    assert "stop number 2" in account.notices[-1].reason


def test_restarted_and_fixed_it_is_all_clear() -> None:
    account = Account(policy(), notebook(GOOD, tags={}))
    account.event(GOOD, at(1))
    account.run(at(5))
    account.change(GOOD, tags=GOOD_TAGS)
    account.start(GOOD, at(8))
    account.event(GOOD, at(8))
    assert account.new_notices() == [("warning", GOOD), ("stopped", GOOD), ("all-clear", GOOD)]
    assert account.enforce() == []


def test_restarted_before_the_stop_was_confirmed_it_is_told_and_stopped_again() -> None:
    account = two_faults()
    account.event(BAD, at(1))
    account.sweep(at(5))
    account.enforce()
    account.start(BAD, at(5.5))
    account.run(at(6))
    assert account.stopped == [BAD, BAD]
    assert [n.stops for n in account.notices if n.stage == "stopped"] == [1, 2]


def test_fixed_between_the_plan_and_the_stop_it_is_left_alone() -> None:
    account = Account(policy(), notebook(GOOD, tags={}))
    account.event(GOOD, at(1))
    account.sweep(at(5))
    account.change(GOOD, tags=GOOD_TAGS)
    assert account.enforce() == ["not-due"]
    assert account.stopped == []
    assert account.new_notices() == [("warning", GOOD), ("all-clear", GOOD)]


def test_a_new_notebook_of_the_same_name_starts_afresh() -> None:
    account = stopped_once()
    account.delete(BAD)
    fresh = notebook(BAD, tags={}, created=at(6), started=at(6))
    account.resources[fresh.ref.key] = fresh
    account.event(BAD, at(6))
    assert account.new_notices() == [("warning", BAD)]
    assert account.notices[-1].deadline == "2026-11-24T00:00:00Z"
    assert account.case(BAD).stops == 0


def test_a_later_fault_joins_the_first_without_moving_its_deadline() -> None:
    account = Account(policy(), notebook(GOOD, tags={}))
    account.event(GOOD, at(1))
    account.change(GOOD, **on("ml.p4d.24xlarge"))
    account.event(GOOD, at(2))
    assert [n.rule for n in account.notices] == ["missing-tags", "missing-tags,instance-type"]
    assert account.notices[-1].deadline == "2026-11-23T16:15:00Z"
    assert account.case(GOOD).findings["missing-tags"].deadline == at(5)


def test_observe_tells_the_admins_and_stops_nothing() -> None:
    account = two_faults()
    account.policy = policy(mode=Mode.OBSERVE)
    for hours in (1, 5, 9):
        account.run(at(hours))
    assert account.new_notices() == [("would-stop", BAD)]
    assert account.notices[0].audience == "admins"
    assert (account.stopped, account.queue) == ([], [])


def test_warn_tells_the_owner_and_stops_nothing() -> None:
    account = two_faults()
    account.policy = policy(mode=Mode.WARN)
    for hours in (1, 5, 9):
        account.run(at(hours))
    assert account.new_notices() == [("warning", BAD)]
    assert account.notices[0].audience == "owner"
    assert account.notices[0].deadline is None
    assert account.stopped == []


def test_a_mode_on_one_rule_leaves_the_others_as_they_are() -> None:
    account = two_faults()
    rules = dict(account.policy.rules)
    rules["naming"] = replace(rules["naming"], overrides=RuleOverrides(mode=Mode.OBSERVE))
    account.policy = replace(account.policy, rules=rules)
    account.event(BAD, at(1))
    assert [(n.stage, n.rule) for n in account.notices] == [
        ("would-stop", "naming"),
        ("warning", "missing-tags"),
    ]


def test_raising_the_mode_starts_the_grace_then() -> None:
    account = two_faults()
    account.policy = policy(mode=Mode.OBSERVE)
    account.run(at(1))
    account.policy = policy(mode=Mode.WARN)
    account.run(at(9))
    account.policy = policy()
    account.run(at(10))
    account.run(at(13.9))
    assert account.new_notices() == [("would-stop", BAD), ("warning", BAD), ("warning", BAD)]
    account.run(at(14))
    assert account.stopped == [BAD]


def test_lowering_the_mode_stays_the_hand() -> None:
    account = two_faults()
    account.event(BAD, at(1))
    account.policy = policy(mode=Mode.OBSERVE)
    account.run(at(9))
    assert account.stopped == []
    assert account.new_notices() == [("warning", BAD)]


def test_a_rule_that_is_taken_away_takes_its_findings_along() -> None:
    account = Account(policy(), notebook(GOOD, tags={}))
    account.event(GOOD, at(1))
    rules: dict[str, RuleSettings] = dict(account.policy.rules)
    del rules["missing-tags"]
    account.policy = replace(account.policy, rules=rules)
    account.run(at(9))
    assert account.new_notices() == [("warning", GOOD), ("all-clear", GOOD)]


def test_what_the_owner_stopped_in_time_is_not_told_as_our_stop() -> None:
    account = two_faults()
    account.event(BAD, at(1))
    account.change(BAD, status=ResourceStatus.STOPPED)
    account.event(BAD, at(2))
    account.run(at(9))
    assert account.new_notices() == [("warning", BAD)]


def test_a_notebook_that_runs_too_long_gets_a_fresh_start_with_a_restart() -> None:
    account = Account(policy(), notebook(GOOD))
    account.run(at(241))
    account.run(at(242))
    account.start(GOOD, at(250))
    account.run(at(251))
    assert account.stopped == [GOOD]
    assert [stage for stage, _ in account.new_notices()] == ["warning", "stopped", "all-clear"]


def test_a_job_that_may_run_too_long_is_stopped_in_its_event() -> None:
    account = Account(policy(), training_job("long", max_runtime=timedelta(days=2)))
    assert account.event("long", at(1)) == "due"
    assert account.enforce() == ["accepted"]
    assert account.stopped == ["long"]
