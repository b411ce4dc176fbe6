"""Evasions as stories: what people try, by mistake or on purpose, and the result.

docs/threat-model.md has a line for each, and for those that are tried elsewhere.
"""

from copy import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from costguard.app.sweep import sweep
from costguard.app.watch import watch
from costguard.costs.price_list import SOURCE
from costguard.costs.prices import Price, Prices
from costguard.idleness.keep_until import TAG
from costguard.policy.loader import parse_policy
from costguard.policy.model import Policy, RuleSettings
from costguard.resources.activity import Activity, Heartbeat, JupyterActivity, Kernel, Shell
from costguard.resources.model import NO_LIMIT, BillingFacts, Resource, ResourceStatus
from costguard.resources.per_kind import PerKind
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from tests.factories import (
    GOOD_TAGS,
    at,
    notebook,
    on,
    policy,
    processing_job,
    resource,
    training_job,
    transform_job,
    with_rule,
)
from tests.fakes import Refused, override
from tests.scenarios.account import Account

GOOD, OTHER = "DoeJohn-ExploreSageMaker", "RoeJane-Explore"
HERE = "us-east-2"
DOLLAR = Prices(
    {
        (HERE, "notebook", "ml.t3.medium"): Price(Decimal("0.10"), SOURCE, ""),
        (HERE, "training", "ml.m5.large"): Price(Decimal("0.10"), SOURCE, ""),
    },
    fetched=at(-1),
)
GPU = on("ml.p4d.24xlarge")


def also(rule: str, **options: Any) -> Policy:
    """Add a rule, with some options of its own and without grace, to the tests' policy."""
    settings = parse_policy(f"[rules.{rule}]\ngrace = '0s'").rules[rule]
    settings = replace(settings, options=replace(settings.options, **options))
    return replace(policy(), rules={**policy().rules, rule: settings})


def account(rules: Policy, *resources: Resource) -> Account:
    made = Account(rules, *resources)
    made.prices = DOLLAR
    return made


def jobs(number: int, **changes: Any) -> list[Resource]:
    return [training_job(f"job-{n}", started=at(n / 60), **changes) for n in range(number)]


def tagged(**tags: str) -> dict[str, str]:
    return GOOD_TAGS | tags


# --- tags -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["exempt", "costguard:exempt", "keep", "env", "DoNotStop", TAG])
def test_an_exemption_that_its_user_writes_into_a_tag_is_none(tag: str) -> None:
    guard = Account(policy(), notebook(GOOD, tags=GOOD_TAGS | {tag: "2026-11-23T22:00Z"}, **GPU))
    guard.event(GOOD, at(0))
    guard.run(at(0.25))
    assert guard.stopped == [GOOD]


@pytest.mark.parametrize("heard", [True, False])
def test_a_tag_that_is_taken_away_after_the_check_is_missed(heard: bool) -> None:  # noqa: FBT001
    guard = Account(policy(), notebook(GOOD))
    guard.event(GOOD, at(0))
    guard.change(GOOD, tags={})
    if heard:
        guard.event(GOOD, at(1))
    else:
        guard.sweep(at(1))
    assert guard.new_notices() == [("warning", GOOD)]


def test_tags_that_come_and_go_win_less_time_each_time_and_twice_the_grace_in_all() -> None:
    guard, when = Account(policy(), notebook(GOOD, tags={})), at(0)
    graces: list[float] = []
    while len(graces) < 9:
        guard.change(GOOD, tags={})
        guard.sweep(when)
        deadline = guard.case(GOOD).findings["missing-tags"].deadline
        graces.append((deadline - when) / timedelta(hours=1) if deadline else 0)
        when = when + timedelta(hours=graces[-1]) - timedelta(minutes=1)
        guard.change(GOOD, tags=GOOD_TAGS)
        guard.sweep(when)
    assert graces[:6] == [4, 2, 1, 0.5, 0.25, 0.125]
    assert sum(graces[:6]) < 8
    assert "fixed before and is back" in guard.notices[-2].reason


