"""Any input from outside becomes a value or one of our own errors."""

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from costguard.app.stop_request import parse_stop_request
from costguard.common.datetimes import parse_duration, parse_time, say_duration
from costguard.common.errors import EventInvalid, PolicyInvalid
from costguard.common.sanitize import single_line
from costguard.ownership.confusables import fold_name
from costguard.policy.loader import parse_policy
from costguard.policy.model import Policy
from costguard.resources.events import (
    CLOUDTRAIL,
    IgnoredEvent,
    ResourceEvent,
    parse_event,
    parse_tags,
)
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from tests.property.strategies import json_values

SETTINGS = [
    *("mode", "max_stops", "grace", "timezone", "owner_tag", "contact", "people", "teams"),
    *("exemptions", "rules", "names", "why", "by", "until", "kinds", "name", "email", "aliases"),
    *("required", "allowed", "patterns", "per_job", "per_owner", "limit", "ran", *RULES, *KINDS),
    "*",
]
words = st.sampled_from(
    ["observe", "enforce", "4h", "99999999999999d", "UTC", "{Purpose}", "{Team}{Team}", "a", ""]
)
times = st.sampled_from(["2026-12-24T18:00:00Z", "2026-12-24T18:00:00", "2026-12-24", "18:00:00"])
scalars = (
    st.booleans().map(lambda b: str(b).lower())
    | st.integers(-5, 10**20).map(str)
    | st.floats(allow_nan=True).map(repr)
    | (words | st.text(max_size=5)).map(lambda t: json.dumps(t, ensure_ascii=True))
    | times
)


def table(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Write inline tables as TOML does."""
    pairs = st.dictionaries(st.sampled_from(SETTINGS), inner, max_size=3)
    return pairs.map(
        lambda d: "{" + ", ".join(f"{json.dumps(k)} = {v}" for k, v in d.items()) + "}"
    )


values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3).map(lambda v: f"[{', '.join(v)}]") | table(inner),
    max_leaves=6,
)
documents = st.dictionaries(st.sampled_from(SETTINGS), values, max_size=5).map(
    lambda d: "\n".join(f"{json.dumps(k)} = {v}" for k, v in d.items())
)


@given(st.text() | documents)
@example('grace = "99999999999999999d"')
@example("exemptions = [{ kinds = [[]] }]")
def test_any_text_is_a_policy_or_a_list_of_its_problems(text: str) -> None:
    problems: tuple[str, ...] = ("policy: fine",)
    try:
        assert isinstance(parse_policy(text), Policy)
    except PolicyInvalid as error:
        problems = error.problems
    assert problems
    assert all(": " in problem for problem in problems)


fields = st.sampled_from(
    ["Name", "Arn", "Status", "Tags", "eventName", "eventSource", "requestParameters", "errorCode"]
)
detail_types = st.sampled_from([str(k.events.detail_type) for k in KINDS.values()] + [CLOUDTRAIL])


@st.composite
def details(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a detail whose fields are the right ones with anything in them."""
    prefix = draw(
        st.sampled_from([kind.translation.arn.removesuffix("Arn") for kind in KINDS.values()])
    )
    drawn = {
        name if name[0].islower() or name == "Tags" else prefix + name: draw(json_values)
        for name in draw(st.sets(fields))
    }
    if draw(st.booleans()):
        drawn |= {f"{prefix}Status": "Stopping", "eventSource": "sagemaker.amazonaws.com"}
        drawn |= {"eventName": draw(st.sampled_from([f"Create{prefix}", "AddTags"]))}
    return drawn


events = st.dictionaries(st.text(max_size=9), json_values) | st.fixed_dictionaries(
    {"detail": details() | json_values, "detail-type": detail_types | json_values},
    optional={"time": json_values | st.just("2026-11-23T14:00:00Z"), "resources": json_values},
)


@given(events)
def test_any_event_is_a_sighting_or_ignored_or_refused(event: dict[str, Any]) -> None:
    with suppress(EventInvalid):
        assert isinstance(parse_event(event), ResourceEvent | IgnoredEvent)


@given(st.text() | json_values.map(json.dumps))
def test_any_message_is_a_stop_reference_or_refused(body: str) -> None:
    with suppress(EventInvalid):
        refs, _ = parse_stop_request(body)
        assert {ref.kind for ref in refs} <= KINDS.keys()


@given(json_values)
def test_any_tags_are_text_or_none(raw: object) -> None:
    found = parse_tags(raw)
    assert found is None or all(isinstance(t, str) for pair in found.items() for t in pair)


@given(json_values | st.datetimes().map(str) | st.datetimes().map(lambda t: f"{t.isoformat()}Z"))
@example("9" * 20)
@example(1e308)
def test_any_time_is_aware_or_refused(raw: object) -> None:
    with suppress(ValueError):
        assert parse_time(raw).utcoffset() == timedelta(0)


@given(st.text(), st.integers(1, 99))
def test_plain_text_is_short_and_stays_as_it_is(text: str, limit: int) -> None:
    once = single_line(text, limit)
    assert len(once) <= limit
    assert single_line(once, limit) == once


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold_name(fold_name(text)) == fold_name(text)


@given(st.integers(0, 10**8))
def test_a_duration_that_is_said_is_never_longer_than_it_is(seconds: int) -> None:
    said = say_duration(timedelta(seconds=seconds)).replace("min", "m").replace(" ", "")
    assert parse_duration(said) <= timedelta(seconds=seconds)
