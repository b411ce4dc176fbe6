"""One stack that guards two accounts: what is stopped, told and metered where."""

from copy import replace
from decimal import Decimal
from typing import Any

import pytest

from costguard.common.errors import SpokeUnreadableError
from costguard.costs.prices import Price, Prices
from costguard.policy.loader import parse_policy
from costguard.policy.model import AccountLimits, Mode, Policy, RuleSettings
from costguard.policy.self_service import SelfService
from costguard.resources.model import Resource
from costguard.rules import RULES
from tests.factories import POLICY, at, notebook, on, policy, training_job
from tests.fakes import Refused
from tests.scenarios.account import Account, stages
from tests.scenarios.test_respond import request
from tests.scenarios.visits import forms_of, look, mail_link, own_link

SPOKE = "222233334444/eu-west-1"
OTHER = "333344445555/us-west-2"
BIG = on("ml.p4d.24xlarge")  # of a job: no grace
MINUTE = 1 / 60


def there(resource: Resource, place: str = SPOKE) -> Resource:
    """Put a resource into another account and Region."""
    account, _, region = place.partition("/")
    partition, _ours, rest = resource.arn.partition(":us-east-2:123456789012:")
    return replace(resource, place=place, arn=f"{partition}:{region}:{account}:{rest}")


def hub(*resources: Resource, rules: Policy | None = None) -> Account:
    account = Account(rules or policy(), *resources)
    account.spokes, account.sweep_every = (SPOKE, OTHER), at(5 * MINUTE) - at(0)
    return account


def limited(**limits: Any) -> Policy:
    return replace(policy(), accounts={"222233334444": AccountLimits(**limits)})


def sweeps(account: Account, since: float, until: float) -> None:
    hours = since
    while hours <= until:
        account.run(at(hours))
        hours += 5 * MINUTE


def test_an_event_in_a_spoke_stops_a_job_there_and_tells_of_its_account() -> None:
    account = hub(there(training_job("big", **BIG)))
    assert account.event("big", at(0)) == "due"
    assert account.enforce() == ["accepted"]
    account.settle(at(0.1))
    assert account.stopped == [f"{SPOKE}/big"]
    told = account.notices[-1]
    assert (told.stage, told.account, told.region) == ("stopped", "222233334444", "eu-west-1")
    assert told.resource["place"] == SPOKE


def test_a_sweep_stops_a_job_in_a_spoke() -> None:
    account = hub(there(training_job("big", **BIG)))
    account.run(at(1))
    assert account.stopped == [f"{SPOKE}/big"]


def test_two_jobs_of_one_name_are_two() -> None:
    account = hub(training_job("churn"), there(training_job("churn", **BIG)))
    account.run(at(1))
    assert account.stopped == [f"{SPOKE}/churn"]
    assert [row.ref.place for row in account.meter.open()] == ["", SPOKE]
    assert [case.ref.place for case in account.cases.all()] == [SPOKE]


@pytest.mark.parametrize("removed", ["", SPOKE])
def test_the_end_of_one_ends_nothing_of_its_namesake(removed: str) -> None:
    untagged = notebook(tags={})
    account = hub(untagged, there(untagged))
    account.run(at(1))
    gone = next(r for r in account.resources.values() if r.place == removed)
    del account.resources[gone.ref.key]
    account.run(at(24))
    still = [row.ref.place for row in account.meter.open() if row.end is None]
    assert set(still) == {"", SPOKE} - {removed}
    assert [case.ref.place for case in account.cases.all() if case.is_open] == [
        *{"", SPOKE} - {removed}
    ]


def test_an_event_of_a_place_that_is_not_guarded_does_nothing() -> None:
    account = hub(there(training_job("big", **BIG), "999988887777/us-east-2"))
    assert account.event("big", at(0)) == "ignored-place"
    assert (account.described, account.queue) == ([], [])


def test_a_stack_without_spokes_ignores_an_event_of_another_account() -> None:
    account = hub(training_job("big", **BIG))
    account.spokes = ()
    assert account.event("big", at(0), account="222233334444") == "ignored-place"
    assert account.event("big", at(0)) == "due"


def test_an_unread_spoke_hides_no_other_and_loses_nothing() -> None:
    account = hub(
        there(notebook("DoeJohn-Explore", tags={})),
        there(training_job("fine")),
        there(training_job("untagged", tags={})),
        training_job("big", **BIG),
        there(training_job("big", **BIG), OTHER),
    )
    account.change(f"{OTHER}/big", **on("ml.m5.large"))
    account.change("big", **on("ml.m5.large"))
    account.run(at(0))
    account.closed = {SPOKE: Refused("the role is gone")}
    account.change("big", **BIG)
    account.change(f"{OTHER}/big", **BIG)
    with pytest.raises(ExceptionGroup, match="1 of its tasks"):
        account.sweep(at(0.1))
    account.enforce()
    assert account.stopped == ["big", f"{OTHER}/big"]
    assert account.case("DoeJohn-Explore").is_open
    kept = [row for row in account.meter.open() if row.ref.place == SPOKE]
    assert [row.end for row in kept] == [None, None, None]


