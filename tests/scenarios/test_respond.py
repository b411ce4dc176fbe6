"""Answers at the door that IAM guards: who may answer, what it does, what it tells."""

import json
from base64 import b64encode
from copy import replace
from decimal import Decimal
from typing import Any

import pytest

from costguard.app.answering import BUSY, NOT_YOURS, TAGS_REFUSED, UNREADABLE
from costguard.app.respond import NOBODY, respond
from costguard.costs.prices import Price, Prices
from costguard.enforcement.case import Case
from costguard.ownership.claims import NOT_MINE
from costguard.ownership.creator import Creator
from costguard.policy.exceptions import ExceptionState
from costguard.policy.loader import parse_policy
from costguard.policy.model import Policy
from costguard.policy.self_service import SelfService
from costguard.resources.model import ResourceStatus
from tests.factories import GOOD_TAGS, at, notebook, on, policy, training_job
from tests.fakes import override
from tests.scenarios.account import Account, stages
from tests.scenarios.test_idle import NAME, idle_policy, jupyter, run

USER = "arn:aws:iam::123456789012:user/{}"
SESSION = "arn:aws:sts::123456789012:assumed-role/Students/{}"
JOHN, JANE = USER.format("jdoe"), SESSION.format("jane.roe@example.org")
ANNA = "arn:aws:sts::123456789012:assumed-role/CourseAdmin/anna"
ADMINS = SelfService(admins=("arn:aws:iam::123456789012:role/staff/CourseAdmin",))
UNTAGGED = {"Name": "John Doe"}


def request(arn: str | None, action: str, resource: str = NAME, **more: Any) -> dict[str, Any]:
    """Give the event of a request, as Lambda hands it to a function behind an IAM URL."""
    iam = {"userArn": arn, "accountId": "123456789012"} if arn else None
    return {
        "requestContext": {"authorizer": {"iam": iam}} if iam else {},
        "body": json.dumps({"action": action, "resource": resource} | more),
        "isBase64Encoded": False,
    }


def course(**changes: Any) -> Policy:
    return replace(policy(), self_service=ADMINS, **changes)


def account(**changes: Any) -> Account:
    given = notebook(NAME, **({"tags": UNTAGGED} | changes))
    guard = Account(course(), given)
    guard.sweep(at(0))
    return guard


def idle() -> Account:
    guard = Account(replace(idle_policy(), self_service=ADMINS), notebook(NAME, started=at(0)))
    guard.activity[NAME] = jupyter(1)
    assert run(guard, 2, 2.1) == [("warning", "16:00")]
    return guard


def large() -> Account:
    return account(tags=GOOD_TAGS, **on("ml.p3.2xlarge"))


def ask(guard: Account, when: float = 0.1, **more: Any) -> str:
    """Let John ask for two days; return the id of his request."""
    body = {"until": "2d", "why": "the thesis is due"} | more
    status, says = guard.respond(request(JOHN, "ask", **body), at(when))
    assert status == 200, says
    return says.split("request ")[1].split(")")[0]


def asked(guard: Account) -> list[Any]:
    """Give the notices to the admins about requests, as a subscriber of the topic sees them."""
    return [each for each in guard.notices if each.rule == "asked"]


@pytest.mark.parametrize("named", [NAME, f"notebook-instance/{NAME}", "arn"])
def test_an_owner_keeps_what_is_idle_under_any_name_of_it(named: str) -> None:
    guard = idle()
    named = guard.named(NAME).arn if named == "arn" else named
    status, says = guard.respond(request(JOHN, "keep", named), at(2.1))
    assert (status, says) == (200, f"{NAME} is kept until Mon 23 Nov 2026 12:06 CST.")
    assert stages(guard.notices) == ["warning", "all-clear"]
    assert ("answered-keep", NAME) in guard.audited
    assert run(guard, 2.2, 3) == []


def test_who_keeps_a_run_that_will_be_too_old_by_then_reads_so() -> None:
    started = notebook(NAME, started=at(-9))
    guard = Account(replace(idle_policy(), self_service=ADMINS), started)
    guard.activity[NAME] = jupyter(1)
    assert run(guard, 2, 2.1) == [("warning", "16:00")]
    _, says = guard.respond(request(JOHN, "keep"), at(2.1))
    assert says.endswith("12:06 CST. But no run may last longer than 12 h, kept or not.")
    assert run(guard, 3, 3.1) == [("warning", "17:00")]  # for its age


