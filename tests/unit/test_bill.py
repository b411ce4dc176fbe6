"""The bill: Cost Explorer's answers, read without mistaking one thing for another."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from costguard.bill import Answer, bill, known_days, split
from costguard.errors import NotTold

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 3)


def answer(*days: dict[str, str], calls: int = 1) -> Answer:
    found: list[dict[str, Any]] = []
    for number, groups in enumerate(days, start=1):
        rows = [
            {"Keys": [k], "Metrics": {"UnblendedCost": {"Amount": v}}} for k, v in groups.items()
        ]
        found.append({"TimePeriod": {"Start": f"2026-11-{number:02}"}, "Groups": rows})
    return Answer(tuple(json.loads(json.dumps(found))), calls)


TYPES = answer(
    {"USE2-Notebk:ml.t3.medium": "1.2", "USE2-Host:ml.m5.xlarge": "5.52"},
    {"USE2-Train:ml.m5.large": "0.0173138889", "USE2-Notebk:VolumeUsage.gp2": "0.02"},
    {"USE2-Train:ml.m5.large": "99"},
    calls=2,
)


def test_days_that_are_not_known_yet_are_left_out_and_hosting_is_not_metered() -> None:
    told = bill(TYPES, answer({"Project$": "1"}), "Project", FIRST, LAST)
    assert told.total == Decimal("6.7573138889")
    assert told.metered == Decimal("1.2373138889")
    assert (told.calls, told.asking) == (3, Decimal("0.03"))


def test_a_tag_is_split_at_its_first_dollar() -> None:
    tags = answer({"Project$": "1", "Project$a$b": "2"}, {"Project$a$b": "3"})
    told = bill(TYPES, tags, "Project", FIRST, LAST)
    assert told.projects == {"a$b": Decimal(5)}
    assert told.untagged == 1


def test_a_tag_that_is_not_activated_is_not_zero() -> None:
    assert bill(TYPES, answer({"Project$": "7"}), "Project", FIRST, LAST).projects is None


@pytest.mark.parametrize("key", ["Project", "Team$x", "$x"])
def test_a_group_of_another_form_is_an_error(key: str) -> None:
    with pytest.raises(NotTold, match="expected a group of the tag Project"):
        split(key, "Project")


def test_the_bill_knows_days_that_ended_a_day_ago() -> None:
    morning = datetime(2026, 11, 23, 13, tzinfo=UTC)
    assert known_days(FIRST, morning) == (FIRST, date(2026, 11, 22))
    assert known_days(date(2026, 12, 1), morning) == (date(2026, 12, 1), date(2026, 12, 1))
