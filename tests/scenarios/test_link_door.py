"""Answers by the links of mails: whoever has one may do little, and only what is still open."""

import re
from base64 import b64encode
from copy import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from costguard.app.answering import UNREADABLE
from costguard.app.door_ports import DoorPorts
from costguard.app.link_door import BEFORE, IN_HAND, SENT, TYPE_IT, open_link
from costguard.app.public_door import PublicRequest, route
from costguard.app.slack_door import NOTHING_HERE
from costguard.notifications.links import hash_of
from costguard.notifications.recipients import ADMINS
from costguard.ownership.claims import NOT_MINE
from costguard.ownership.creator import Creator
from costguard.policy.model import Mode, Policy
from costguard.policy.self_service import SelfService
from costguard.reports.answer_page import no_link_page
from costguard.resources.model import ResourceStatus
from tests.factories import GOOD_TAGS, JANE, at, notebook, policy
from tests.scenarios.account import Account, stages
from tests.scenarios.test_idle import NAME, idle_policy, jupyter, run
from tests.scenarios.test_respond import ANNA, priced, request
from tests.scenarios.visits import FORM, forms_of, look, mail_link, press, says, submit

NO_LINK = no_link_page()["body"]
UNTAGGED = {"Name": "John Doe"}
GOOD = {f"tag.{key}": value for key, value in GOOD_TAGS.items()}


def idle(**changes: Any) -> Account:
    guard = Account(idle_policy(), notebook(NAME, **({"started": at(0)} | changes)))
    guard.activity[NAME] = jupyter(1)
    assert ("warning", "16:00") in run(guard, 2, 2.1)
    return guard


def untagged(given: Policy | None = None, **changes: Any) -> Account:
    guard = Account(given or policy(), notebook(NAME, **({"tags": UNTAGGED} | changes)))
    guard.sweep(at(0))
    return guard


def everything(guard: Account) -> tuple[Any, ...]:
    """Give all that an answer may change."""
    rows = (dict(guard.ledger), dict(guard.exceptions.rows), dict(guard.links.presses))
    tags = [each.tags for each in guard.resources.values()]
    done = (tags, list(guard.audited), list(guard.stopped), len(guard.notices))
    return (*rows, *done, list(guard.pages), list(guard.queue))


def test_a_page_tells_what_it_is_and_changes_nothing() -> None:
    guard = untagged()
    guard.prices = priced(t3_medium="0.05")
    path, before = mail_link(guard, "johndoe", at(0.1)), everything(guard)
    page = look(guard, path, at(0.1))
    assert everything(guard) == before
    for words in (NAME, "notebook instance", "ml.t3.medium", "$0.05", "Required tags", "12:00"):
        assert words in page
    assert [form["action"] for form in forms_of(page)] == ["fix", "stop", "not-mine", "ask", "page"]


def test_a_page_has_no_script_and_loads_nothing() -> None:
    guard = untagged()
    request = PublicRequest(method="GET", path=mail_link(guard, "johndoe", at(0)), headers={})
    answer = guard.visit(request, at(0.1))
    assert not re.search(
        r"<script|javascript:|\son\w+=|<link|<img|src=|@import|url\(", answer["body"]
    )
    headers = answer["headers"]
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_form_has_the_policys_own_values_and_what_is_known() -> None:
    guard = untagged(tags={"Name": "John Doe", "Purpose": '"><script>', "Project": "sink or swim"})
    page = look(guard, mail_link(guard, "johndoe", at(0)), at(0.1))
    assert "<script>" not in page
    assert '<input id="tag1" name="tag.Name" required value="John Doe" maxlength="256">' in page
    assert "<option selected>sinkorswim</option>" in page


def test_what_an_answer_cannot_change_has_no_button() -> None:
    short = SelfService(longest=at(1) - at(0))
    guard = untagged(replace(policy(mode=Mode.WARN), self_service=short))
    page = look(guard, mail_link(guard, "johndoe", at(0)), at(0.1))
    assert [form["action"] for form in forms_of(page)] == ["fix", "not-mine", "page"]
    assert "<dd>nothing is due</dd>" in page
    assert "not known" in page


