"""Answers by buttons in Slack: who may press, what it does, and what is said of it."""

import json
from copy import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from costguard.app.answering import BUSY
from costguard.app.public_door import PublicRequest
from costguard.app.slack_door import (
    NOT_YOURS_HERE,
    NOTHING_HERE,
    TRY_AGAIN,
    signed_press,
    take_press,
)
from costguard.enforcement.case import Case
from costguard.ownership.claims import NOT_MINE
from costguard.policy.exceptions import ExceptionState
from costguard.policy.self_service import SelfService
from local.slack_presses import form_payload
from tests.factories import GOOD_TAGS, at, notebook, on, policy
from tests.fakes import override
from tests.scenarios.account import Account, stages
from tests.scenarios.test_idle import NAME, idle_policy, jupyter, run
from tests.slack_presses import (
    CHANNEL,
    MESSAGE,
    SlackDoor,
    button,
    pressed,
    signed,
)

JOHN, JANE, ANNA, STRANGER = "U0DOE", "U0JANE", "U0ANNA", "U0STRANGER"
ADMINS = SelfService(admins=(ANNA, "arn:aws:iam::123456789012:role/CourseAdmin"))
UNTAGGED = {"Name": "John Doe"}
WANTED = {"Project": "wattbot", "Purpose": "demo", "ModelSize": "S"}


def door(guard: Account) -> SlackDoor:
    """Put the door in front of an account; the roster knows Jane by her address alone."""
    return SlackDoor(guard, {"jane.roe@example.org": JANE})


def untagged(**changes: Any) -> SlackDoor:
    guard = Account(
        replace(policy(), self_service=ADMINS), notebook(NAME, **({"tags": UNTAGGED} | changes))
    )
    guard.sweep(at(0))
    return door(guard)


def idle(**changes: Any) -> SlackDoor:
    guard = Account(
        replace(idle_policy(), self_service=ADMINS), notebook(NAME, started=at(0), **changes)
    )
    guard.activity[NAME] = jupyter(1)
    run(guard, 2, 2.1)
    return door(guard)


def large() -> SlackDoor:
    return untagged(tags=GOOD_TAGS, **on("ml.p3.2xlarge"))


def asked(slack: SlackDoor, when: float = 0.1) -> Any:
    """Let John ask for two days; return the notice to the admins."""
    slack.press(JOHN, "ask", at(when))
    assert slack.send(JOHN, at(when), why="the thesis is due", until="172800s") == {}
    slack.guard.sweep(at(when + 0.05))
    return slack.guard.published[-1]


def test_an_owner_keeps_it_by_one_press_and_the_message_says_so() -> None:
    slack = idle()
    says = slack.press(JOHN, "keep", at(2.1))
    assert says == f"John Doe: {NAME} is kept until Mon 23 Nov 2026 12:06 CST."
    [outcome] = slack.said
    assert (outcome.channel, outcome.message, outcome.done) == (CHANNEL, MESSAGE, ())
    assert stages(slack.guard.notices) == ["warning", "all-clear"]
    assert ("answered-keep", NAME) in slack.guard.audited


def test_a_doubled_click_keeps_it_once() -> None:
    slack = idle()
    notice = slack.guard.published[-1]
    for seconds in (0, 1, 2):
        slack.press(JOHN, "keep", at(2.1) + timedelta(seconds=seconds), notice)
    assert len(slack.guard.case(NAME).kept) == 1
    assert slack.guard.audited.count(("answered-keep", NAME)) == 1
    assert slack.said[-1].says == (
        f"{NAME} is kept until Mon 23 Nov 2026 12:06 CST; John Doe asked for it."
    )


def test_a_keep_that_has_ended_is_not_given_again_by_the_same_message() -> None:
    slack = idle()
    notice = slack.guard.published[-1]
    slack.press(JOHN, "keep", at(2.1), notice)
    for hours in (4.2, 4.3):
        slack.guard.sweep(at(hours))
    says = slack.press(JOHN, "keep", at(4.35), notice)
    assert says == f"What this message reported of {NAME} is over, or was reported anew since."
    assert slack.press(JOHN, "keep", at(4.4)).startswith(f"John Doe: {NAME} is kept until")