def test_an_owner_stops_it_at_once() -> None:
    guard = account()
    status, _ = guard.respond(request(JOHN, "stop"), at(0.1))
    assert status == 200
    assert guard.stopped == [NAME]
    assert stages(guard.notices)[-1] == "stopped"


def test_a_body_in_base64_is_the_same_body() -> None:
    guard = idle()
    event = request(JOHN, "keep")
    event |= {"body": b64encode(event["body"].encode()).decode(), "isBase64Encoded": True}
    assert guard.respond(event, at(2.1))[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        None,
        7,
        "",
        "[]",
        "{",
        '{"action": 7}',
        json.dumps({"action": "delete", "resource": NAME}),
        json.dumps({"action": "keep", "resource": NAME, "until": "forever"}),
        json.dumps({"action": "keep", "resource": NAME, "why": "x" * 20_000}),
        json.dumps({"action": "keep", "resource": "x" * 2000}),  # no key of DynamoDB is so long
        json.dumps({"action": "approve", "resource": "é"}),
        json.dumps({"action": "keep", "resource": f"{NAME}\n"}),
        json.dumps({"action": "keep", "resource": NAME, "told": "9999-12-31T23:59:59.9Z"}),
        json.dumps({"action": "keep", "resource": NAME, "told": "0001-01-01T00:00:00+14:00"}),
        '{"action": "keep", "resource": "\\ud800"}',
        '{"action": "keep", "x": ' + "[" * 9000,
    ],
)
def test_a_body_that_is_no_answer_does_nothing(body: Any) -> None:
    guard = idle()
    before = guard.case(NAME)
    status, says = guard.respond(request(JOHN, "keep") | {"body": body}, at(2.1))
    assert (status, says) == (UNREADABLE.status, UNREADABLE.says)
    assert guard.case(NAME).findings == before.findings


def test_a_body_in_broken_base64_is_none() -> None:
    event = request(JOHN, "keep") | {"body": "é{", "isBase64Encoded": True}
    assert idle().respond(event, at(2.1))[0] == UNREADABLE.status


@pytest.mark.parametrize(
    "context",
    [{}, {"authorizer": None}, {"authorizer": {"iam": {"userArn": ""}}}, {"authorizer": "x"}],
)
def test_without_an_identity_nothing_is_done(context: Any) -> None:
    guard = idle()
    event = request(JOHN, "keep") | {"requestContext": context}
    assert guard.respond(event, at(2.1)) == (NOBODY.status, NOBODY.says)
    assert guard.case(NAME).kept == ()


@pytest.mark.parametrize(
    "arn",
    [
        JANE,
        USER.format("nobody"),
        SESSION.format("SageMaker"),
        "arn:aws:iam::123456789012:root",
        "arn:aws:sts::123456789012:federated-user/jdoe",
        USER.format("john"),  # only like his name
    ],
)
@pytest.mark.parametrize("named", [NAME, "DoeJohn-Other", "", "arn:aws:iam::1:user/x"])
def test_what_is_not_theirs_answers_like_what_is_not_there(arn: str, named: str) -> None:
    guard = idle()
    for action in ("keep", "stop", "fix", "not-mine", "ask"):
        event = request(arn, action, named)
        assert guard.respond(event, at(2.1)) == (NOT_YOURS.status, NOT_YOURS.says)
    assert guard.stopped == []
    assert guard.case(NAME).kept == ()


def test_the_creator_whom_cloudtrail_saw_may_answer_too() -> None:
    guard = account()
    guard.marks.creators[guard.named(NAME).ref.key] = Creator("jane.roe@example.org", at(-1))
    assert guard.respond(request(JANE, "stop"), at(0.1))[0] == 200


def test_several_of_a_name_are_told_apart_by_their_kind() -> None:
    guard = Account(course(), notebook(NAME, tags=UNTAGGED), training_job(NAME, tags=UNTAGGED))
    guard.sweep(at(0))
    status, says = guard.respond(request(JOHN, "keep"), at(0.1))
    assert status == 400
    assert f"notebook-instance/{NAME}, training-job/{NAME}" in says


def test_a_resource_that_is_gone_is_not_there() -> None:
    guard = account()
    guard.delete(NAME)
    assert guard.respond(request(JOHN, "stop"), at(0.1))[0] == NOT_YOURS.status