def test_an_unread_spoke_keeps_no_idle_notebook_elsewhere_running() -> None:
    rules = policy()
    idle = RuleSettings(options=RULES["idle"].options)
    rules = replace(rules, rules={**rules.rules, "idle": idle})
    account = hub(notebook(), there(notebook()), rules=rules)
    account.closed = {SPOKE: Refused("the role is gone")}
    with pytest.raises(ExceptionGroup):
        account.sweep(at(9))
    assert account.observed == [notebook().name]


def unread(account: Account, since: float, until: float) -> None:
    """Sweep while a spoke answers nothing."""
    account.closed = {SPOKE: Refused("the role is gone")}
    hours = since
    while hours <= until:
        with pytest.raises(ExceptionGroup):
            account.sweep(at(hours))
        hours += 5 * MINUTE
    account.closed = {}


BUDGET = parse_policy("[rules.over-budget]\ngrace = '0s'\nper_owner = { '*' = 20 }").rules
HOURLY = {
    (region, "notebook", "ml.t3.medium"): Price(Decimal(1), "a test", "2026")
    for region in ("us-east-2", "eu-west-1")
}


def johns(name: str) -> Resource:
    return notebook(name, tags={"Name": "John Doe"}, started=at(0))


@pytest.mark.parametrize(("is_read", "stopped"), [(False, []), (True, ["DoeJohn-Here"])])
def test_what_nobody_saw_in_an_unread_spoke_stops_nothing_elsewhere(
    *, is_read: bool, stopped: list[str]
) -> None:
    account = hub(johns("DoeJohn-Here"), there(johns("DoeJohn-There")))
    account.policy = replace(policy(), rules=BUDGET)
    account.prices = Prices(HOURLY)
    account.run(at(0))
    (sweeps if is_read else unread)(account, 0.1, 12)
    account.enforce()
    assert account.stopped[:1] == stopped
    if not is_read:
        spent = account.meter.spend()
        assert spent is not None
        assert spent.spent["owner"]["doe john"] == pytest.approx(Decimal(12), abs=1)


@pytest.mark.parametrize("restarted", [True, False])
def test_what_ended_while_its_place_was_not_read_ended_when_that_began(*, restarted: bool) -> None:
    account = hub(there(johns("DoeJohn-There")), johns("DoeJohn-Here"))
    sweeps(account, 0, 1)
    unread(account, 1.1, 9)
    for name in ("DoeJohn-There", "DoeJohn-Here"):
        key = account.named(name).ref.key
        if restarted:
            account.resources[key] = replace(account.resources[key], started=at(9.05))
        else:
            del account.resources[key]
    account.run(at(9.1))
    ends = {row.name: row.end for row in account.usage.values() if row.end}
    assert ends["DoeJohn-There"] == at(1.1)
    assert ends["DoeJohn-Here"] > at(8.9)


def test_what_ends_where_only_a_part_is_read_ends_at_the_last_sweep() -> None:
    account = hub(there(johns("DoeJohn-There")))
    account.run(at(0))
    account.inventory_errors = (SpokeUnreadableError(SPOKE, [Refused("jobs")], whole=False),)
    for hours in (1, 2, 3):
        with pytest.raises(ExceptionGroup):
            account.sweep(at(hours))
    account.resources.clear()
    with pytest.raises(ExceptionGroup):
        account.sweep(at(4))
    assert [row.end for row in account.usage.values()] == [at(3)]


def test_a_place_of_which_something_runs_is_not_unread_when_its_second_list_fails() -> None:
    account = hub(there(johns("DoeJohn-There")), there(training_job("gone")))
    account.run(at(0))
    del account.resources[account.named("gone").ref.key]
    account.inventory_errors = (SpokeUnreadableError(SPOKE, [Refused("its parents")]),)
    with pytest.raises(ExceptionGroup):
        account.sweep(at(0.1))
    ends = {row.name: row.end for row in account.usage.values()}
    assert ends == {"DoeJohn-There": None, "gone": at(0)}