def test_fixed_for_good_it_is_left_in_peace_however_often_it_was_broken() -> None:
    guard = Account(policy(), notebook(GOOD, tags={}))
    for hours in (1, 2, 3):
        guard.change(GOOD, tags={})
        guard.run(at(hours))
        guard.change(GOOD, tags=GOOD_TAGS)
        guard.run(at(hours + 0.1))
    guard.run(at(50))
    assert guard.stopped == []


@pytest.mark.parametrize(
    "junk", ["x", "-", "...", "   ", "\u00a0", "\u3164", "YOUR-PROJECT", "sinkorswim2", "n/a"]
)
def test_a_junk_project_is_no_project(junk: str) -> None:
    guard = Account(policy(), notebook(GOOD, tags=tagged(Project=junk)))
    guard.event(GOOD, at(0))
    guard.run(at(4))
    assert guard.stopped == [GOOD]


@pytest.mark.parametrize("junk", ["-", " ", "\u3164", "\uffa0", "=", "_"])
def test_a_purpose_that_says_nothing_is_none(junk: str) -> None:
    guard = Account(policy(), notebook(GOOD, tags=tagged(Purpose=junk)))
    guard.event(GOOD, at(0))
    assert "the tag Purpose is missing" in guard.notices[0].reason


def test_a_junk_name_is_refused_where_the_policy_lists_the_people() -> None:
    rules = with_rule(policy(), "missing-tags", allowed={"Name": ("John Doe", "Jane Roe")})
    guard = Account(rules, notebook("exploring", tags=tagged(Name="nobody in particular")))
    guard.event("exploring", at(0))
    assert "the tag Name is 'nobody in particular', which is not one of" in guard.notices[0].reason
    assert guard.notices[0].owner["email"] == "admins@example.org"


# --- names ----------------------------------------------------------------------------------------


def test_another_persons_name_in_a_tag_gives_nobody_a_cap_of_their_own() -> None:
    mine = [replace(job, name=f"DoeJohn-{job.name}") for job in jobs(3, tags=tagged(Name="X Y"))]
    guard = Account(with_rule(policy(), "too-many", per_owner=2), *mine)
    guard.run(at(1))
    assert guard.stopped == ["DoeJohn-job-2"]


LOOK_ALIKES = [
    "john doe",
    "JOHN  DOE ",
    "John-Doe",
    "J\u043ehn D\u043ee",  # Cyrillic
    "J\u03bfhn Doe",  # Greek
    "\uff2aohn Doe",  # full width
    "J0hn D0e",
    "John\u3164 Doe",  # Hangul filler
    "Jo\u0301hn Doe",  # an accent
]


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_who_only_looks_like_somebody_else_is_counted_with_them(name: str) -> None:
    mine = [*jobs(2), training_job("disguised", started=at(0.5), tags=tagged(Name=name))]
    guard = Account(with_rule(policy(), "too-many", per_owner=2), *mine)
    guard.run(at(1))
    assert guard.stopped == ["disguised"]
    assert guard.notices[-1].owner["email"] == "john.doe@example.org"


@pytest.mark.parametrize(
    "project", ["sinkor\u0455wim", "SinkOrSwim ", "sink0rswim", "sink-or-swim"]
)
def test_a_project_in_disguise_has_no_budget_of_its_own(project: str) -> None:
    rules = also("over-budget", per_project={"sinkorswim": Decimal(1)})
    rules = with_rule(rules, "missing-tags", allowed={})
    guard = account(rules, notebook(GOOD, tags=tagged(Project=project)))
    for hours in (0, 11):
        guard.run(at(hours))
    assert guard.stopped == [GOOD]


def test_a_key_that_looks_like_the_owners_does_not_come_before_it() -> None:
    disguised = {"n\u0430me": "Jane Roe", "name ": "Jane Roe"} | GOOD_TAGS
    guard = Account(policy(), training_job("job", tags=disguised, **GPU))
    guard.event("job", at(0))
    guard.run(at(0.1))
    assert guard.notices[-1].owner["email"] == "john.doe@example.org"


