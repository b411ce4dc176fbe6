"""What the log says of each decision that an admin would look for."""

from costguard.resources.model import ResourceRef, ResourceStatus
from tests.factories import GOOD_TAGS, at, notebook, policy, training_job
from tests.fakes import Refused
from tests.scenarios.account import Account

NAME = "DoeJohn-Untagged"


def untagged(name: str = NAME) -> Account:
    return Account(policy(), notebook(name, tags={}))


def outcomes(account: Account, decision: str) -> list[str]:
    return [line["outcome"] for line in account.log if line["decision"] == decision]


def test_an_event_is_logged_with_its_outcome_owner_and_rules() -> None:
    account = untagged()
    account.event(NAME, at(0))
    published, evaluated = account.log
    about = {"resource": f"notebook-instance/{NAME}", "owner": "John Doe", "rule": "missing-tags"}
    assert evaluated == {"decision": "event evaluated", **about, "outcome": "looked"}
    assert published.pop("notice") == account.notices[0].id
    assert published == {"decision": "notice published", **about, "outcome": "warning"}


def test_a_sweep_logs_changes_and_not_what_it_looked_at() -> None:
    account = untagged()
    account.sweep(at(0))
    assert outcomes(account, "notice published") == ["warning"]
    account.log.clear()
    account.sweep(at(1))
    assert account.log == []
    account.run(at(4))
    assert [line["decision"] for line in account.log] == [
        *("stop enqueued", "stop decided", "notice published", "event evaluated")
    ]


def test_a_stop_that_is_not_due_any_more_says_why() -> None:
    account = untagged()
    account.sweep(at(0))
    account.sweep(at(4))
    account.change(NAME, status=ResourceStatus.STOPPED)
    account.log.clear()
    account.enforce(at(4))
    [line] = account.log
    assert (line["decision"], line["outcome"]) == ("stop decided", "not-due")
    assert line["why"] == "the resource is stopped; missing-tags is warned"


def test_a_stop_of_what_is_gone_and_one_that_fails_are_logged() -> None:
    account = untagged()
    account.sweep(at(0))
    account.sweep(at(4))
    account.stop_results = [Refused("AWS said no")]
    account.log.clear()
    try:
        account.enforce(at(4))
    except Refused:
        account.sweep(at(4.5))
    account.delete(NAME)
    account.enforce(at(5))
    decided = [line for line in account.log if line["decision"] == "stop decided"]
    assert [line["outcome"] for line in decided] == ["failed", "gone"]
    assert decided[0]["why"] == "AWS said no"


def test_what_is_gone_or_nobody_we_know_is_logged_by_name() -> None:
    account = untagged()
    event = account.state_change_event(NAME, at(0))
    account.sweep(at(0))
    account.delete(NAME)
    account.log.clear()
    account.deliver(event)
    account.deliver(event | {"detail-type": "SageMaker Model State Change"})
    assert [(line["decision"], line["outcome"]) for line in account.log] == [
        *(("case closed", "gone"), ("event evaluated", "gone")),
        ("event evaluated", "ignored-detail-type"),
    ]


def test_a_stop_that_the_brake_holds_is_logged_once() -> None:
    account = Account(policy(), *(notebook(f"DoeJohn-{n}", tags={}) for n in "ABCD"))
    for hours in (0, 4, 5, 6):
        account.sweep(at(hours))
    assert outcomes(account, "stop held") == ["held"] * 4
    assert outcomes(account, "notice published").count("held-back") == 1


def test_what_could_not_be_evaluated_is_logged_when_it_begins_and_once_a_day() -> None:
    job = training_job("sinkorswim", tags=GOOD_TAGS, groups=None)
    account = Account(policy(), job)
    for hours in (0, 1, 2, 24, 25):
        account.sweep(at(hours))
    lines = [line for line in account.log if line["decision"] == "not evaluated"]
    assert {line["resource"] for line in lines} == {"training-job/sinkorswim"}
    times = {rule: [line["rule"] for line in lines].count(rule) for rule in ("instance-type",)}
    assert times == {"instance-type": 2}
    assert "the instance type is not known" in {line["why"] for line in lines}


def test_what_a_sweep_could_not_do_is_named_one_by_one() -> None:
    account = Account(policy())
    account.inventory_errors = (Refused("no jobs"), Refused("no notebooks"))
    try:
        account.sweep(at(0))
    except ExceptionGroup:
        failed = [line["why"] for line in account.log if line["decision"] == "task failed"]
    assert failed == ["Refused: no jobs", "Refused: no notebooks"]


def test_a_case_of_what_is_gone_is_closed_and_that_is_logged() -> None:
    account = untagged()
    account.sweep(at(0))
    account.delete(NAME)
    account.log.clear()
    account.sweep(at(24))
    [line] = account.log
    closed = {"decision": "case closed", "resource": f"notebook-instance/{NAME}", "outcome": "gone"}
    assert line == closed


def test_an_event_beyond_the_brake_waits_and_says_so() -> None:
    account = untagged()
    account.sweep(at(0))
    key = account.named(NAME).ref
    account.places[at(0), ""] = {ResourceRef(key.kind, f"other-{n}").key for n in range(3)}
    account.event(NAME, at(5))
    assert outcomes(account, "event evaluated") == ["waits"]
    assert outcomes(account, "stop enqueued") == []