def test_the_admins_hear_once_of_an_unread_spoke_and_once_of_its_return() -> None:
    account = hub(there(training_job()), rules=limited(name="Biology"))
    account.run(at(0))
    unread(account, 0.1, 0.1)
    assert account.summaries == []
    account.run(at(0.2))
    unread(account, 0.3, 1)
    (told,) = account.summaries
    assert "Biology (222233334444, eu-west-1)" in told
    assert "the role is gone" in told
    account.run(at(1.1))
    account.run(at(1.2))
    assert len(account.summaries) == 2
    assert "reads Biology (222233334444, eu-west-1) again" in account.summaries[-1]
    unread(account, 1.3, 2)
    assert len(account.summaries) == 3


def test_the_admins_hear_of_a_spoke_of_which_something_is_not_read() -> None:
    account = hub(there(training_job("big", **BIG)))
    error = SpokeUnreadableError(SPOKE, [Refused("not this kind")], whole=False)
    account.inventory_errors = (error,)
    for hours in (0, 0.1, 0.2):
        with pytest.raises(ExceptionGroup):
            account.sweep(at(hours))
    account.enforce()
    assert account.stopped == [f"{SPOKE}/big"]
    (told,) = account.summaries
    assert told.startswith("Costguard cannot read all of 222233334444, eu-west-1.")


def test_a_spoke_that_was_unread_for_long_warns_anew_before_it_stops() -> None:
    account = hub(there(notebook(tags={})), notebook(tags={}))
    sweeps(account, 0, 0.2)
    unread(account, 0.3, 5)
    account.run(at(5.1))
    assert account.stopped == [notebook().name]  # warned at 0, four hours of grace
    sweeps(account, 5.2, 8.9)
    assert account.stopped == [notebook().name]
    sweeps(account, 9, 9.5)
    assert account.stopped == [notebook().name, f"{SPOKE}/{notebook().name}"]


def test_an_event_of_a_spoke_that_no_sweep_reads_stops_nothing_for_an_old_warning() -> None:
    name = notebook().name
    account = hub(there(notebook(tags={})))
    sweeps(account, 0, 1)
    unread(account, 1.1, 4.9)
    assert account.event(name, at(4.95)) == "looked"
    sweeps(account, 5, 8.9)
    assert account.stopped == []
    sweeps(account, 9, 9.2)
    assert account.stopped == [f"{SPOKE}/{name}"]


def test_a_spoke_that_was_unread_for_one_sweep_stops_when_it_would_have() -> None:
    account = hub(there(notebook(tags={})))
    sweeps(account, 0, 1)
    unread(account, 1.1, 1.1)
    sweeps(account, 1.2, 4.2)
    assert account.stopped == [f"{SPOKE}/{notebook().name}"]


def test_a_place_that_is_guarded_no_more_is_closed_and_no_namesake_is_stopped() -> None:
    account = hub(there(training_job("big", **BIG)))
    account.sweep(at(0))
    account.spokes = (OTHER,)
    account.resources[training_job("big", **BIG).ref.key] = training_job("big", **BIG)
    assert account.enforce() == ["gone"]
    assert account.stopped == []


def test_a_place_that_is_guarded_again_is_warned_anew_with_a_full_grace() -> None:
    account = hub(there(notebook(tags={})))
    sweeps(account, 0, 1)
    account.spokes = (OTHER,)
    sweeps(account, 1.1, 3.9)
    assert not account.case(notebook().name).is_open
    account.spokes = (SPOKE, OTHER)
    sweeps(account, 4, 7.9)
    assert account.stopped == []
    sweeps(account, 8, 8.2)
    assert account.stopped == [f"{SPOKE}/{notebook().name}"]


def test_the_mode_of_an_account_is_a_ceiling_there_alone() -> None:
    account = hub(
        training_job("big", **BIG),
        there(training_job("big", **BIG)),
        rules=limited(mode=Mode.WARN),
    )
    account.run(at(0))
    account.run(at(1))
    assert account.stopped == ["big"]
    assert [n.account for n in account.notices if n.stage == "warning"] == ["222233334444"]


def test_in_an_account_that_only_observes_the_owner_hears_nothing() -> None:
    account = hub(there(notebook(tags={})), rules=limited(mode=Mode.OBSERVE))
    account.run(at(0))
    assert stages(account.notices) == ["would-stop"]


@pytest.mark.parametrize(("most", "stopped"), [(1, 3), (None, 5)])
def test_each_account_has_its_own_brake(most: int | None, stopped: int) -> None:
    here = [training_job(f"big-{n}", **BIG) for n in range(3)]
    jobs = [there(training_job(f"big-{n}", **BIG)) for n in range(2)]
    account = hub(*here, *jobs, rules=limited(max_stops=most))
    account.run(at(0))
    assert len(account.stopped) == stopped
    held = [notice.account for notice in account.notices if notice.stage == "held-back"]
    assert held == ([] if most is None else ["222233334444"])