def test_another_writer_is_waited_for_a_few_times() -> None:
    guard = account()

    def write() -> None:
        case: Case = guard.case(NAME)
        guard.cases.save(replace(case, stops=case.stops + 1), case, at(0.1))

    guard.concurrent_write = write
    assert guard.respond(request(JOHN, "stop"), at(0.1))[0] == 200


def test_an_answer_that_never_gets_through_says_so() -> None:
    guard = account()
    ports = guard.respond_ports
    busy = replace(ports, cases=override(guard.cases, save=lambda *_: False))
    answer = respond(busy, request(JOHN, "stop"), now=at(0.1))
    assert (answer["statusCode"], json.loads(answer["body"])["says"]) == (BUSY.status, BUSY.says)
    gone = replace(ports, cases=override(guard.cases, get=_only_once(guard)))
    assert respond(gone, request(JOHN, "stop"), now=at(0.1))["statusCode"] == NOT_YOURS.status
    assert guard.queue == []


def _only_once(guard: Account) -> Any:
    left = [guard.case(NAME)]

    def get(ref: Any) -> Case | None:
        return left.pop() if left and ref.kind == "notebook-instance" else None

    return get


def test_max_fixes_his_tags_by_a_press() -> None:
    guard = account()
    status, says = guard.respond(request(JOHN, "fix"), at(0.1))
    assert status == 409
    assert "Project needs a value (one of sinkorswim, wattbot)" in says
    wanted = {"Project": "wattbot", "Purpose": "demo", "ModelSize": "S"}
    status, says = guard.respond(request(JOHN, "fix", tags=wanted), at(0.2))
    assert status == 200
    assert guard.named(NAME).tags == UNTAGGED | wanted
    assert stages(guard.notices) == ["warning", "all-clear"]
    assert ("answered-fix", NAME) in guard.audited


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({"Project": "other"}, "Project needs a value"),
        ({"Name": "Jane Roe", "Project": "wattbot"}, "Name may name only yourself"),
        ({"Name": "John Doe, Jane Roe"}, "Name may name only yourself"),
        ({"Team": "x"}, "Team is not a tag of the policy"),
        ({"Purpose": "<b>"}, "Purpose needs a value"),
        ({"Purpose": "x" * 300}, "Purpose needs a value"),
    ],
)
def test_only_the_policys_tags_and_values_are_set(tags: dict[str, str], why: str) -> None:
    guard = account()
    good = {"Project": "wattbot", "Purpose": "demo", "ModelSize": "S"}
    status, says = guard.respond(request(JOHN, "fix", tags=good | tags), at(0.1))
    assert status == 409
    assert why in says
    assert guard.named(NAME).tags == UNTAGGED


def test_right_tags_stay_and_without_the_rule_there_are_none() -> None:
    guard = large()
    assert guard.respond(request(JOHN, "fix"), at(0.1))[1] == f"The tags of {NAME} are right."
    rules = {k: v for k, v in guard.policy.rules.items() if k != "missing-tags"}
    guard.policy = replace(guard.policy, rules=rules)
    assert guard.respond(request(JOHN, "fix"), at(0.1)) == (409, "The policy requires no tags.")


def test_an_admin_may_set_another_owner() -> None:
    guard = account()
    tags = {"Name": "Jane Roe", "Project": "wattbot", "Purpose": "demo", "ModelSize": "S"}
    assert guard.respond(request(ANNA, "fix", tags=tags), at(0.1))[0] == 200
    assert guard.named(NAME).tags == tags


def test_john_says_it_is_not_his_and_the_admins_are_told() -> None:
    guard = account()
    status, says = guard.respond(request(JOHN, "not-mine"), at(0.1))
    assert (status, says) == (
        200,
        f"{NAME} no longer counts for you, but for nobody who is known. The admins are told.",
    )
    assert (guard.named(NAME).tags or {})[NOT_MINE] == "DoeJohn"
    guard.sweep(at(0.2))
    assert any("Somebody says that a resource is not theirs" in text for text in guard.summaries)
    assert guard.respond(request(JOHN, "not-mine"), at(0.3))[0] == NOT_YOURS.status


def test_who_created_it_cannot_disown_it() -> None:
    guard = account()
    guard.marks.creators[guard.named(NAME).ref.key] = Creator("jdoe", at(-1))
    status, says = guard.respond(request(JOHN, "not-mine"), at(0.1))
    assert status == 409
    assert "created by you" in says
    assert guard.named(NAME).tags == UNTAGGED
    assert guard.respond(request(ANNA, "not-mine"), at(0.1))[0] == 409


