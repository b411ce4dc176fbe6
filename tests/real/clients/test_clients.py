"""What real clients send, and what the shipped policy says of it."""

import re
from datetime import UTC, datetime

import pytest

from costguard.resources.naming import base_name
from costguard.resources.registry import KINDS
from tests.real.clients.cases import ARGUMENT, CLIENTS, HOUR, Case
from tests.real.clients.conftest import Played
from tests.real.clients.sent import AHEAD, form_of

NOW = datetime(2026, 11, 28, 12, 30, 15, 250_000, tzinfo=UTC)
TYPED = re.compile(r"-*(?:-<[^>]+>)+$")


def test_a_client_sends_what_it_is_known_to_send(played: Played, case: Case) -> None:
    sent = played[1][case]
    assert (sent.form, sent.limit, sent.tags) == (case.form, case.limit, case.tags), sent


def test_the_guard_says_what_it_must_of_it(played: Played, case: Case) -> None:
    sent = played[1][case]
    assert (sent.refused or sent.guard.partition(":")[0]) == case.says, sent


def test_the_guard_takes_off_what_a_client_puts_around_a_name(played: Played) -> None:
    for case, sent in played[1].items():
        if sent.operation and not sent.refused:
            assert form_of(base_name(sent.name), NOW) == TYPED.sub("", case.form), sent


def test_no_job_is_stopped_at_once_for_its_tags_or_the_time_it_asks_for(played: Played) -> None:
    for sent in played[1].values():
        if sent.guard.startswith("stop"):
            assert "too-many" in sent.guard or "instance-type" in sent.guard, sent


@pytest.mark.parametrize("kind", KINDS)
def test_every_argument_that_a_remedy_names_is_played(kind: str) -> None:
    named = ARGUMENT.findall(KINDS[kind].words.max_runtime.format(seconds=HOUR))
    names = {case.name for client in CLIENTS for case in client.cases}
    assert len([name for name in names if name.startswith(f"remedy {kind} ")]) == len(named)


@pytest.mark.parametrize(
    ("stamp", "form"),
    [
        ("2026-11-28-12-30-15-250", "<YYYY-MM-DD-hh-mm-ss-mmm UTC>"),
        ("2026-11-28-18-15-15-250", "<YYYY-MM-DD-hh-mm-ss-mmm local>"),
        ("261128-1815", "<YYMMDD-hhmm local>"),
        ("20261128123015", "<YYYYMMDDhhmmss UTC>"),
        ("75a16ef6-2026-11-28-12-30-15", "<8>-<YYYY-MM-DD-hh-mm-ss UTC>"),
        ("2026112812", "2026112812"),
        ("0fbd6d2a", "0fbd6d2a"),
    ],
)
def test_a_stamp_is_told_by_its_form_and_its_clock(stamp: str, form: str) -> None:
    assert AHEAD.total_seconds() == 5.75 * HOUR
    assert form_of(f"churn-{stamp}", NOW) == f"churn-{form}"