def test_jane_keeps_by_one_press() -> None:
    guard = idle()
    path = mail_link(guard, "johndoe", at(2.1))
    told = (200, f"{NAME} is kept until Mon 23 Nov 2026 12:06 CST.")
    assert press(guard, path, at(2.1), "keep") == told
    assert stages(guard.notices) == ["warning", "all-clear"]
    assert run(guard, 2.2, 3) == []


def test_a_second_press_says_the_same_and_does_nothing() -> None:
    guard = idle()
    path = mail_link(guard, "johndoe", at(2.1))
    told, after = press(guard, path, at(2.1), "keep"), everything(guard)
    for when in (2.1, 2.11, 2.2):
        assert press(guard, path, at(when), "keep") == told
    assert everything(guard) == after


def test_what_was_answered_by_a_link_has_no_button_there_any_more() -> None:
    guard = untagged()
    path, more = mail_link(guard, "johndoe", at(0)), {"typed-name": NAME, "why": "x", "until": "1d"}
    assert press(guard, path, at(0.1), "ask", **more)[0] == 200
    page = look(guard, path, at(0.2))
    assert "Answered here already: Ask for more." in page
    assert [form["action"] for form in forms_of(page)] == ["fix", "stop", "not-mine", "page"]
    other = mail_link(guard, "johndoe", at(0))
    assert "ask" in [form["action"] for form in forms_of(look(guard, other, at(0.2)))]


def test_an_old_answer_is_not_said_as_if_it_were_new() -> None:
    admins = SelfService(admins=(ANNA,))
    guard = untagged(replace(policy(), self_service=admins))
    path, more = mail_link(guard, "johndoe", at(0)), {"typed-name": NAME, "why": "x", "until": "1d"}
    _, says = press(guard, path, at(0.1), "ask", **more)
    [name] = guard.exceptions.rows
    assert guard.respond(request(ANNA, "deny", name), at(0.2))[0] == 200
    said = BEFORE.format("Mon 23 Nov 2026 08:06 CST", says)
    assert press(guard, path, at(0.3), "ask", **more) == (409, said)


def test_a_press_during_another_waits_for_it() -> None:
    guard = idle()
    path = mail_link(guard, "johndoe", at(2.1))
    guard.links.begin(f"{hash_of(path[1:])}##keep", at(2.1), at(3))
    assert press(guard, path, at(2.1), "keep") == (409, IN_HAND)
    assert guard.case(NAME).kept == ()
    assert press(guard, path, at(2.15), "keep")[0] == 200  # whoever had it in hand has died


def test_a_keep_by_link_lasts_no_longer_than_the_policy_allows() -> None:
    guard = idle()
    options = guard.policy.rules["idle"].options
    short = replace(options, keep=replace(options.keep, at_most=at(1) - at(0.5)))
    settings = replace(guard.policy.rules["idle"], options=short)
    guard.policy = replace(guard.policy, rules={**guard.policy.rules, "idle": settings})
    path = mail_link(guard, "johndoe", at(2.1))
    assert "Keep it for 30 min" in look(guard, path, at(2.1))
    assert press(guard, path, at(2.1), "keep", until="10d")[1].endswith("10:36 CST.")


def test_a_keep_extends_only_the_rule_that_it_is_about() -> None:
    guard = idle(tags=UNTAGGED)
    tags = guard.case(NAME).findings["missing-tags"]
    path = mail_link(guard, "johndoe", at(2.1))
    assert press(guard, path, at(2.1), "keep")[1].endswith(
        "This does not change: required tags are missing or not known."
    )
    assert guard.case(NAME).findings["missing-tags"] == tags
    assert run(guard, 2.2, 4) == []
    again = run(guard, 4.05, 4.4)  # idle again; the tags are due at 20:00
    assert [stage for stage, _ in again] == ["warning", "stopped"]
    assert "idle" in str(guard.notices[-1].rule)


def test_who_mistypes_the_name_finds_the_way_back() -> None:
    guard = untagged()
    path = mail_link(guard, "johndoe", at(0))
    body = urlencode({"action": "stop", "typed-name": "x"}).encode()
    request = PublicRequest(method="POST", path=path, headers=FORM, body=body)
    assert '<a href="">Back to the page</a>' in guard.visit(request, at(0.1))["body"]


