"""Warnings about a roster."""

import pytest

from costguard.ownership.directory import Directory, Person
from costguard.ownership.roster_check import roster_warnings
from tests.factories import PEOPLE


def people(*given: Person) -> Directory:
    return Directory(people=given)


def test_a_good_roster_has_nothing_to_say() -> None:
    assert roster_warnings(PEOPLE) == ()
    assert roster_warnings(Directory()) == ()


@pytest.mark.parametrize(
    ("roster", "expected"),
    [
        (people(Person(name="王伟")), "王伟: the name cannot be written in ASCII"),
        (people(Person(name="Ann", stated_handle="Ann-1")), "'Ann-1' cannot be a part"),
        (
            people(Person(name="Ann Lee", email="a@x"), Person(name="Bo Ek", email="A@x")),
            "Ann Lee and Bo Ek have the same e-mail address",
        ),
        (
            people(Person(name="Ann Lee", slack="U1"), Person(name="Ann Lee", slack="U2")),
            "'Ann Lee' may be Ann Lee (U1) or Ann Lee (U2)",
        ),
        (
            people(Person(name="Ann Lee"), Person(name="Bo Ek", aliases=("Ann Lee",))),
            "'Ann Lee' may be Ann Lee (LeeAnn) or Bo Ek (EkBo)",
        ),
        (
            people(
                Person(name="Jürgen Müller"), Person(name="X Y", stated_handle="MuellerJuergen")
            ),
            "may be Jürgen Müller",
        ),
    ],
)
def test_what_is_surely_not_meant_is_said_once(roster: Directory, expected: str) -> None:
    [said] = roster_warnings(roster)
    assert expected in said
