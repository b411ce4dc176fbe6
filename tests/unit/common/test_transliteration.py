"""Letters that ASCII lacks, in ASCII."""

import unicodedata

import pytest

from costguard.common.transliteration import ascii_word, folded_words


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("Müller", "Mueller"),
        ("MÜLLER", "MUELLER"),
        ("Ångström", "Aangstroem"),
        ("Øystein", "Oeystein"),
        ("Łukasz", "Lukasz"),
        ("Đặng", "Dang"),
        ("Þóra", "Thora"),
        ("Strauß", "Strauss"),
        ("Núñez", "Nunez"),
        ("Iş\u0131l", "Isil"),
        ("Ɓala", "Bala"),
        ("O'Brien", "OBrien"),
        ("Ka\u02bbiulani", "Kaiulani"),
        ("-", ""),
        ("王伟", None),
        ("Иван", None),
    ],
)
def test_a_word_is_written_in_ascii_or_cannot_be(word: str, written: str | None) -> None:
    assert ascii_word(word) == written
    assert ascii_word(unicodedata.normalize("NFD", word)) == written


def test_a_letter_of_two_writings_has_both_the_handles_first() -> None:
    assert folded_words(("Jürgen", "Müller")) == (("juergen", "mueller"), ("jurgen", "muller"))
    forms = {"".join(words) for words in folded_words(("Søren", "Ågård"))}
    assert forms == {"soerenaagaard", "soerenagard", "sorenaagaard", "sorenagard"}


def test_words_of_no_letter_are_left_out() -> None:
    assert folded_words(("John", "-", "Doe")) == (("john", "doe"),)
    assert folded_words(()) == ((),)