def test_a_stop_needs_the_name_typed() -> None:
    guard = untagged()
    path = mail_link(guard, "johndoe", at(0))
    for typed in ("", "test", f"{NAME}x", NAME[:-1]):
        assert press(guard, path, at(0.1), "stop", **{"typed-name": typed}) == (409, TYPE_IT)
    assert guard.stopped == []
    assert press(guard, path, at(0.2), "stop", **{"typed-name": f" {NAME.lower()} "})[0] == 200
    assert guard.stopped == [NAME]
    details = dict(zip(guard.audited, guard.audit.details, strict=True))["answered-stop", NAME]
    assert (details["by"], details["via"]) == ("John Doe", "a link in a message")


def test_max_fixes_his_tags() -> None:
    guard = untagged()
    path, named = mail_link(guard, "johndoe", at(0)), {"typed-name": NAME}
    status, told = press(guard, path, at(0.1), "fix", **named, **GOOD | {"tag.Project": "other"})
    assert (status, told) == (
        409,
        "Nothing was changed: Project needs a value (one of sinkorswim, wattbot).",
    )
    assert press(guard, path, at(0.2), "fix", **named, **GOOD)[0] == 200
    assert stages(guard.notices) == ["warning", "all-clear"]


def test_john_says_not_mine_and_his_link_ends() -> None:
    guard = untagged(tags={"Name": "Jane Roe"})
    path = mail_link(guard, "johndoe", at(0))
    assert press(guard, path, at(0.1), "not-mine", **{"typed-name": NAME})[0] == 200
    assert NOT_MINE in (guard.named(NAME).tags or {})
    assert look(guard, path, at(0.2)) == NO_LINK


def test_marie_asks_for_more() -> None:
    guard = untagged()
    path = mail_link(guard, "johndoe", at(0))
    more = {"typed-name": NAME, "why": "the thesis is due", "until": "2d"}
    assert press(guard, path, at(0.1), "ask", **more)[1].startswith("The admins are asked")
    [request] = guard.exceptions.rows.values()
    assert (request.by, request.why) == ("John Doe", "the thesis is due")


def test_a_program_that_opens_renders_and_submits_keeps_once_and_sends_one_mail() -> None:
    guard = idle(tags=UNTAGGED)
    path = mail_link(guard, "johndoe", at(2.1))
    for _ in range(5):
        for fields in forms_of(look(guard, path, at(2.1))):
            submit(guard, path, at(2.1), fields)
    answered = [word for word, _ in guard.audited if word.startswith("answered")]
    assert answered == ["answered-keep"]
    assert [(each.to, each.page) for each in guard.pages] == [("johndoe", True)]
    assert guard.stopped == []
    assert guard.named(NAME).tags == UNTAGGED


@pytest.mark.parametrize(
    ("change", "when"),
    [
        ("deadline", 20.1),
        ("fixed", 0.2),
        ("gone", 0.2),
        ("owner", 0.2),
        ("another", 0.2),
        ("roster", 0.2),
        ("admins", 0.2),
    ],
)
def test_a_link_that_is_no_longer_good_is_like_one_that_never_was(change: str, when: float) -> None:
    guard = untagged()
    path = mail_link(guard, "johndoe", at(0))
    assert look(guard, path, at(0.1)) != NO_LINK
    match change:
        case "fixed":
            guard.change(NAME, tags=GOOD_TAGS)
            guard.sweep(at(0.15))
        case "gone":
            guard.delete(NAME)
        case "owner":
            guard.change(NAME, tags={NOT_MINE: "John Doe", "Name": "Jane Roe"})
        case "another":
            guard.change(NAME, created=at(0.15))
        case "roster":
            guard.policy = replace(guard.policy, people=(JANE,))
        case "admins":
            [key] = guard.links.rows
            guard.links.rows[key] = replace(guard.links.rows[key], to=ADMINS)
        case _:
            assert guard.links.rows[hash_of(path[1:])].until < at(when)
    before = everything(guard)[1:2] + everything(guard)[3:]
    assert look(guard, path, at(when)) == NO_LINK
    assert press(guard, path, at(when), "stop", **{"typed-name": NAME}) == (404, says_of(NO_LINK))
    assert everything(guard)[1:2] + everything(guard)[3:] == before


