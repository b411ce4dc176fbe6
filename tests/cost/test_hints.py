"""What a hint costs among 1,000 people: few of their names are compared, and each word once."""

import cProfile
from itertools import islice

from costguard.ownership.directory import Directory
from costguard.ownership.roster import Person
from tests.names import names

PEOPLE = 1000
MOST_CALLS = 6  # of functions, for each person: hundreds where each name is compared


def _calls(directory: Directory, text: str) -> int:
    with cProfile.Profile() as profile:
        directory.nearest(text)
    return sum(entry.callcount for entry in profile.getstats())


def test_a_word_that_nobody_is_called_by_is_not_compared_with_everybody() -> None:
    every = tuple(Person(name=n, email="a@uni.edu") for n in islice(names(), PEOPLE))
    directory = Directory(people=every)
    directory.nearest("warmup")
    assert _calls(directory, "exploration") < PEOPLE * MOST_CALLS
    assert _calls(directory, "exploration") < 10