def test_a_replayed_request_does_nothing_more() -> None:
    slack = idle()
    request = signed(pressed(JOHN, button(slack.guard.published[-1], "keep")), at(2.1))
    assert slack.take(request, at(2.1))[0] == 200
    assert slack.take(request, at(2.1) + timedelta(minutes=4))[0] == 200
    assert len(slack.guard.case(NAME).kept) == 1
    late = slack.take(request, at(2.1) + timedelta(minutes=6))
    assert late == (NOTHING_HERE["statusCode"], NOTHING_HERE["body"])


def test_keep_is_about_idleness_alone_and_the_other_buttons_stay() -> None:
    slack = idle(tags=UNTAGGED)
    says = slack.press(JOHN, "keep", at(2.1), warning_of(slack, "idle"))
    assert "This does not change: required tags are missing" in says
    assert "missing-tags" in slack.guard.case(NAME).findings


def warning_of(slack: SlackDoor, rule: str) -> Any:
    return next(each for each in slack.guard.published if rule in each.rules)


def test_of_a_notice_about_two_rules_the_answer_to_one_leaves_the_others_buttons() -> None:
    slack = idle()
    notice = replace(slack.guard.published[-1], rules=("idle", "missing-tags"))
    slack.press(JOHN, "keep", at(2.1), notice)
    assert slack.said[-1].done == ("keep",)


def test_what_is_over_and_back_is_not_kept_because_another_rule_is_still_broken() -> None:
    slack = idle(tags=UNTAGGED)
    guard, both = slack.guard, replace(slack.guard.published[-1], rules=("missing-tags", "idle"))
    case: Case = guard.case(NAME)
    again = replace(case.findings["idle"], since=at(2.12))
    assert guard.cases.save(
        replace(case, findings={**case.findings, "idle": again}), case, at(2.12)
    )
    says = slack.press(JOHN, "keep", at(2.15), both)
    assert says == f"What this message reported of {NAME} is over, or was reported anew since."
    assert guard.case(NAME).kept == ()
    assert slack.said[-1].done == ("keep",)


def test_an_owner_stops_it_at_once() -> None:
    slack = untagged()
    assert slack.press(JOHN, "stop", at(0.1)).startswith(f"John Doe: {NAME} is being stopped")
    assert slack.guard.stopped == [NAME]
    assert stages(slack.guard.notices)[-1] == "stopped"


def test_a_press_after_the_stop_is_told_the_truth() -> None:
    slack = idle()
    notice = slack.guard.published[-1]
    slack.press(JOHN, "stop", at(2.1), notice)
    assert slack.press(JOHN, "keep", at(2.15), notice) == (
        f"{NAME} does not run, so there is nothing to do."
    )
    assert slack.guard.case(NAME).kept == ()


def test_at_the_moment_of_the_stop_one_wins_and_the_other_is_told() -> None:
    slack = idle()
    guard, notice = slack.guard, slack.guard.published[-1]

    def stop_first() -> None:
        case: Case = guard.case(NAME)
        stopping = replace(case, stopping=at(2.1), asked=at(2.1), run=at(0))
        assert guard.cases.save(stopping, case, at(2.1))

    guard.concurrent_write = stop_first
    says = slack.press(JOHN, "keep", at(2.1), notice)
    assert says == f"It is too late: {NAME} is already being stopped."
    assert guard.case(NAME).kept == ()


def test_a_press_that_wins_holds_against_the_stop() -> None:
    slack = idle()
    slack.press(JOHN, "keep", at(2.1))
    slack.guard.run(at(4))
    assert slack.guard.stopped == []


def test_a_press_that_never_gets_through_says_so() -> None:
    slack = untagged()
    guard = slack.guard
    busy = replace(slack.ports(), cases=override(guard.cases, save=lambda *_: False))
    request = signed(pressed(JOHN, button(guard.published[-1], "stop")), at(0.1))
    press = signed_press(slack, request)
    assert press is not None
    answer = take_press(busy, press, now=at(0.1))
    assert (answer["statusCode"], slack.said[-1].says) == (200, BUSY.says)
    assert slack.said[-1].on is None


