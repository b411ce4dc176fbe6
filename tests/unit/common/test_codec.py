"""What is stored or sent: written in one way, and read back."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from msgspec import Struct, field

from costguard.common.codec import decode, decode_builtins, encode
from costguard.common.errors import StoredDataInvalid
from costguard.resources.model import ResourceStatus

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone(timedelta(hours=-6)))


class Part(Struct, frozen=True):
    name: str


class Whole(Struct, frozen=True, kw_only=True):
    state: ResourceStatus = field(name="stage", default=ResourceStatus.RUNNING)
    when: datetime | None = None
    lasts: timedelta | None = None
    usd: Decimal = Decimal(0)
    parts: tuple[Part, ...] = ()
    note: str | None = None


FULL = Whole(
    state=ResourceStatus.STOPPED,
    when=NOON,
    lasts=timedelta(hours=1, microseconds=1),
    usd=Decimal("1E-7"),
    parts=(Part("Ünïcode “quotes”, a \\ and a\nnew line"),),
    note="null",
)


@pytest.mark.parametrize("value", [Whole(), FULL])
def test_what_is_written_is_read_back(value: Whole) -> None:
    assert decode(encode(value), Whole) == value
    assert decode_builtins(json.loads(encode(value)), Whole) == value


def test_it_is_spelled_as_earlier_versions_spell_it() -> None:
    assert json.loads(encode(FULL)) == {
        "stage": "stopped",
        "when": "2026-11-23T12:00:00-06:00",
        "lasts": 3600.000001,
        "usd": "1E-7",
        "parts": [{"name": "Ünïcode “quotes”, a \\ and a\nnew line"}],
        "note": "null",
    }


@pytest.mark.parametrize("text", ["2026-11-23T18:00:00Z", "2026-11-23 18:00:00+00:00"])
def test_a_time_is_read_in_each_spelling_that_there_has_been(text: str) -> None:
    assert decode(json.dumps({"when": text}), Whole).when == NOON.astimezone(UTC)


def test_fields_of_a_later_version_are_skipped_and_those_of_an_earlier_one_filled_in() -> None:
    later = {"usd": "5", "later": {"what": [1, None]}, "parts": [{"name": "a", "more": 1}]}
    assert decode(json.dumps(later), Whole) == Whole(usd=Decimal(5), parts=(Part("a"),))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "truncated"),
        ('{"stage": "a later word"}', "stage"),
        ('{"when": "yesterday"}', "when"),
        ('{"parts": [{}]}', "name"),
        (b'{"note": "\xff"}', "utf-8"),
        ('{"note": "\ud800"}', "surrogates"),
    ],
)
def test_what_cannot_be_read_is_one_error_that_names_the_row(text: str | bytes, why: str) -> None:
    with pytest.raises(StoredDataInvalid, match=rf"case/notebook-instance/n cannot.*{why}"):
        decode(text, Whole, "case", "notebook-instance/n")


def test_an_answer_of_another_form_is_the_same_error() -> None:
    with pytest.raises(StoredDataInvalid, match="probe/n cannot be read"):
        decode_builtins({"parts": 1}, Whole, "probe", "n")


def test_half_a_surrogate_pair_is_written_as_a_question_mark() -> None:
    assert decode(encode(Part("a\ud800b")), Part) == Part("a?b")


def test_what_has_no_place_in_json_is_refused() -> None:
    value: Any = object()
    with pytest.raises(TypeError):
        encode({"id": value})