def test_a_flood_in_one_account_holds_back_no_stop_in_another() -> None:
    flood = [there(training_job(f"big-{n}", **BIG)) for n in range(9)]
    account = hub(training_job("big", **BIG), *flood)
    assert account.sweep(at(0))["StopsHeld"] == 9
    account.enforce()
    assert account.stopped == ["big"]


def test_events_count_against_the_brake_of_their_account() -> None:
    jobs = [there(training_job(f"big-{n}", **BIG)) for n in range(2)]
    rules = replace(limited(max_stops=1), max_stops=1)
    account = hub(*jobs, training_job("big-here", **BIG), rules=rules)
    assert [account.event(job.name, at(0)) for job in jobs] == ["due", "waits"]
    assert account.event("big-here", at(0)) == "due"


def test_a_persons_jobs_count_together_wherever_they_run() -> None:
    rules = parse_policy(POLICY.replace("per_job = 2", "per_owner = 1"))
    named = "DoeJohn-churn-{}"
    account = hub(
        training_job(named.format(1), started=at(0)),
        there(training_job(named.format(2), started=at(0.1))),
        rules=rules,
    )
    account.sweep(at(1))
    account.closed = {OTHER: Refused("what is not seen there only excuses")}
    account.enforce()
    assert account.stopped == [f"{SPOKE}/{named.format(2)}"]


ARN = there(notebook()).arn
JOHN = "arn:aws:iam::123456789012:user/jdoe"
ANNA = "arn:aws:sts::123456789012:assumed-role/CourseAdmin/anna"
ADMINS = SelfService(admins=("arn:aws:iam::123456789012:role/CourseAdmin",))


@pytest.mark.parametrize(
    "named", [f"{SPOKE}/notebook-instance/{notebook().name}", ARN, notebook().name.lower()]
)
def test_an_owner_answers_about_what_is_theirs_in_a_spoke(named: str) -> None:
    account = hub(there(notebook(tags={"Name": "John Doe"})), training_job())
    account.run(at(0))
    status, says = account.respond(request(JOHN, "stop", named), at(0.1))
    assert (status, account.stopped) == (200, [f"{SPOKE}/{notebook().name}"]), says


def test_a_name_in_two_places_has_to_be_told_apart() -> None:
    mine = notebook(tags={"Name": "John Doe"})
    account = hub(mine, there(mine))
    account.run(at(0))
    status, says = account.respond(request(JOHN, "stop", mine.name), at(0.1))
    assert (status, account.stopped) == (400, [])
    assert f" {SPOKE}/notebook-instance/{mine.name}" in says


@pytest.mark.parametrize("action", ["fix", "not-mine"])
def test_no_answer_sets_tags_in_a_spoke_and_none_is_offered(action: str) -> None:
    account = hub(there(notebook(tags={"Name": "John Doe"})))
    account.run(at(0))
    page = look(account, mail_link(account, "johndoe", at(0)), at(0.1))
    assert [form["action"] for form in forms_of(page)] == ["stop", "ask", "page"]
    assert f"<dd>{SPOKE}</dd>" in page
    assert f"<dd>{SPOKE}</dd>" in look(account, own_link(account, "johndoe", at(0)), at(0.1))
    status, says = account.respond(request(JOHN, action, ARN), at(0.1))
    assert (status, account.named(notebook().name).tags) == (409, {"Name": "John Doe"})
    assert "Costguard sets no tags in account 222233334444" in says


def test_an_exception_is_for_the_one_place_that_was_asked_about() -> None:
    mine = notebook(tags={"Name": "John Doe"})
    account = hub(mine, there(mine), rules=replace(policy(), self_service=ADMINS))
    account.run(at(0))
    asked = {"until": "2d", "why": "the thesis is due"}
    account.respond(request(JOHN, "ask", ARN, **asked), at(0.1))
    (wanted,) = account.exceptions.requests()
    account.sweep(at(0.2))
    (told,) = (notice for notice in account.notices if notice.rule == "asked")
    assert (told.account, told.region) == ("222233334444", "eu-west-1")
    assert account.respond(request(ANNA, "approve", wanted.id), at(0.3))[0] == 200
    sweeps(account, 0.4, 4.5)
    assert account.stopped == [mine.name]


def test_an_operation_without_a_resource_is_told_of_with_its_account() -> None:
    account = hub()
    call = {"eventSource": "sagemaker.amazonaws.com", "eventName": "CreateCluster"}
    event = {
        "detail-type": "AWS API Call via CloudTrail",
        "time": at(0).isoformat(),
        "account": "222233334444",
        "region": "eu-west-1",
        "detail": call | {"requestParameters": {"clusterName": "big"}},
    }
    assert account.deliver(event) == "told"
    assert "222233334444" in account.summaries[0]
    assert account.deliver(event | {"account": "333344445555", "region": "us-west-2"}) == "told"
