"""Which people of two lists are one: by what belongs to one person alone."""

from hypothesis import given
from hypothesis import strategies as st

from costguard.ownership.roster import Person
from costguard.ownership.same_person import addresses, same_people

JO, JO_BY_LOGIN = Person(name="Jo Lee", email="jo@b.org"), Person(name="Jo Lee", logins=("jl",))
JO_BY_BOTH = Person(name="J. Lee", email="JO@b.org", logins=("JL",))
OTHER_JO = Person(name="Jo Lee", email="lee@b.org")
AL = Person(name="Al Ek", email="box@b.org")
BO = Person(name="Bo Ek", email="box@b.org")
PEOPLE = st.lists(
    st.builds(
        Person,
        name=st.sampled_from(["Jo Lee", "Lee Jo", "Al Ek", "Bo"]),
        email=st.sampled_from([None, "a@b.c", "A@b.c", "d@b.c"]),
        slack=st.sampled_from([None, "U0123456789", "#all"]),
        logins=st.sampled_from([(), ("x",), ("X", "y")]),
    ),
    max_size=6,
)


def test_a_channel_is_not_one_persons_address() -> None:
    assert addresses(Person(name="Jo", slack="#all")) == ()
    assert addresses(Person(name="Jo", slack="U01", logins=("JL",))) == ("u01", "jl")


def test_an_address_finds_a_person_whatever_the_name_and_its_case() -> None:
    assert same_people([JO], [AL, JO_BY_BOTH]) == {0: 1}
    assert same_people([JO_BY_LOGIN], [JO_BY_BOTH]) == {0: 0}


def test_of_a_shared_mailbox_the_name_chooses() -> None:
    assert same_people([BO, AL], [AL, BO]) == {0: 1, 1: 0}
    assert same_people([Person(name="Cy", email="box@b.org")], [AL, BO]) == {}
    assert same_people([BO, AL], [AL]) == {1: 0}


def test_a_name_alone_finds_whom_no_address_tells_apart() -> None:
    assert same_people([Person(name="red-fox")], [Person(name="Red Fox")]) == {0: 0}
    assert same_people([JO], [Person(name="Jo Lee")]) == {}
    assert same_people([JO], [JO_BY_LOGIN]) == {}


def test_in_versions_of_one_list_addresses_may_be_of_another_kind() -> None:
    assert same_people([JO], [JO_BY_LOGIN], of_one_list=True) == {0: 0}
    assert same_people([JO], [OTHER_JO], of_one_list=True) == {}
    assert same_people([JO], [JO_BY_LOGIN, OTHER_JO], of_one_list=True) == {}


@given(PEOPLE, PEOPLE)
def test_nobody_is_two_people(these: list[Person], those: list[Person]) -> None:
    found = same_people(these, those)
    assert len({*found.values()}) == len(found)
    assert found.items() <= same_people(these, those, of_one_list=True).items()


@given(PEOPLE)
def test_a_list_has_all_its_own_people_who_have_an_address(people: list[Person]) -> None:
    found = same_people(people, people)
    assert all(at in found for at, each in enumerate(people) if addresses(each))