@pytest.mark.parametrize("action", ["keep", "stop", "fix", "not-mine", "ask"])
@pytest.mark.parametrize("user", [JANE, STRANGER, "johndoe", "john.doe@example.org", "arn:aws:x"])
def test_another_persons_press_does_nothing_and_is_told_no_name(user: str, action: str) -> None:
    slack = idle(tags=UNTAGGED | {"Project": "x"})
    guard, notice = slack.guard, replace(slack.guard.published[-1], rules=("idle", "missing-tags"))
    before, audited = guard.case(NAME), list(guard.audited)
    assert slack.press(user, action, at(2.15), notice) == NOT_YOURS_HERE
    assert slack.said[-1].on is None  # nobody else reads it
    assert not any(word in NOT_YOURS_HERE for word in ("John", "Doe", NAME))
    assert (guard.case(NAME), guard.audited, slack.forms) == (before, audited, [])
    assert guard.stopped == []


def test_what_is_not_there_answers_like_what_is_not_theirs() -> None:
    slack = idle()
    for resource in ("notebook-instance/Nothing", "endpoint/x", "nonsense/x", "", "app/a/b/c/d"):
        found = button(slack.guard.published[-1], "stop")
        value = json.dumps(json.loads(found.value) | {"resource": resource})
        payload = pressed(JOHN, replace(found, value=value))
        assert slack.take(signed(payload, at(2.1)), at(2.1)) == (200, "")
        assert slack.said[-1].says == NOT_YOURS_HERE


def test_an_admin_answers_for_others_but_gives_up_nobodys_grace() -> None:
    slack = untagged()
    assert slack.press(ANNA, "stop", at(0.1)).startswith("Costguard may not stop")
    assert slack.guard.stopped == []
    slack.press(ANNA, "fix", at(0.1))
    assert slack.send(ANNA, at(0.1), **WANTED, Name="John Doe") == {}
    assert slack.guard.named(NAME).tags == UNTAGGED | WANTED


@pytest.mark.parametrize("action", ["keep", "stop", "fix", "not-mine", "ask"])
def test_a_message_about_what_is_over_and_back_does_nothing(action: str) -> None:
    slack = untagged()
    guard, old = slack.guard, replace(slack.guard.published[-1], rules=("missing-tags", "idle"))
    guard.change(NAME, tags=GOOD_TAGS)
    guard.sweep(at(0.2))
    over = f"What this message reported of {NAME} is over, or was reported anew since."
    assert slack.press(JOHN, action, at(0.25), old) == over
    guard.change(NAME, tags=UNTAGGED)
    guard.sweep(at(0.3))
    assert slack.press(JOHN, action, at(0.4), old) == over
    assert (guard.stopped, slack.forms, guard.exceptions.rows) == ([], [], {})
    assert slack.said[-1].on is not None  # the message says so


def test_max_fixes_his_tags_in_a_form_with_the_policys_own_values() -> None:
    slack = untagged()
    assert slack.press(JOHN, "fix", at(0.1)) == ""
    fields = {b["block_id"]: b["element"] for b in slack.forms[0]["blocks"] if "element" in b}
    assert list(fields) == ["Project", "Name", "Purpose", "ModelSize"]
    projects = [each["value"] for each in fields["Project"]["options"]]
    assert projects == ["sinkorswim", "wattbot"]
    assert fields["Name"]["initial_value"] == "John Doe"
    assert slack.send(JOHN, at(0.12), **WANTED, Name="John Doe") == {}
    assert slack.guard.named(NAME).tags == UNTAGGED | WANTED
    assert stages(slack.guard.notices) == ["warning", "all-clear"]
    assert slack.said[-1].says.startswith(f"John Doe: {NAME} now has Project = wattbot")
    assert ("answered-fix", NAME) in slack.guard.audited


def test_a_form_shows_the_value_that_a_tag_has() -> None:
    slack = untagged(tags=UNTAGGED | {"Project": "WattBot"})
    slack.press(JOHN, "fix", at(0.1))
    fields = {b["block_id"]: b["element"] for b in slack.forms[0]["blocks"] if "element" in b}
    assert fields["Project"]["initial_option"]["value"] == "wattbot"