def test_an_exception_is_asked_for_approved_and_said() -> None:
    guard = large()
    name = ask(guard)
    assert stages(guard.notices) == ["warning"]
    guard.sweep(at(0.15))
    [notice] = asked(guard)
    text = notice.reason
    assert f"John Doe asks for an exception: the notebook instance {NAME}" in text
    assert notice.resource["instance_type"] == "ml.p3.2xlarge"
    assert "It breaks: the instance type is not allowed\n" in text
    assert "Until: Wed 25 Nov 2026 08:06 CST" in text
    assert "Why: the thesis is due" in text
    assert f"costguard approve {name}" in notice.remedy
    status, says = guard.respond(request(ANNA, "approve", name), at(0.2))
    assert status == 200
    assert says == (
        f"The request about {NAME} is approved by anna until Wed 25 Nov 2026 08:06 CST."
    )
    assert stages(guard.notices) == ["warning", "held-back", "all-clear"]
    assert ("exception-approved", NAME) in guard.audited
    guard.run(at(20))
    assert guard.stopped == []
    assert asked(guard) == [notice]
    guard.sweep(at(48.2))
    assert guard.notices[-1].stage == "warning"
    assert any("An exemption has ended" in text for text in guard.summaries)


def priced(**usd: str) -> Prices:
    rows = {("us-east-2", "notebook", f"ml.{t.replace('_', '.')}"): p for t, p in usd.items()}
    return Prices({key: Price(Decimal(p), "AWS", "2026-11-01") for key, p in rows.items()})


def test_the_admins_read_what_it_costs_what_is_left_and_what_would_do() -> None:
    guard = account(tags=GOOD_TAGS, **on("ml.m5.4xlarge"))
    budget = parse_policy("[rules.over-budget]\nper_owner = { '*' = 60 }").rules
    guard.policy = replace(guard.policy, rules={**guard.policy.rules, **budget})
    guard.prices = priced(m5_4xlarge="0.92", t3_medium="0.05", m5_large="0.12", m5_12xlarge="0.01")
    ask(guard)
    guard.sweep(at(0.15))
    [text] = [each.reason for each in asked(guard)]
    assert "Cost: $0.92 an hour, at most $44.11 in 1 d 23 h." in text
    assert "Budget of owner John Doe: $59.86 of $60.00 is left." in text
    assert "The cheapest allowed type that may do: ml.t3.medium, $0.05 an hour." in text


def test_without_a_price_the_admins_read_that_it_is_not_known() -> None:
    guard = large()
    guard.prices = Prices()
    ask(guard)
    guard.sweep(at(0.15))
    assert "What it costs is not known: there is no price" in asked(guard)[0].reason


def test_a_denial_is_told_to_the_owner_once_and_changes_no_deadline() -> None:
    guard = large()
    name = ask(guard)
    deadline = guard.case(NAME).findings["instance-type"].deadline
    status, says = guard.respond(request(ANNA, "deny", name, why="use t3"), at(0.12))
    assert (status, says) == (200, f"The request about {NAME} is denied by anna: use t3.")
    for hours in (0.13, 0.14):
        guard.sweep(at(hours))
    told = [each for each in guard.notices if each.rule == "answered"]
    assert [each.stage for each in told] == ["budget"]
    assert "anna denied the exception that was asked for: use t3" in told[0].reason
    assert guard.case(NAME).findings["instance-type"].deadline == deadline
    again = request(JOHN, "ask", until="1d", why="please")
    assert guard.respond(again, at(0.15)) == (409, says)


def test_two_admins_decide_once() -> None:
    guard = large()
    name = ask(guard)
    first = guard.exceptions.rows[name]
    guard.exceptions.rival = first.decide(ExceptionState.DENIED, "bob", at(9), "no", at(0.15))
    status, says = guard.respond(request(ANNA, "approve", name), at(0.2))
    assert (status, says) == (409, f"The request about {NAME} is denied by bob: no.")


@pytest.mark.parametrize("arn", [JOHN, JANE, USER.format("anna"), SESSION.format("CourseAdmin")])
def test_only_an_admin_whom_the_policy_names_decides(arn: str) -> None:
    guard = large()
    name = ask(guard)
    assert guard.respond(request(arn, "approve", name), at(0.2))[0] == 403
    assert guard.exceptions.rows[name].state is ExceptionState.ASKED


