"""The spellings of a name."""

import pytest

from costguard.ownership.spelling import (
    NameParts,
    Rank,
    claimed_words,
    owner_key,
    plain_text,
    spellings,
)


@pytest.mark.parametrize(
    ("name", "given", "family"),
    [
        ("John Doe", ("John",), ("Doe",)),
        ("García López, María José", ("María", "José"), ("García", "López")),
        ("Doe,", (), ("Doe,",)),
        ("Prince", (), ("Prince",)),
        ("", (), ()),
    ],
)
def test_a_name_says_which_of_its_words_are_the_familys(
    name: str, given: tuple[str, ...], family: tuple[str, ...]
) -> None:
    assert NameParts.of(name) == NameParts(given, family)


@pytest.mark.parametrize(
    ("name", "handle"),
    [
        ("García López, María José", "GarciaLopezMariaJose"),
        ("Jürgen Müller-Schmidt", "MuellerSchmidtJuergen"),
        ("王伟", None),
        ("-", None),
    ],
)
def test_a_handle_is_ascii_or_none(name: str, handle: str | None) -> None:
    assert NameParts.of(name).handle == handle


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("DoeJohn", ("Doe", "John")),
        ("OBrienSean", ("O", "Brien", "Sean")),
        ("doe-john_2", ("doe", "john", "2")),
        ("DOE John", ("DOE", "John")),
        ("", ()),
    ],
)
def test_words_begin_at_what_is_no_letter_and_at_a_capital(
    text: str, words: tuple[str, ...]
) -> None:
    assert claimed_words(text) == words


def test_the_same_words_in_any_order_are_one_owner() -> None:
    assert owner_key("John Doe") == owner_key("DoeJohn") == owner_key("doe, john")
    assert owner_key("John Doe") != owner_key("johndoe")
    assert owner_key("-") == ""


def test_a_stated_handle_is_exact_and_the_computed_one_is_then_a_turn() -> None:
    ranks = {s.text: s.rank for s in spellings("Wei Li", "WeiLi2", ()) if s.rank is not Rank.SAME}
    assert ranks["weili2"] in (Rank.HANDLE, Rank.NAME, Rank.ALIKE)
    assert ranks["liwei"] in (Rank.TURNED, Rank.ALIKE)


def test_of_two_surnames_either_is_enough_with_the_first_name() -> None:
    short = {s.text for s in spellings("García López, Ana", None, ()) if s.rank is Rank.SHORT}
    assert short == {"analopez", "lopezana", "anagarcia", "garciaana"}


def test_what_has_no_letter_is_no_spelling() -> None:
    assert plain_text(" - ") == ""
    assert plain_text("  Anna\u00a0MÜLLER ") == "anna müller"