def says_of(page: str) -> str:
    return says({"body": page})


def test_a_warning_that_came_again_needs_its_own_link() -> None:
    guard = untagged()
    path = mail_link(guard, "johndoe", at(0))
    guard.change(NAME, tags=GOOD_TAGS)
    guard.sweep(at(0.2))
    guard.change(NAME, tags=UNTAGGED)
    guard.sweep(at(0.4))
    assert stages(guard.notices) == ["warning", "all-clear", "warning"]
    assert look(guard, path, at(0.5)) == NO_LINK
    assert look(guard, mail_link(guard, "johndoe", at(0.4)), at(0.5)) != NO_LINK


def test_of_two_who_are_warned_each_has_a_link_of_their_own() -> None:
    guard = untagged()
    guard.marks.creators[guard.named(NAME).ref.key] = Creator("jane.roe@example.org", at(0))
    guard.sweep(at(0.1))
    path = mail_link(guard, "janeroe", at(0.1))
    assert press(guard, path, at(0.2), "stop", **{"typed-name": NAME})[0] == 200
    assert guard.stopped == []  # John's grace is his own


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "get"])
def test_other_methods_do_nothing(method: str) -> None:
    guard = untagged()
    path = mail_link(guard, "johndoe", at(0))
    before, calls = everything(guard), guard.links.calls
    answer = guard.visit(PublicRequest(method=method, path=path, headers={}), at(0.1))
    assert answer["statusCode"] == 405
    assert NAME not in answer["body"]
    assert (everything(guard), guard.links.calls) == (before, calls)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"action=keep"),
        ({"content-type": "application/json"}, b'{"action":"keep"}'),
        ({"content-type": "multipart/form-data; boundary=x"}, b"action=keep"),
        (FORM, b""),
        (FORM, b"action"),
        (FORM, b"action=delete"),
        (FORM, b"action=keep&action=stop"),
        (FORM, b"action=%ff"),
        (FORM, "action=kéep".encode("latin-1")),
        (FORM, "action=keep".encode("utf-16")),
        (FORM, b"&".join(b"a%d=1" % n for n in range(100))),
        (FORM, b"action=approve"),
        (FORM, b"action=KEEP"),
    ],
)
def test_a_body_that_is_no_form_of_ours_does_nothing(headers: dict[str, str], body: bytes) -> None:
    guard = idle()
    path = mail_link(guard, "johndoe", at(2.1))
    before = everything(guard)
    request = PublicRequest(method="POST", path=path, headers=headers, body=body)
    answer = guard.visit(request, at(2.1))
    assert (answer["statusCode"], says(answer)) == (400, UNREADABLE.says)
    assert everything(guard) == before


ODD_PATHS = [
    "/{0}",
    "{0}//",
    "{0}/.",
    "{0};a",
    "{0}%00",
    "{0}\0",
    "/x{0}",
    "/slack{0}",
    "{0}/slack",
]
ODD_BODIES = [
    b"action=keep&action=keep",
    b"action=keep%00",
    b"action=keep&x=%ff",
    b"action=keep;action=stop",
    b"action=keep\n",
]