def test_what_is_wrong_in_a_form_is_said_at_its_field() -> None:
    slack = untagged()
    slack.press(JOHN, "fix", at(0.1))
    answer = slack.send(JOHN, at(0.12), **(WANTED | {"Purpose": "<b>"}), Name="Jane Roe")
    assert answer["response_action"] == "errors"
    assert answer["errors"] == {
        "Purpose": "Purpose needs a value",
        "Name": "Name may name only yourself",
    }
    assert slack.guard.named(NAME).tags == UNTAGGED
    assert slack.said == []


def test_a_form_that_somebody_else_sends_sets_nothing() -> None:
    slack = untagged()
    slack.press(JOHN, "fix", at(0.1))
    answer = slack.send(JANE, at(0.12), **WANTED, Name="John Doe")
    assert answer["errors"] == {"Project": NOT_YOURS_HERE}
    assert slack.guard.named(NAME).tags == UNTAGGED


def test_tags_that_are_shared_stay_as_they_are() -> None:
    slack = untagged(tags={"Name": "John Doe / Jane Roe"})
    slack.press(JOHN, "fix", at(0.1))
    assert slack.send(JOHN, at(0.12), **WANTED, Name="John Doe / Jane Roe") == {}
    assert slack.guard.named(NAME).tags == WANTED | {"Name": "John Doe / Jane Roe"}


def test_a_form_that_slack_does_not_show_is_asked_for_again() -> None:
    slack = untagged()
    slack.shows_forms = False
    assert slack.press(JOHN, "fix", at(0.1)) == TRY_AGAIN
    assert slack.said[-1].on is None


def test_without_required_tags_there_is_no_form() -> None:
    slack = untagged()
    notice = slack.guard.published[-1]
    rules = {k: v for k, v in slack.guard.policy.rules.items() if k != "missing-tags"}
    slack.guard.policy = replace(slack.guard.policy, rules=rules)
    assert slack.press(JOHN, "fix", at(0.1), notice) == "The policy requires no tags."
    assert slack.forms == []


def test_john_says_it_is_not_his() -> None:
    slack = untagged()
    says = slack.press(JOHN, "not-mine", at(0.1))
    assert says.startswith(f"John Doe: {NAME} no longer counts for you")
    assert NOT_MINE in (slack.guard.named(NAME).tags or {})
    assert slack.press(JOHN, "not-mine", at(0.12), slack.guard.published[0]) == NOT_YOURS_HERE


def test_marie_asks_and_an_admin_approves_in_slack() -> None:
    slack = large()
    notice = asked(slack)
    assert slack.said[-1].done == ("ask",)
    assert (notice.stage, notice.rule) == ("asked", "asked")
    reason = slack.guard.notices[-1].reason
    assert "Why: the thesis is due" in reason
    assert "What it costs is not known" in reason
    assert button(notice, "approve").label == "Approve until Wed 25 Nov 2026 08:06 CST"
    says = slack.press(ANNA, "approve", at(0.2), notice)
    assert says == (
        f"The request about {NAME} is approved by {ANNA} until Wed 25 Nov 2026 08:06 CST."
    )
    assert stages(slack.guard.notices)[-1] == "all-clear"
    assert ("exception-approved", NAME) in slack.guard.audited
    slack.guard.run(at(20))
    assert slack.guard.stopped == []


def test_only_a_member_whom_the_policy_names_as_admin_decides() -> None:
    slack = large()
    notice = asked(slack)
    for user in (JOHN, JANE, STRANGER, "CourseAdmin"):
        for action in ("approve", "deny"):
            says = slack.press(user, action, at(0.2), notice)
            assert says == "Only an admin whom the policy names may decide about exceptions."
            assert slack.said[-1].on is None
    [request] = slack.guard.exceptions.rows.values()
    assert request.state is ExceptionState.ASKED


def test_of_two_admins_the_second_reads_what_the_first_decided() -> None:
    slack = large()
    notice = asked(slack)
    slack.press(ANNA, "deny", at(0.2), notice)
    again = slack.press(ANNA, "approve", at(0.21), notice)
    assert again == f"The request about {NAME} is denied by {ANNA}."
    assert slack.said[-1].on is not None
    [request] = slack.guard.exceptions.rows.values()
    assert request.state is ExceptionState.DENIED


