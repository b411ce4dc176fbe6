"""Whatever anybody sends to the public URL: without a good link nothing happens or is told."""

from html.parser import HTMLParser
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from costguard.app.link_door import open_link
from costguard.app.public_door import PublicRequest, plain_response, route
from costguard.common.calendar import UTC
from costguard.costs.usage import Usage
from costguard.notifications.links import is_token
from costguard.reports.answer_page import (
    AnswerFacts,
    OpenFinding,
    answer_page,
    no_link_page,
    outcome_page,
)
from costguard.reports.own_page import OwnFacts, OwnResource, own_page
from costguard.reports.running import Running
from costguard.rules.missing_tags import TagChoice
from tests.factories import at, notebook, on
from tests.scenarios.account import Account
from tests.scenarios.test_idle import NAME
from tests.scenarios.test_link_door import everything, untagged
from tests.scenarios.visits import FORM, mail_link

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
METHODS = st.sampled_from(["GET", "POST", "HEAD", "PUT"]) | st.text(max_size=8)
PATHS = st.text(max_size=40) | st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=30, max_size=34)
BODIES = st.binary(max_size=200) | st.sampled_from([b"action=keep", b"action=stop&typed-name=x"])
GUARD: Account = untagged()
LINK = mail_link(GUARD, "johndoe", at(0))


@given(
    event=st.fixed_dictionaries(
        {},
        optional={
            "requestContext": JSON
            | st.fixed_dictionaries({"http": JSON | st.just({"method": "GET"})}),
            "rawPath": JSON,
            "headers": JSON,
            "body": JSON,
            "isBase64Encoded": JSON,
        },
    )
)
def test_any_event_is_routed_or_refused(event: dict[str, Any]) -> None:
    def door(_: PublicRequest) -> dict[str, Any]:
        return plain_response(200, "taken")

    assert route(event, slack=door, web=door)["statusCode"] in (200, 400)


@given(method=METHODS, path=PATHS, body=BODIES, part=st.sampled_from(["", "/", "/x", "//"]))
def test_without_a_good_link_nothing_happens(
    method: str, path: str, body: bytes, part: str
) -> None:
    before = everything(GUARD)
    request = PublicRequest(method=method, path=f"/{path}{part}", headers=FORM, body=body)
    answer = open_link(lambda: GUARD.door_ports, request, now=at(0.1))
    assert everything(GUARD) == before
    if method in ("GET", "POST"):
        assert answer == no_link_page()
    assert NAME not in answer["body"]


@given(body=BODIES, kind=st.sampled_from([*FORM.values(), "text/plain", ""]) | st.text(max_size=20))
def test_a_good_link_does_nothing_without_a_form_that_names_the_resource(
    body: bytes, kind: str
) -> None:
    before = everything(GUARD)
    request = PublicRequest(method="POST", path=LINK, headers={"content-type": kind}, body=body)
    answer = open_link(lambda: GUARD.door_ports, request, now=at(0.1))
    assert answer["statusCode"] in (400, 409)
    after = everything(GUARD)
    assert (after[:2], after[3:]) == (before[:2], before[3:])  # but for what is in hand


@given(st.text(max_size=40))
def test_only_our_own_form_is_a_token(text: str) -> None:
    assert is_token(text) == (
        len(text) == 32 and not set(text) - set("abcdefghijklmnopqrstuvwxyz234567")
    )


def tags(page: str) -> list[tuple[str, tuple[str, ...]]]:
    """List the elements of a page, each with the names of its attributes."""
    found = list[tuple[str, tuple[str, ...]]]()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, tuple(name for name, _ in attrs)))

    Reader().feed(page)
    return found


def pages(words: str) -> list[str]:
    """Write every page of the door, with the same words in each place that somebody may fill."""
    named = notebook(words, **on(words))
    finding = OpenFinding(rule=words, reason=words)
    choices = (
        TagChoice(key=words, value=words),
        TagChoice(key=words, value=words, allowed=(words, "a")),
    )
    told = AnswerFacts(
        resource=named,
        owner=words,
        usd_per_hour=None,
        findings=(finding,),
        stops=True,
        tags=choices,
        longest=at(2) - at(0),
        asks_for_page=True,
        zone=UTC,
        now=at(0),
    )
    usage = Usage(kind="odd", name=words, component="x", region="x", start=at(0))
    runs = OwnResource(running=Running(usage, None, None), part="", stops=None)
    mine = OwnFacts(name=words, running=(runs,), month=None, budgets=(), zone=UTC, now=at(0))
    written = (answer_page(told), own_page(mine, "a" * 32), outcome_page(words))
    return [each["body"] for each in written]


ODD = st.text(max_size=30) | st.sampled_from(
    [
        '"><script>x</script>',
        "'><b x=1>",
        "{css}",
        "%s%(a)s",
        "&lt;b&gt;",
        "\u202eabc",
        "<!--",
        "\0",
    ]
)


@given(ODD)
def test_no_words_of_anybody_become_a_part_of_a_page(words: str) -> None:
    assert [tags(page) for page in pages(f"x{words}")] == [tags(page) for page in pages("x")]
