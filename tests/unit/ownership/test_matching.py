"""The people that a source names, and the choice between sources."""

from costguard.ownership.matching import Named, first_known
from costguard.ownership.spelling_index import Match

SURE, GUESS = Match(("Ann",), is_sure=True), Match(("Bob",))
DOUBT = Match(("Cid", "Cyd"), is_sure=True)


def test_what_is_sure_comes_before_a_guess() -> None:
    assert Named.of([GUESS, SURE]) == Named(people=("Ann",), is_sure=True)
    assert Named.of([GUESS]) == Named(people=("Bob",))


def test_one_comes_before_several() -> None:
    assert Named.of([DOUBT, SURE], "x") == Named(people=("Ann",), is_sure=True)
    assert Named.of([DOUBT], "x") == Named(found=("Cid", "Cyd"), is_sure=True, text="x")


def test_a_part_of_a_name_that_is_ones_is_nobody_elses() -> None:
    finds = {"ann-lee": SURE, "lee": GUESS, "cyd": DOUBT}
    windows = [(0, 2, "ann-lee"), (0, 1, "ann"), (1, 2, "lee"), (2, 3, "cyd")]
    named = Named.in_windows(windows, lambda text: finds.get(text, Match()))
    assert named == Named(people=("Ann",), is_sure=True)
    named = Named.in_windows(windows[3:], lambda text: finds.get(text, Match()))
    assert named == Named(found=("Cid", "Cyd"), is_sure=True, text="cyd")
    assert Named.in_windows(windows[2:3], lambda text: finds[text]) == Named(people=("Bob",))


def test_the_first_sure_source_is_believed_and_a_doubt_last() -> None:
    sure, guess, doubt = Named.of([SURE]), Named.of([GUESS]), Named.of([DOUBT], "x")
    assert first_known([doubt, guess, sure]) == sure
    assert first_known([doubt, guess, sure.as_guess()]) == guess
    assert first_known([Named[str](), doubt]) == doubt
    assert first_known([Named[str]()]) == Named[str]()
    assert sure.without(("Ann",)).people == ()
    assert guess.as_guess() is guess
