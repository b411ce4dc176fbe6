"""The part of Logs Insights' language that the runbook's queries are written in."""

import json
from typing import Any

import pytest

from tests.local.logs_insights import NotUnderstoodError, query

LINES: list[dict[str, Any]] = [
    {"function": "watch", "message": "event evaluated", "outcome": "due", "owner": "John Doe"},
    {"function": "watch", "message": "event evaluated", "outcome": "looked"},
    {"Function": "watch", "Retries": [3.0], "_aws": {"Timestamp": 5}},
    {"Function": "sweep", "Retries": 0},
    {"function": "enforce", "message": "stop decided", "outcome": "accepted", "level": "ERROR"},
]
EVENTS = [{"timestamp": n, "message": json.dumps(line)} for n, line in enumerate(LINES)]
EVENTS.append({"timestamp": 9, "message": "START RequestId: 1"})


def times(text: str) -> list[int]:
    return [row["@timestamp"] for row in query(f"fields @timestamp\n| filter {text}", EVENTS)]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('outcome = "due"', [0]),
        ('outcome != "due"', [1, 4]),  # what has no outcome is in neither
        ('outcome in ["due", "accepted"]', [0, 4]),
        ('message like "event"', [0, 1]),
        ("message like /^stop/", [4]),
        ("@message like /START/", [5 + 4]),
        ("Retries.0 > 0", [2]),
        ("Retries >= 0 and Retries <= 0", [3]),
        ("_aws.Timestamp < 6", [2]),
        ('level = "ERROR" or Retries.0 > 0', [2, 4]),
        ('function = "watch" and not (outcome = "due" or outcome = "accepted")', [1]),
        ('function = "watch" and outcome = "due" or level = "ERROR"', [0, 4]),
        ("outcome > 1", []),
    ],
)
def test_a_filter_keeps_the_lines_that_it_is_true_of(condition: str, found: list[int]) -> None:
    assert times(condition) == found


def test_fields_show_what_a_line_has_under_the_name_that_is_asked_for() -> None:
    found = query("fields owner, coalesce(function, Function) as source\n| limit 3", EVENTS)
    assert found == [
        {"owner": "John Doe", "source": "watch"},
        {"source": "watch"},
        {"source": "watch"},
    ]


def test_stats_count_and_add_up_by_what_occurs_together() -> None:
    text = """
    fields coalesce(function, Function) as source
    | stats count() as lines, sum(Retries.0) as calls by source
    | sort lines desc
    | limit 1
    """
    assert query(text, EVENTS) == [{"lines": 3, "calls": 3.0, "source": "watch"}]
    assert query("stats count(*) as n", EVENTS) == [{"n": 6}]


def test_what_lacks_the_field_is_sorted_last() -> None:
    found = query("fields @timestamp, outcome\n| sort outcome asc", EVENTS)
    assert [row["@timestamp"] for row in found] == [4, 0, 1, 2, 3, 9]


@pytest.mark.parametrize(
    "text",
    [
        *("parse @message /x/", "display owner", "fields strlen(owner)", "sort owner, outcome"),
        *(
            "stats avg(x) as y",
            "stats count()",
            "filter owner",
            "filter owner =",
            "filter owner ~ 1",
        ),
        *("filter (owner = 'x'", "filter owner = 'x' owner", "filter 'x' = owner", "filter a = b"),
        "filter a between 1",
    ],
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstoodError):
        query(text, EVENTS)
