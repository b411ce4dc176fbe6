"""The person that a text spells."""

import pytest

from costguard.ownership.spelling import spellings
from costguard.ownership.spelling_index import Match, SpellingIndex

NAMES = (
    *("John Doe", "Li Wei", "Wei Li", "Jürgen Müller", "Jurgen Muller"),
    *("Li Na", "Maria Ana Silva", "Prince", "Anna Schmidt"),
)
INDEX = SpellingIndex((name, spellings(name, None, ())) for name in NAMES)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Li Wei", "Li Wei"),  # an exact name goes before a turned one
        ("Wei Li", "Wei Li"),
        ("WeiLi", "Li Wei"),  # LastnameFirstname
        ("LiWei", "Wei Li"),
        ("Müller, Jürgen", "Jürgen Müller"),
        ("MuellerJuergen", "Jürgen Müller"),
        ("MullerJurgen", "Jurgen Muller"),
        ("Maria Silva", "Maria Ana Silva"),
        ("Maria A. Silva", "Maria Ana Silva"),
        ("silva-maria", "Maria Ana Silva"),
        ("John M. Doe", "John Doe"),
        ("D0eJohn", "John Doe"),
        ("J\u043ehn Doe", "John Doe"),  # Cyrillic
        ("prince", "Prince"),
    ],
)
def test_a_spelling_is_one_persons(text: str, name: str) -> None:
    assert INDEX.find(text) == Match((name,), is_sure=True)


@pytest.mark.parametrize("text", ["wei-li", "li_wei"])
def test_a_text_in_either_order_may_be_two_peoples(text: str) -> None:
    match = INDEX.find(text)
    assert set(match.found) == {"Li Wei", "Wei Li"}
    assert match.only is None


@pytest.mark.parametrize(("text", "name"), [("lina", "Li Na"), ("johndoe", "John Doe")])
def test_words_that_are_run_together_are_a_guess(text: str, name: str) -> None:
    assert INDEX.find(text) == Match((name,), is_sure=False)


@pytest.mark.parametrize("text", ["", "-", "10", "2026-11-28", "1i-na", "Doe", "Maria", "Wei"])
def test_nobody_is_found_by_less(text: str) -> None:
    assert INDEX.find(text).found == ()


def test_the_one_that_was_probably_meant_is_found_unless_it_may_be_two() -> None:
    assert INDEX.nearest("DoeJhon") == "John Doe"
    assert INDEX.nearest("") is None
    assert INDEX.nearest("WeiLii") is None
