"""What the policy may say of idle notebooks, and what it is told where it is wrong."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from costguard.common.errors import PolicyInvalid
from costguard.policy.loader import parse_policy
from costguard.policy.model import Policy
from costguard.rules import RULES
from costguard.rules.idle import Options
from tests.factories import at

SHIPPED = Path(__file__).parents[3] / "layers" / "policy" / "policy.toml"
NOTEBOOK = "notebook-instance"


def options(policy: Policy) -> Options:
    found = policy.rules["idle"].options
    assert isinstance(found, Options)
    return found


def test_the_shipped_policy_says_the_defaults_and_is_stricter_outside() -> None:
    policy = parse_policy(SHIPPED.read_text(encoding="utf-8"))
    shipped, default = options(policy), Options()
    assert (shipped.after, shipped.after_job, shipped.max_age) == (
        default.after,
        default.after_job,
        default.max_age,
    )
    assert (shipped.load, shipped.keep) == (default.load, default.keep)
    monday = at(2)
    assert shipped.at(monday, policy.timezone.info)[0] == timedelta(hours=1)
    sunday = at(-20)
    assert shipped.at(sunday, policy.timezone.info)[0] == timedelta(minutes=30)


def test_the_age_of_a_notebook_has_one_place_in_the_shipped_policy() -> None:
    rules = parse_policy(SHIPPED.read_text(encoding="utf-8")).rules
    ran = rules["long-running"].options.ran.of(NOTEBOOK)
    assert ran is None or ran >= options(parse_policy(SHIPPED.read_text(encoding="utf-8"))).max_age


def test_without_a_word_of_the_policy_the_grace_is_the_rules_own() -> None:
    assert parse_policy("[rules.idle]").grace_of("idle", NOTEBOOK) == timedelta(minutes=15)
    assert parse_policy('[rules.idle]\ngrace = "1h"').grace_of("idle", NOTEBOOK) == timedelta(
        hours=1
    )
    assert RULES["naming"].grace is None
    assert parse_policy("grace = {}\n[rules.naming]").grace_of("naming", NOTEBOOK) == timedelta(
        hours=4
    )


def test_holidays_are_dates() -> None:
    policy = parse_policy("[rules.idle.office]\nholidays = [2026-11-26]")
    office = options(policy).office
    assert office is not None
    assert office.holidays == (date(2026, 11, 26),)


def test_every_mistake_is_named_with_its_path_and_what_is_expected() -> None:
    with pytest.raises(PolicyInvalid) as caught:
        parse_policy(
            "[rules.idle]\nafter = 1\nkeep = { at_most = 'long', often = 2 }\n"
            "office = { hours = '8-18', days = ['Monday'], holidays = ['2026-11-26'] }\n"
        )
    text = str(caught.value)
    assert "rules.idle.after: expected a duration such as" in text
    assert "rules.idle.keep.at_most: expected a duration such as" in text
    assert "rules.idle.keep.often: no such setting" in text
    assert (
        "rules.idle.office.hours: expected hours such as '08:00-18:00' or '22:00-07:00', got"
        in text
    )
    assert "rules.idle.office.days[0]: expected one of mon, tue, wed" in text
    assert "rules.idle.office.holidays[0]: expected a date: 2026-12-24, got '2026-11-26'" in text