@pytest.mark.parametrize(
    "name", ["SINK0RSWIM-DoeJohn-X", "sinkorsw1m-DoeJohn-X", "sinkorswin-DoeJohn-X"]
)
def test_a_team_in_disguise_is_no_team_and_the_right_one_is_offered(name: str) -> None:
    guard = Account(policy(teams=("sinkorswim",)), notebook(name))
    guard.event(name, at(0))
    assert guard.notices[0].rule == "naming"
    assert "Did you mean sinkorswim-DoeJohn-X?" in guard.notices[0].reason


def test_an_exemption_of_one_name_covers_no_other_that_looks_like_it() -> None:
    rules = policy(
        '[[exemptions]]\nnames = ["genomics-1"]\nwhy = "a paper"\nby = "admin"\n'
        "until = 2026-12-24T18:00:00Z\n"
    )
    names = ["genomics-1", "genomics-l", "genomics-11", "xgenomics-1"]
    guard = Account(rules, *(training_job(name, **GPU) for name in names))
    guard.run(at(0.1))
    assert guard.stopped == names[1:]


# --- again and again ------------------------------------------------------------------------------


def test_who_starts_again_after_the_stop_is_stopped_again_without_another_grace() -> None:
    guard = Account(policy(), notebook(GOOD, **GPU))
    guard.event(GOOD, at(0))
    guard.run(at(0.25))
    for hours in (1, 2):
        guard.start(GOOD, at(hours))
        guard.event(GOOD, at(hours))
        guard.enforce()
        guard.settle(at(hours + 0.1))
    assert guard.stopped == [GOOD] * 3
    assert guard.notices[-1].stops == 3


def test_a_bigger_machine_after_the_check_is_seen_as_soon_as_it_runs() -> None:
    guard = Account(policy(), notebook(GOOD))
    guard.event(GOOD, at(0))
    guard.change(GOOD, status=ResourceStatus.STOPPED)
    guard.event(GOOD, at(1))
    guard.change(GOOD, **GPU)  # UpdateNotebookInstance
    guard.start(GOOD, at(1.1))
    guard.event(GOOD, at(1.1))
    assert guard.new_notices() == [("warning", GOOD)]
    guard.run(at(1.35))
    assert guard.stopped == [GOOD]


def test_a_bigger_machine_after_a_warning_has_no_second_grace() -> None:
    guard = Account(policy(), notebook(GOOD, **on("ml.g5.xlarge")))
    guard.event(GOOD, at(0))
    guard.change(GOOD, **GPU)
    guard.start(GOOD, at(0.2))
    assert guard.event(GOOD, at(0.2)) == "looked"
    assert guard.event(GOOD, at(0.25)) == "due"
    assert guard.enforce() == ["accepted"]


# --- looking busy ---------------------------------------------------------------------------------

IDLE = RuleSettings(options=RULES["idle"].options)
IDLE_POLICY = replace(policy(), rules={**policy().rules, "idle": IDLE})


def quiet(hours: float, state: str = "idle") -> JupyterActivity:
    shell = Shell.FREE if state == "idle" else None
    return JupyterActivity(seen=at(hours), kernels=(Kernel(state, at(0.5), shell=shell),))


def test_a_heartbeat_that_was_removed_excuses_nothing() -> None:
    guard = Account(IDLE_POLICY, notebook(GOOD, started=at(0)))
    worked = (Heartbeat(at=at(1), busy_kernels=1, cpu=95),)  # and then it fell silent
    for hours in (1.5, 4.1, 4.4):
        guard.activity[GOOD] = Activity(jupyter=quiet(hours), heartbeats=worked)
        guard.run(at(hours))
    assert guard.stopped == [GOOD]


def test_where_nothing_is_left_that_could_tell_the_maximum_age_does() -> None:
    guard = Account(IDLE_POLICY, notebook(GOOD, started=at(0)))
    guard.activity[GOOD] = Activity()
    for hours in (6, 11.9):
        guard.run(at(hours))
    assert guard.stopped == []
    for hours in (12, 12.3):
        guard.run(at(hours))
    assert guard.stopped == [GOOD]