def test_a_request_needs_its_reason_in_the_form() -> None:
    slack = large()
    slack.press(JOHN, "ask", at(0.1))
    answer = slack.send(JOHN, at(0.1), why=" ", until="172800s")
    assert list(answer["errors"]) == ["why"]
    assert slack.guard.exceptions.rows == {}


def test_an_admin_in_the_roster_is_called_by_name() -> None:
    slack = large()
    contact = replace(slack.guard.policy.contact, name="Anna Admin", slack=ANNA)
    slack.guard.policy = replace(slack.guard.policy, contact=contact)
    assert "approved by Anna Admin" in slack.press(ANNA, "approve", at(0.2), asked(slack))


@pytest.mark.parametrize(
    "spoiled",
    [
        {"x-slack-signature": "v0=" + "0" * 64},
        {"x-slack-signature": "v1=" + "0" * 64},
        {"x-slack-signature": "v0=é"},
        {"x-slack-signature": ""},
        {"x-slack-request-timestamp": ""},
        {"x-slack-request-timestamp": "1e9"},
        {"x-slack-request-timestamp": "٣"},
        {"x-slack-request-timestamp": "9" * 400},
    ],
)
def test_a_wrong_signature_reaches_nothing(spoiled: dict[str, str]) -> None:
    slack = untagged()
    payload = pressed(JOHN, button(slack.guard.published[-1], "stop"))
    assert refused(slack, signed(payload, at(0.1), **spoiled), at(0.1))


def refused(slack: SlackDoor, request: PublicRequest, when: datetime) -> bool:
    """Tell whether a request is answered like nothing, and nothing of AWS was called for it."""
    answer = slack.take(request, when)
    nothing = (NOTHING_HERE["statusCode"], NOTHING_HERE["body"])
    return (answer, slack.wired, slack.said, slack.guard.stopped) == (nothing, 0, [], [])


@pytest.mark.parametrize("minutes", [-6, -5.1, 5.1, 6, 60 * 24])
def test_a_clock_that_is_far_off_reaches_nothing(minutes: float) -> None:
    slack = untagged()
    payload = pressed(JOHN, button(slack.guard.published[-1], "stop"))
    request = signed(payload, at(0.1) + timedelta(minutes=minutes))
    assert refused(slack, request, at(0.1))
    assert slack.secrets_read == 0


@pytest.mark.parametrize("minutes", [-4.9, 0, 4.9])
def test_a_clock_that_is_a_little_off_is_taken(minutes: float) -> None:
    slack = untagged()
    payload = pressed(JOHN, button(slack.guard.published[-1], "stop"))
    assert slack.take(signed(payload, at(0.1) + timedelta(minutes=minutes)), at(0.1))[0] == 200
    assert slack.guard.stopped == [NAME]


def test_a_body_that_was_changed_reaches_nothing() -> None:
    slack = untagged()
    request = signed(pressed(JANE, button(slack.guard.published[-1], "stop")), at(0.1))
    forged = replace(request, body=request.body.replace(JANE.encode(), JOHN.encode()))
    assert refused(slack, forged, at(0.1))
    assert refused(slack, replace(request, method="GET"), at(0.1))


def test_another_secret_or_none_reaches_nothing() -> None:
    slack = untagged()
    payload = pressed(JOHN, button(slack.guard.published[-1], "stop"))
    assert refused(slack, signed(payload, at(0.1), "another"), at(0.1))
    slack.is_set_up = False
    assert refused(slack, signed(payload, at(0.1)), at(0.1))


@pytest.mark.parametrize(
    "more",
    [
        {"team": {"id": "T0OTHER"}},
        {"team": None},
        {"user": {"id": JOHN, "team_id": "T0OTHER"}},  # of a channel that two workspaces share
        {"user": {"id": JOHN, "team_id": None}},
        {"user": None},
        {"user": {"id": ""}},
        {"type": "message_action"},
        {"actions": []},
        {"actions": "x"},
        {"actions": [{"action_id": "stop", "value": "{}"}]},
        {"actions": [{"action_id": "stop", "value": "x" * 5000}]},
        {"actions": [{"action_id": "stop", "value": None}]},
        {"container": None},
    ],
)
def test_what_is_signed_but_no_press_of_ours_reaches_nothing(more: dict[str, Any]) -> None:
    slack = untagged()
    payload = pressed(JOHN, button(slack.guard.published[-1], "stop")) | more
    assert refused(slack, signed(payload, at(0.1)), at(0.1))


