"""The closest text is the one that `difflib` finds."""

from difflib import get_close_matches

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.ownership.close_text import CloseTexts

TEXTS = st.lists(st.text("abé1", max_size=12), max_size=12)


@given(TEXTS, st.text("abcé1", max_size=12))
def test_it_is_the_one_that_difflib_finds(texts: list[str], text: str) -> None:
    expected = [*get_close_matches(text, texts, n=1, cutoff=0.8), None][0]
    assert CloseTexts(texts).closest(text) == expected


@pytest.mark.parametrize("length", range(1, 40))
def test_exactly_at_the_limit_is_close(length: int) -> None:
    kept = -(-4 * length // 5)
    assert (CloseTexts(["a" * length]).closest("a" * kept + "b" * (length - kept))) is not None
    assert (
        CloseTexts(["a" * length]).closest("a" * (kept - 1) + "b" * (length - kept + 1))
    ) is None