def sent(path: str, body: bytes) -> dict[str, Any]:
    """Give the event of a form, as Lambda makes it of what a browser sends."""
    headers = {"Content-Type": "Application/X-WWW-Form-URLEncoded; charset=UTF-8", "Cookie": "a=b"}
    http = {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"}
    query = {"rawQueryString": "a=1&a=2", "queryStringParameters": {"a": "1,2"}, "cookies": ["a=b"]}
    context = {"accountId": "anonymous", "http": http, "routeKey": "$default"}
    encoded = {"body": b64encode(body).decode(), "isBase64Encoded": True}
    return {"rawPath": path, "headers": headers, "requestContext": context} | query | encoded


def test_of_odd_paths_and_bodies_nothing_is_kept_and_of_a_browsers_form_it_is() -> None:
    guard = idle()
    path = mail_link(guard, "johndoe", at(2.1))

    def take(event: dict[str, Any]) -> int:
        answer = route(event, slack=lambda _: NOTHING_HERE, web=lambda r: guard.visit(r, at(2.1)))
        return int(answer["statusCode"])

    for odd in ODD_PATHS:
        assert take(sent(odd.format(path), b"action=keep")) == 404
    for body in ODD_BODIES:
        assert take(sent(path, body)) == 400
    assert guard.case(NAME).kept == ()
    assert take(sent(path, b"action=keep")) == 200
    assert len(guard.case(NAME).kept) == 1


def test_junk_is_refused_before_the_policy_or_a_roster_is_read() -> None:
    def wire() -> DoorPorts:
        raise AssertionError("wired")

    for method, path in (("GET", "/"), ("POST", f"/{'1' * 32}"), ("PUT", f"/{'a' * 32}")):
        request = PublicRequest(method=method, path=path, headers=FORM, body=b"action=keep")
        assert open_link(wire, request, now=at(0))["statusCode"] in (404, 405)


def test_ten_thousand_junk_requests_ask_aws_nothing_or_one_row_each() -> None:
    guard = untagged()
    path, before = mail_link(guard, "johndoe", at(0)), everything(guard)
    described, calls = len(guard.described), guard.links.calls
    junk = ["/", "/favicon.ico", f"{path}x", path[:-1], path.upper(), "/.env", f"/{'1' * 32}"]
    for number in range(10_000):
        path = junk[number % len(junk)]
        for method in ("GET", "POST"):
            request = PublicRequest(method=method, path=path, headers=FORM, body=b"action=keep")
            assert guard.visit(request, at(0.1))["body"] == NO_LINK
    assert guard.links.calls == calls
    for number in range(1000):
        guess = "/" + f"{number:04}".translate({48 + n: 97 + n for n in range(10)}) * 8
        assert look(guard, guess, at(0.1)) == NO_LINK
    assert guard.links.calls == calls + 1000
    assert len(guard.described) == described
    assert everything(guard) == before


@pytest.mark.parametrize("skew", [-48, 48])
def test_a_link_is_good_by_the_clock_of_the_door(skew: float) -> None:
    guard = untagged()
    path = mail_link(guard, "johndoe", at(0))
    headers = FORM | {"date": f"{at(skew):%a, %d %b %Y %H:%M:%S GMT}"}
    request = PublicRequest(method="GET", path=path, headers=headers)
    until = guard.links.rows[hash_of(path[1:])].until
    assert guard.visit(request, at(0.1))["statusCode"] == 200
    assert guard.visit(request, until)["statusCode"] == 404


def test_a_press_that_comes_after_the_stop_is_told_the_truth() -> None:
    guard = idle()
    path = mail_link(guard, "johndoe", at(2.1))

    def stop() -> None:
        case = guard.case(NAME)
        stopping = replace(case, stopping=at(2.1))
        assert guard.cases.save(stopping, case, at(2.1))

    guard.concurrent_write = stop
    assert press(guard, path, at(2.1), "keep") == (
        409,
        f"It is too late: {NAME} is already being stopped.",
    )


def test_a_stop_that_comes_after_the_press_is_not_due() -> None:
    guard = idle()
    path = mail_link(guard, "johndoe", at(2.1))
    guard.sweep(at(2.25))
    assert guard.queued_stops == [NAME]
    assert press(guard, path, at(2.25) - (at(0.01) - at(0)), "keep")[0] == 200
    assert guard.stopped == []
    assert guard.named(NAME).status is ResourceStatus.RUNNING


def test_the_link_to_their_page_is_asked_for_once_an_hour() -> None:
    guard = untagged(replace(policy(), self_service=SelfService()))
    path = mail_link(guard, "johndoe", at(0))
    for when in (0.1, 0.2):
        assert press(guard, path, at(when), "page") == (200, SENT)
    said = BEFORE.format("Mon 23 Nov 2026 08:06 CST", SENT)
    for when in (0.9, 1.05):
        assert press(guard, path, at(when), "page") == (409, said)
    assert [each.due for each in guard.pages] == [at(0.1)]
    assert press(guard, path, at(1.2), "page") == (200, SENT)
    assert len(guard.pages) == 2