@pytest.mark.parametrize(
    ("until", "status"), [("15d", 400), ("0s", 400), ("2020-01-01", 400), ("13d", 200), ("x", 400)]
)
def test_an_end_is_within_the_policys_limit(until: str, status: int) -> None:
    guard = large()
    name = ask(guard)
    assert guard.respond(request(ANNA, "approve", name, until=until), at(0.2))[0] == status


def test_a_request_that_nobody_made_cannot_be_approved() -> None:
    guard = large()
    assert guard.respond(request(ANNA, "approve", "nothing"), at(0.2))[0] == 404
    assert guard.respond(request(ANNA, "approve", ""), at(0.2))[0] == 404


def test_a_decision_about_what_is_gone_is_taken_all_the_same() -> None:
    guard = large()
    name = ask(guard)
    guard.delete(NAME)
    guard.sweep(at(0.15))
    assert "it does not run now" in asked(guard)[0].reason
    assert guard.respond(request(ANNA, "deny", name), at(0.2))[0] == 200
    guard.sweep(at(0.25))
    assert [each for each in guard.notices if each.rule == "answered"] == []


@pytest.mark.parametrize(
    "more",
    [{"why": ""}, {"why": "   "}, {"until": ""}, {"until": "x"}, {"until": "2020-01-01"}],
)
def test_a_request_needs_a_reason_and_an_end(more: dict[str, str]) -> None:
    guard = large()
    body = {"until": "2d", "why": "thesis"} | more
    assert guard.respond(request(JOHN, "ask", **body), at(0.1))[0] == 409
    assert guard.exceptions.rows == {}


def test_a_request_is_no_longer_than_the_policy_allows() -> None:
    guard = large()
    body = {"until": "2026-12-24", "why": "thesis"}
    assert guard.respond(request(JOHN, "ask", **body), at(0.1)) == (
        409,
        "At most 14 d are allowed.",
    )


def test_the_same_request_is_made_once_and_not_too_many_of_them() -> None:
    guard = large()
    name = ask(guard)
    assert ask(guard, 0.2, why="again") == name
    assert len(guard.exceptions.rows) == 1
    row = guard.exceptions.rows[name]
    guard.exceptions.rows = {str(n): replace(row, id=str(n)) for n in range(5)}
    status, says = guard.respond(request(JOHN, "ask", until="1d", why="more"), at(0.3))
    assert (status, says) == (409, "5 of your requests wait for the admins already.")


def test_an_exception_covers_neither_a_larger_nor_a_later_one_of_the_name() -> None:
    guard = large()
    guard.respond(request(ANNA, "approve", ask(guard)), at(0.2))
    guard.change(NAME, **on("ml.p3.8xlarge"))
    guard.sweep(at(1))
    assert guard.notices[-1].stage == "warning"
    guard.change(NAME, **on("ml.p3.2xlarge"), created=at(1))
    guard.sweep(at(2))
    assert guard.notices[-1].stage == "warning"


def test_what_an_admin_approved_counts_for_events_and_stops_too() -> None:
    guard = large()
    name = ask(guard)
    guard.sweep(at(0.3))
    assert guard.queue
    row = guard.exceptions.rows[name]
    guard.exceptions.rows[name] = row.decide(ExceptionState.APPROVED, "anna", at(9), "", at(0.3))
    assert guard.enforce(at(0.3)) == ["not-due"]
    assert guard.event(NAME, at(0.4)) == "looked"
    assert guard.stopped == []


def test_an_admin_answers_for_an_owner_whom_nobody_knows() -> None:
    given = notebook("Somebody-Demo", tags={})
    guard = Account(course(), given)
    guard.sweep(at(0))
    status, _ = guard.respond(request(ANNA, "stop", "Somebody-Demo"), at(0.1))
    assert status == 200
    assert guard.stopped == ["Somebody-Demo"]


def test_an_admin_does_not_waive_an_owners_grace() -> None:
    guard = account()
    assert guard.respond(request(ANNA, "stop"), at(0.1))[0] == 409
    assert guard.stopped == []


def test_ten_thousand_junk_requests_write_nothing() -> None:
    guard = idle()
    before, rows = guard.case(NAME), list(guard.audited)
    for number in range(10_000):
        event = request(USER.format(f"x{number % 7}"), "stop", f"{NAME}{number}")
        assert guard.respond(event, at(2.1))[0] == NOT_YOURS.status
    assert guard.case(NAME) == before
    assert guard.audited == rows
    assert guard.queue == []