def test_a_loop_that_keeps_the_kernel_busy_ends_at_the_maximum_age() -> None:
    guard = Account(IDLE_POLICY, notebook(GOOD, started=at(0)))
    for hours in (6, 11.9, 12, 12.3):
        guard.activity[GOOD] = Activity(
            jupyter=quiet(hours, "busy"),
            heartbeats=(Heartbeat(at=at(hours), busy_kernels=1, cpu=99),),
        )
        guard.run(at(hours))
    assert guard.stopped == [GOOD]


def test_a_wish_for_ever_keeps_nothing() -> None:
    guard = Account(IDLE_POLICY, notebook(GOOD, tags=tagged(**{TAG: "9999-12-31T23:59:59Z"})))
    for hours in (4, 4.3):
        guard.activity[GOOD] = Activity(jupyter=quiet(hours))
        guard.run(at(hours))
    assert guard.stopped == [GOOD]


# --- money ----------------------------------------------------------------------------------------


def test_many_small_instances_of_one_owner_meet_the_cap_on_their_number() -> None:
    guard = Account(with_rule(policy(max_stops=9), "too-many", per_owner=3), *jobs(6))
    guard.run(at(1))
    assert guard.stopped == ["job-3", "job-4", "job-5"]


def test_many_small_instances_of_one_owner_meet_the_cap_on_dollars_an_hour() -> None:
    guard = account(also("burn-rate", per_owner=Decimal("0.30")), *jobs(5))
    guard.run(at(1))
    assert guard.stopped == ["job-3", "job-4"]
    assert "one person may run $0.30 an hour" in guard.notices[-1].reason


def test_an_event_asks_for_no_prices_that_only_a_sweep_weighs() -> None:
    guard = account(also("burn-rate", per_owner=Decimal("0.30")), *jobs(1))
    asked: list[datetime] = []

    def prices(now: datetime) -> Prices:
        asked.append(now)
        return DOLLAR

    usage = override(guard.meter, prices=prices)
    watch(
        replace(guard.watch_ports, usage=usage), guard.state_change_event("job-0", at(1)), now=at(1)
    )
    assert asked == []
    sweep(replace(guard.sweep_ports, usage=usage), now=at(1))
    assert set(asked) == {at(1)}


def test_a_type_that_aws_lists_no_price_for_is_over_any_cap() -> None:
    rules = also("burn-rate", per_owner=Decimal(1000))
    rules = with_rule(rules, "instance-type", allowed=PerKind({"*": ("ml.*",)}))
    guard = account(rules, training_job("new", **on("ml.x9.huge")), *jobs(1))
    guard.run(at(1))
    assert guard.stopped == ["new"]


def test_a_warm_pool_uses_its_budget_up() -> None:
    rules = also("over-budget", per_project={"*": Decimal("0.50")})
    guard = account(rules, training_job("warm"))
    guard.run(at(0))
    pool = BillingFacts(ended=at(1), retaining=True)
    guard.change("warm", status=ResourceStatus.STOPPED, billing=pool)
    guard.event("warm", at(1))
    guard.run(at(6))
    guard.resources["training-job/next"] = training_job("next", started=at(6.1))
    assert guard.event("next", at(6.1)) == "due"


@pytest.mark.parametrize(
    "endless",
    [
        training_job("endless", max_runtime=timedelta(days=28)),
        processing_job("endless", max_runtime=NO_LIMIT),
        transform_job("endless", started=at(-12)),
        resource("hyper-parameter-tuning-job", "endless", max_runtime=None, started=at(-12)),
    ],
    ids=lambda job: job.kind,
)
def test_a_job_without_an_end_is_ended(endless: Resource) -> None:
    guard = Account(policy(), endless)
    guard.run(at(0.1))
    assert guard.stopped == ["endless"]


