"""The owners of resources."""

import pytest

from costguard.ownership.confusables import fold_name
from costguard.ownership.directory import Directory, Person, windows
from tests.factories import ADMINS, JANE, JOHN, PEOPLE, notebook, resource


@pytest.mark.parametrize(
    ("one", "other"),
    [("John Doe", "johndoe"), ("MÜLLER", "muller"), ("O'Brien", "obrien"), ("Straße", "STRASSE")],
)
def test_two_spellings_of_a_name_are_equal(one: str, other: str) -> None:
    assert fold_name(one) == fold_name(other)


@pytest.mark.parametrize(
    "claim", ["John Doe", "DoeJohn", "doe john", "JOHN-DOE", "Doe, John", "jdoe", " John  Doe "]
)
def test_a_person_is_found_by_every_turn_of_the_name(claim: str) -> None:
    assert PEOPLE.person(claim) == JOHN


@pytest.mark.parametrize("claim", ["", "-", "John", "nobody"])
def test_nobody_is_found_by_less(claim: str) -> None:
    odd = Directory(people=(JOHN, Person(name="Odd", aliases=("-",))))
    assert odd.person(claim) is None


@pytest.mark.parametrize(
    ("claim", "meant"), [("DoeJhon", JOHN), ("RoeJanne", JANE), ("zzz", None), ("", None)]
)
def test_the_person_that_was_probably_meant(claim: str, meant: Person | None) -> None:
    assert PEOPLE.nearest(claim) == meant


def test_the_team_that_was_probably_meant() -> None:
    teams = Directory(teams=("SinkOrSwim",))
    assert teams.nearest_team("sink-or-swin") == "SinkOrSwim"
    assert teams.nearest_team("wattbot") is None


@pytest.mark.parametrize(
    ("name", "handle"),
    [
        ("John Doe", "DoeJohn"),
        ("María José Núñez", "NunezMariaJose"),
        ("Seán O'Brien", "OBrienSean"),
        ("ada lovelace", "LovelaceAda"),
        ("Prince", "Prince"),
    ],
)
def test_a_name_as_a_resource_carries_it(name: str, handle: str) -> None:
    assert Person(name=name).handle == handle


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("DoeJohn-Explore", {}),
        ("wattbot-DoeJohn-Explore", {"Name": "Jane Roe"}),  # the name cannot be edited
        ("doe-john-explore", None),
        ("explore", {"Name": "john doe"}),
        ("explore", {"name": "jdoe"}),
    ],
)
def test_the_owner_is_known(name: str, tags: dict[str, str] | None) -> None:
    owner = PEOPLE.owner(notebook(name, tags=tags))
    assert owner.known
    assert (owner.name, owner.email, owner.slack) == (JOHN.name, JOHN.email, JOHN.slack)


@pytest.mark.parametrize(
    ("name", "tags", "said"),
    [
        ("explore", {}, None),
        ("explore", {"Name": " Max Moe "}, "Max Moe"),
        ("MoeMax-explore", {}, "MoeMax"),
        ("SinkOrSwim-MoeMax-x", {}, "MoeMax"),
        ("SinkOrSwim-explore", {}, None),
    ],
)
def test_for_an_unknown_owner_the_contact_stands_in(
    name: str, tags: dict[str, str], said: str | None
) -> None:
    people = Directory(people=(JOHN,), teams=("sinkorswim",), contact=ADMINS)
    owner = people.owner(notebook(name, tags=tags))
    assert not owner.known
    assert (owner.name, owner.email, owner.slack) == (said, ADMINS.email, ADMINS.slack)


def test_another_tag_may_name_the_owner() -> None:
    people = Directory(people=(JOHN,), owner_tag="Owner")
    assert people.owner(notebook("x", tags={"owner": "John Doe"})).known
    assert not people.owner(notebook("x", tags={"Name": "John Doe"})).known


def test_neighbours_are_read_as_one() -> None:
    assert [text for text, _ in windows(["a", "b", "c"])] == ["a", "b", "c", "ab", "bc"]
    assert [rest for _, rest in windows(["a", "b", "a"])] == [
        ["b", "a"],
        ["a", "a"],
        ["a", "b"],
        ["a"],
        ["a"],
    ]


def test_ascii_is_folded_as_any_other_text() -> None:
    text = "".join(map(chr, range(128)))
    assert fold_name(text) == fold_name(text + "\u00b7")  # a middle dot, which nothing is made of


@pytest.mark.parametrize(
    ("name", "profile", "shared", "charged"),
    [
        ("d-1/doe-john/JupyterLab/default", "doe-john", False, JOHN),
        ("d-1/lab/JupyterLab/default", "jdoe", False, JOHN),
        ("d-1/doe-john/JupyterLab/default", "roe-jane", False, JANE),  # a space of her own naming
        ("d-1/roe-jane/JupyterLab/doe-john", "roe-jane", False, JANE),  # so is an app's name
        ("d-1/doe-john/JupyterLab/default", "somebody", False, None),
        ("d-1/lab/JupyterLab/default", "doe-john", True, None),
        ("d-1/doe-john/JupyterLab/default", None, True, None),
    ],
)
def test_an_app_is_charged_to_its_profile_unless_others_use_it(
    name: str, profile: str | None, charged: Person | None, *, shared: bool
) -> None:
    found = PEOPLE.owner(resource("app", name, tags={}, profile=profile, shared=shared))
    assert found.charged == charged


def test_the_owner_of_a_shared_space_is_told_and_not_charged() -> None:
    found = PEOPLE.owner(resource("app", "d-1/x/y/z", tags={}, profile="doe-john", shared=True))
    assert (found.known, found.people, found.charged) == (True, (JOHN,), None)


def test_a_profile_of_nobody_is_the_name_that_is_read() -> None:
    found = PEOPLE.owner(resource("app", "d-1/x/y/z", tags={}, profile="guest-7"))
    assert (found.name, found.known) == ("guest-7", False)