@pytest.mark.parametrize("text", ["", "x", "[]", "null", "[" * 9000, '{"type": 1}'])
def test_a_payload_that_is_none_reaches_nothing(text: str) -> None:
    slack = untagged()
    assert refused(slack, signed(text, at(0.1)), at(0.1))


def test_a_button_that_nobody_made_does_nothing() -> None:
    slack = untagged()
    found = replace(button(slack.guard.published[-1], "stop"), action="delete")
    assert slack.take(signed(pressed(JOHN, found), at(0.1)), at(0.1)) == (200, "")
    assert slack.guard.stopped == []
    assert slack.said[-1].on is None


def test_junk_of_a_flood_is_refused_before_any_call() -> None:
    slack = untagged()
    for number in range(10_000):
        headers = {"x-slack-signature": f"v0={number:x}", "x-slack-request-timestamp": str(number)}
        junk = PublicRequest(method="POST", path="/slack", headers=headers, body=b"payload=%7B%7D")
        assert slack.answer(junk, at(0.1)) == NOTHING_HERE
    assert (slack.wired, slack.secrets_read, slack.said) == (0, 0, [])


def test_a_form_without_memory_reaches_nothing() -> None:
    slack = untagged()
    slack.press(JOHN, "fix", at(0.1))
    slack.wired = 0
    for memory in ("", "x", "[]", '{"on": "{}"}', "[" * 90_000):
        payload = form_payload(JOHN, slack.forms[0] | {"private_metadata": memory}, WANTED)
        assert refused(slack, signed(payload, at(0.12)), at(0.12))


def test_a_form_with_odd_inputs_sets_nothing() -> None:
    slack = untagged()
    slack.press(JOHN, "fix", at(0.1))
    payload = form_payload(JOHN, slack.forms[0], WANTED)
    payload["view"]["state"]["values"] = {"Project": {}, "Name": 7, "Team": {"x": {"value": 7}}}
    status, body = slack.take(signed(payload, at(0.12)), at(0.12))
    assert status == 200
    assert json.loads(body)["response_action"] == "errors"
    assert slack.guard.named(NAME).tags == UNTAGGED


@pytest.mark.parametrize("action", ["approve", "deny"])
def test_on_monday_a_request_that_ended_on_sunday_is_over(action: str) -> None:
    slack = large()
    notice = asked(slack)
    assert slack.press(ANNA, action, at(60), notice) == (
        f"The request about {NAME} was for the time until Wed 25 Nov 2026 08:06 CST, which is "
        "past. Nothing was decided."
    )
    assert slack.said[-1].on is not None  # the message loses its buttons
    assert slack.said[-1].done == ()


def test_who_decides_after_the_end_of_what_was_decided_reads_the_decision() -> None:
    slack = large()
    notice = asked(slack)
    says = slack.press(ANNA, "approve", at(0.2), notice)
    assert slack.press(ANNA, "deny", at(80), notice) == says


def test_an_admin_reads_that_an_approval_changes_nothing() -> None:
    gone = large()
    notice = asked(gone)
    gone.guard.delete(NAME)
    assert gone.press(ANNA, "approve", at(0.2), notice).endswith(
        "What was asked about is gone, so this changes nothing."
    )
    larger = large()
    notice = asked(larger)
    larger.guard.change(NAME, **on("ml.p3.16xlarge"))
    assert larger.press(ANNA, "approve", at(0.2), notice).endswith(
        "It is larger now than what was asked about, so it is not exempt as it is."
    )


def test_a_press_keeps_no_longer_than_the_policy_allows() -> None:
    slack = idle()
    settings = slack.guard.policy.rules["idle"]
    keep = replace(settings.options.keep, at_most=timedelta(minutes=30))
    short = replace(settings, options=replace(settings.options, keep=keep))
    slack.guard.policy = replace(
        slack.guard.policy, rules={**slack.guard.policy.rules, "idle": short}
    )
    assert slack.press(JOHN, "keep", at(2.1)).endswith("is kept until Mon 23 Nov 2026 10:36 CST.")