def test_a_notebook_at_rest_has_nothing_to_answer() -> None:
    guard = idle()
    guard.change(NAME, status=ResourceStatus.STOPPED)
    status, says = guard.respond(request(JOHN, "keep"), at(2.1))
    assert (status, says) == (409, f"{NAME} does not run, so there is nothing to do.")


def told(guard: Account) -> dict[str, Any]:
    """Give what an answer says of the notice that it answers: the newest one."""
    newest = guard.published[-1]
    return {"told": newest.time.isoformat(), "rules": newest.rules}


def test_a_second_keep_by_the_same_notice_is_the_first_one() -> None:
    guard = idle()
    notice = told(guard)
    status, says = guard.respond(request(JOHN, "keep", **notice), at(2.1))
    assert status == 200, says
    again = guard.respond(request(JOHN, "keep", **notice), at(2.11))
    assert again == (
        410,
        f"{NAME} is kept until Mon 23 Nov 2026 12:06 CST; John Doe asked for it.",
    )
    assert len(guard.case(NAME).kept) == 1
    assert guard.audited.count(("answered-keep", NAME)) == 1


@pytest.mark.parametrize("action", ["keep", "stop", "fix", "not-mine", "ask"])
def test_a_notice_about_what_is_over_and_back_is_answered_no_more(action: str) -> None:
    guard = account()
    notice = told(guard)
    guard.change(NAME, tags=GOOD_TAGS)
    guard.sweep(at(0.2))
    guard.change(NAME, tags=UNTAGGED)
    guard.sweep(at(0.3))
    body = {"why": "w", "until": "1d" if action == "ask" else ""} | notice
    status, says = guard.respond(request(JOHN, action, **body), at(0.4))
    assert (status, says) == (
        410,
        f"What this message reported of {NAME} is over, or was reported anew since.",
    )
    assert guard.stopped == []
    assert guard.respond(request(JOHN, "stop", **told(guard)), at(0.5))[0] == 200


def test_of_a_notice_about_what_was_stopped_the_truth_is_told() -> None:
    guard = account()
    notice = told(guard)
    assert guard.respond(request(JOHN, "stop", **notice), at(0.1))[0] == 200
    guard.change(NAME, status=ResourceStatus.STOPPED)
    guard.sweep(at(0.2))
    status, says = guard.respond(request(JOHN, "keep", **notice), at(0.3))
    assert (status, says) == (410, f"{NAME} does not run, so there is nothing to do.")


def test_an_answer_is_not_about_another_resource_of_the_same_name() -> None:
    guard = account(created=at(-1))
    guard.change(NAME, created=at(0.05))
    assert guard.respond(request(JOHN, "stop"), at(0.1))[0] == NOT_YOURS.status


def test_what_nobody_decided_in_time_may_be_asked_for_anew() -> None:
    guard = large()
    first = ask(guard, until="1m")
    second = ask(guard, 0.15, until="1h")
    assert first != second
    assert ask(guard, 0.2, until="1d") == second
    assert guard.exceptions.rows[second].until == at(1.15)


def test_what_grew_after_it_was_asked_for_may_be_asked_for_anew() -> None:
    guard = large()
    first = ask(guard)
    guard.change(NAME, **on("ml.p3.16xlarge"))
    second = ask(guard, 0.2)
    assert first != second
    assert guard.respond(request(ANNA, "approve", second), at(0.3))[0] == 200
    guard.run(at(20))
    assert guard.stopped == []


def test_requests_that_are_over_wait_for_nobody() -> None:
    guard = large()
    row = guard.exceptions.rows[ask(guard)]
    guard.exceptions.rows = {str(n): replace(row, id=str(n), until=at(0.2)) for n in range(9)}
    assert guard.respond(request(JOHN, "ask", until="1d", why="more"), at(0.3))[0] == 200


@pytest.mark.parametrize("action", ["fix", "not-mine"])
def test_tags_that_aws_does_not_let_the_guard_set_are_said(action: str) -> None:
    guard = account(tags={"Name": "Jane Roe"} if action == "not-mine" else UNTAGGED)
    guard.may_tag = False
    before = guard.named(NAME).tags
    tags = {"Project": "wattbot", "Purpose": "demo", "ModelSize": "S"}
    status, says = guard.respond(request(JOHN, action, tags=tags), at(0.1))
    assert (status, says) == (409, TAGS_REFUSED.format("AccessDeniedException"))
    assert guard.named(NAME).tags == before
    assert f"answered-{action}" not in [what for what, _ in guard.audited]
