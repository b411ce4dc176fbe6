"""What the policy may say of idle notebooks, and what it is told where it is wrong."""

from copy import replace
from datetime import UTC, date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from costguard.common.errors import PolicyInvalid
from costguard.ownership.directory import Directory
from costguard.policy.loader import check_policy, parse_policy
from costguard.policy.model import Policy
from costguard.resources.activity import Activity, JupyterActivity, Kernel
from costguard.rules import RULES
from costguard.rules.base import EvaluationContext
from costguard.rules.idle import Options, next_check_at
from tests.factories import at, notebook

SHIPPED = Path(__file__).parents[3] / "layers" / "policy" / "policy.toml"
NOTEBOOK = "notebook-instance"
DURATION = "a duration such as '90s', '15m', '4h' or '2d', ten years at most"
SECONDS = 'if these are seconds, write "1m", in quotes'


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


BY_PRICE = '{ "below $0.10/h" = "4h", "*" = "1h", "above $1/h" = "20m" }'


def test_the_time_may_differ_by_the_price_of_an_hour() -> None:
    read = options(parse_policy(f"[rules.idle]\nafter = {BY_PRICE}"))
    found = [
        read.at(at(2), UTC, Decimal(usd) if usd else None)[0] for usd in ("0.05", "1", "1.41", None)
    ]
    hour = timedelta(hours=1)
    assert found == [4 * hour, hour, hour / 3, hour]
    assert (read.by_price, Options().by_price) == (True, False)


def test_outside_working_hours_it_is_never_longer_at_any_price() -> None:
    closed = 'office = { days = [] }\noutside.after = { "below $2/h" = "2h", "*" = "30m" }'
    read = options(parse_policy(f"[rules.idle]\nafter = {BY_PRICE}\n{closed}"))
    found = [
        read.at(at(2), UTC, Decimal(usd) if usd else None)[0] for usd in ("0.05", "1.41", "9", None)
    ]
    hour = timedelta(hours=1)
    assert found == [2 * hour, hour / 3, hour / 3, hour / 2]


def test_the_longest_time_sets_how_far_back_activity_is_read() -> None:
    read = options(parse_policy(f"[rules.idle]\nafter = {BY_PRICE}\nafter_unseen = '0s'"))
    assert read.look_back.activity == timedelta(hours=5)


def test_every_mistake_of_a_table_by_price_is_named_at_once() -> None:
    with pytest.raises(PolicyInvalid) as caught:
        parse_policy(
            '[rules.idle]\nafter = { "below $2/h" = "4h", "above $1/h" = "-20m", '
            '"below 0.10" = 60, "above $1/day" = "1h", "below $-1/h" = "1h" }\n'
            'outside.after = { notebook-instance = "1h", "*" = "fast" }'
        )
    after, outside = "rules.idle.after", "rules.idle.outside.after"
    form = "expected prices of an hour such as 'below $0.10/h' or 'above $1/h', or '*' for all"
    assert list(caught.value.problems) == [
        f"{after}.*: missing; it is for all other prices",
        f"{after}.above $1/day: {form} others, got 'above $1/day'",
        f"{after}.above $1/h: covers prices that 'below $2/h' covers, too; keep one of them",
        f"{after}.above $1/h: expected {DURATION}, got '-20m'",
        f"{after}.below $-1/h: {form} others, got 'below $-1/h'",
        f"{after}.below 0.10: expected {DURATION}, got 60; {SECONDS}",
        f"{after}.below 0.10: {form} others, got 'below 0.10'; write 'below $0.10/h'",
        f"{outside}.*: expected {DURATION}, got 'fast'",
        f"{outside}.notebook-instance: {form} others, got 'notebook-instance'",
    ]


def test_a_table_in_which_dear_notebooks_may_idle_longer_is_worth_a_look() -> None:
    def said(text: str) -> list[str]:
        return [str(each) for each in check_policy(text).remarks]

    odd = '[rules.idle]\nafter = { "*" = "1h", "above $1/h" = "2h" }'
    assert "rules.idle.after: a dearer notebook may be idle for longer than a cheaper one" in said(
        odd
    )
    assert said(f"[rules.idle]\nafter = {BY_PRICE}") == said("[rules.idle]")


def test_what_moves_though_no_kernel_is_busy_is_looked_at_earlier() -> None:
    box, ctx = notebook(started=at(0)), EvaluationContext(now=at(5), directory=Directory())
    moved = Kernel("idle", at(5) - timedelta(minutes=1), id="k")
    seen = Activity(jupyter=JupyterActivity(seen=at(5), kernels=(moved,)))
    still = replace(seen, jupyter=JupyterActivity(seen=at(5), kernels=(replace(moved, last=None),)))
    early, late = (next_check_at(box, each, Options(), ctx) for each in (seen, still))
    assert early == at(0) + timedelta(minutes=15)
    assert late > early