def test_the_turn_of_the_month_gives_no_second_budget_within_seven_days() -> None:
    turn = 7 * 24 + 16  # hours from a Monday 08:00 to midnight in Chicago, 1 December
    rules = also("over-budget", per_project={"*": Decimal(1)})
    guard = account(rules, training_job("night", started=at(turn - 9), max_runtime=None))
    guard.policy = replace(guard.policy, rules={"over-budget": rules.rules["over-budget"]})
    for hours in (turn - 9, turn - 0.1, turn + 2):
        guard.run(at(hours))
    assert guard.stopped == ["night"]
    assert "in seven days; $1.00 are allowed in any seven days" in guard.notices[-1].reason


# --- the guard itself -----------------------------------------------------------------------------

ODD: list[dict[str, Any]] = [
    {"tags": {"": "", "\u0000": "\u202e", "Name": "\u3164" * 256}},
    {"tags": dict.fromkeys(GOOD_TAGS, "%s{name}$(rm -rf ~)<!channel>")},
    {"tags": tagged(**{TAG: "0001-01-01T00:00:00+14:00"})},
    {"tags": tagged(**{TAG: "9999-12-31T23:59:59-14:00"})},
    {"tags": {f"key-{n}": "v" * 256 for n in range(50)}},
    {"groups": (), "instances": 0},
    {"groups": None, "instances": None, "max_runtime": None},
    {"started": None, "created": None},
    {"started": at(10**6)},  # long after now
    {"max_runtime": timedelta.max},
    {"arn": f"arn:aws-cn:sagemaker:mars-1::{'x' * 500}"},
    {"parent": "arn:aws:sagemaker:us-east-2:123456789012:unheard-of/x"},
    {"parent": "not an arn"},
]
ODD_NAMES = ["-", "A" * 63, "1", "x-261123-1400", "DoeJohn-", "a--b"]


def odd_ones() -> list[Resource]:
    shapes = [(kind, f"odd-{n}-{kind}", odd) for kind in KINDS for n, odd in enumerate(ODD)]
    shapes += [(kind, name, {}) for kind in KINDS for name in ODD_NAMES]
    return [resource(kind, name, **odd) for kind, name, odd in shapes]


def everything_on() -> Policy:
    rules = also("burn-rate", per_owner=Decimal(1000))
    money = also("over-budget", per_project={"*": Decimal(1000)})
    rules = replace(rules, rules={**money.rules, **rules.rules, "idle": IDLE}, max_stops=1000)
    return with_rule(rules, "too-many", per_owner=1000)


def test_no_odd_resource_keeps_the_guard_from_any_other() -> None:
    guard = account(everything_on(), *odd_ones(), notebook(OTHER, **GPU))
    for hours in (0.1, 0.4, 0.7):
        guard.run(at(hours))
    assert OTHER in guard.stopped
    assert [each["TaskFailures"] for each in guard.counted if "TaskFailures" in each] == [0, 0, 0]


def test_no_odd_resource_breaks_a_rule() -> None:
    guard = account(everything_on(), *odd_ones())
    guard.run(at(0.1))
    told = " ".join(notice.reason for notice in guard.notices)
    assert "the rule" not in told.replace("the rules", "")


def test_a_resource_that_aws_refuses_to_show_hides_no_other() -> None:
    guard = Account(policy(), notebook(GOOD, tags={}), training_job("bad", **GPU))
    guard.unreadable = {GOOD: Refused("throttled")}
    with pytest.raises(ExceptionGroup):
        guard.sweep(at(0.1))
    guard.unreadable = {}
    assert guard.queued_stops == ["bad"]


def test_a_flood_that_holds_the_brake_lets_no_new_job_through() -> None:
    guard = Account(policy(max_stops=2), *jobs(9, **GPU))
    guard.run(at(0.1))
    assert (guard.stopped, [n.stage for n in guard.notices]) == ([], ["held-back"])
    late = training_job("late", started=at(0.2), **GPU)
    guard.resources[late.ref.key] = late
    assert guard.event("late", at(0.2)) == "due"
    guard.enforce()
    assert guard.stopped == ["late"]
