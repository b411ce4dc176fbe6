"""The recipients of a notice, and their channels."""

from copy import replace
from typing import Any

import pytest

from costguard.enforcement.notice_builder import build_notice
from costguard.notifications.notice import Notice, NoticeFinding, NoticeOwner
from costguard.notifications.notice import NoticeStage as Stage
from costguard.notifications.recipients import Recipient, recipient_by_key, recipients_of
from costguard.ownership.channel import Channel
from costguard.ownership.directory import Directory, Person
from costguard.policy.loader import parse_policy
from costguard.policy.model import Policy
from tests.factories import JANE, JOHN, at, notebook, policy

PLAIN = frozenset({Channel.SLACK, Channel.EMAIL, Channel.SNS})
POINT = NoticeFinding(rule="missing-tags", reason="no tags", remedy="add them", deadline=at(4))


def make_notice(stage: Stage = Stage.WARNING, **changes: Any) -> Notice:
    return replace(build_notice(stage, notebook(), [POINT], policy(), now=at(0)), **changes)


def names(found: tuple[Recipient, ...]) -> list[str]:
    return [each.person.name for each in found]


def owned(name: str | None, **ways: str | None) -> NoticeOwner:
    return NoticeOwner(name=name, **ways)


@pytest.mark.parametrize("claim", ["John Doe", " john  DOE", "jdoe", "DoeJohn"])
def test_the_owner_is_found_in_the_roster_however_it_is_spelled(claim: str) -> None:
    [found] = recipients_of(make_notice(owner=owned(claim)), policy(), PLAIN)
    assert (found.person, found.channels) == (JOHN, (Channel.SLACK, Channel.EMAIL))


@pytest.mark.parametrize(
    ("claim", "note"),
    [
        (None, "Owner unknown: neither its name nor a tag names a person."),
        ("Zed\u202e", "Owner unknown: “Zed” is not in the roster."),
    ],
)
def test_an_unknown_owner_is_the_admins_who_read_that_it_is_unknown(
    claim: str | None, note: str
) -> None:
    [found] = recipients_of(make_notice(owner=owned(claim)), policy(), PLAIN)
    assert found.is_admins
    assert found.note == note
    assert found.channels == (Channel.SLACK, Channel.EMAIL, Channel.SNS)


@pytest.mark.parametrize(
    "login", ["jane.roe@example.org", "JANE.ROE@example.org", "jane.roe@other.org", "RoeJane"]
)
def test_a_creator_who_is_not_the_owner_hears_too(login: str) -> None:
    found = recipients_of(make_notice(), policy(), PLAIN, login)
    assert names(found) == ["John Doe", "Jane Roe"]
    assert all("Jane Roe created it" in each.note for each in found)


@pytest.mark.parametrize("login", ["jdoe", "john.doe@example.org", "GitHubActions", None])
def test_the_owner_hears_alone_when_nobody_else_made_it(login: str | None) -> None:
    assert names(recipients_of(make_notice(), policy(), PLAIN, login)) == ["John Doe"]


def test_the_creator_hears_where_no_owner_is_known() -> None:
    assert names(recipients_of(make_notice(owner=owned(None)), policy(), PLAIN, "jane.roe")) == [
        "Jane Roe"
    ]


def test_a_creator_who_is_in_no_roster_is_named_to_the_admins() -> None:
    [found] = recipients_of(make_notice(owner=owned(None)), policy(), PLAIN, "ci-runner")
    assert "created by “ci-runner”" in found.note


@pytest.mark.parametrize("owner", [owned("Zed", email="zed@example.org"), owned(None, slack="U1")])
def test_an_address_in_the_notice_is_nobodys(owner: NoticeOwner) -> None:
    [found] = recipients_of(make_notice(owner=owner), policy(), PLAIN)
    assert found.is_admins


def test_who_is_in_the_roster_is_told_at_the_rosters_address() -> None:
    told = make_notice(owner=owned("Jane Roe", email="evil@example.org"))
    [found] = recipients_of(told, policy(), PLAIN)
    assert found.person.email == "jane.roe@example.org"


def test_what_is_for_the_admins_goes_to_them_only() -> None:
    [found] = recipients_of(make_notice(Stage.WOULD_STOP), policy(), PLAIN, "jane.roe")
    assert found.is_admins
    assert found.note == ""


def test_a_budget_of_nobody_in_particular_is_the_contacts_who_need_no_note() -> None:
    contact = policy().contact
    owner = NoticeOwner(name=contact.name, email=contact.email, slack=contact.slack)
    [found] = recipients_of(make_notice(Stage.BUDGET, owner=owner), policy(), PLAIN)
    assert (found.is_admins, found.note) == (True, "")
    [johns] = recipients_of(make_notice(Stage.BUDGET), policy(), PLAIN)
    assert johns.person == JOHN


def test_only_channels_that_are_set_up_and_have_an_address_are_tried() -> None:
    assert recipients_of(make_notice(), policy(), {Channel.SNS})[0].channels == ()
    assert recipients_of(make_notice(), policy(), {Channel.EMAIL})[0].channels == (Channel.EMAIL,)


def test_the_rooms_that_are_set_up_read_everything() -> None:
    everything = recipients_of(make_notice(), policy(), set(Channel))
    assert [each.key for each in everything] == ["johndoe", "feed-webhook", "feed-chat"]
    assert [each.is_room for each in everything] == [False, True, True]


def speaking(text: str) -> Policy:
    return replace(policy(), notify=parse_policy(f"[notify]\n{text}").notify)


def test_channels_may_differ_by_stage_and_by_person() -> None:
    rules = speaking('stages = { warning = ["sns", "email"] }')
    assert recipients_of(make_notice(), rules, PLAIN)[0].channels == (Channel.SNS, Channel.EMAIL)
    own = replace(JOHN, channels=(Channel.EMAIL,))
    assert recipients_of(make_notice(), replace(rules, people=(own,)), PLAIN)[0].channels == (
        Channel.EMAIL,
    )


def test_the_summary_topic_is_named_once_for_the_admins() -> None:
    rules = speaking('channels = ["sns", "email"]')
    [found] = recipients_of(make_notice(Stage.FAILED), rules, PLAIN)
    assert found.channels == (Channel.SNS, Channel.EMAIL)


@pytest.mark.parametrize(
    ("key", "name"),
    [("johndoe", "John Doe"), ("gone", "the admins"), ("feed-chat", "the chat room")],
)
def test_a_recipient_is_found_again_by_key(key: str, name: str) -> None:
    assert recipient_by_key(key, policy(), PLAIN, Stage.WARNING).person.name == name


ANNAS = tuple(Person(name="Anna Schmidt", email=f"Anna{n}@example.org") for n in (1, 2))
SCHOOL = replace(policy(), people=(JOHN, JANE, *ANNAS))


def test_two_people_of_one_name_have_two_keys_and_never_merge() -> None:
    both = " / ".join(f"Anna Schmidt <{anna.email}>" for anna in ANNAS)
    found = recipients_of(make_notice(owner=owned(both)), SCHOOL, PLAIN)
    assert [each.key for each in found] == ["anna1@example.org", "anna2@example.org"]
    assert [each.label for each in found] == ["annaschmidt", "annaschmidt"]  # no address in a log
    assert [recipient_by_key(f.key, SCHOOL, PLAIN, Stage.WARNING).person for f in found] == [*ANNAS]
    assert "names Anna Schmidt and Anna Schmidt" in found[0].note


def test_a_row_of_an_earlier_version_about_two_people_of_one_name_is_the_admins() -> None:
    assert recipient_by_key("annaschmidt", SCHOOL, PLAIN, Stage.WARNING).is_admins


def test_whom_an_ambiguous_name_may_mean_is_named_to_the_admins() -> None:
    [found] = recipients_of(make_notice(owner=owned("Anna Schmidt")), SCHOOL, PLAIN)
    assert found.is_admins
    assert "may be Anna Schmidt (Anna1@example.org) or Anna Schmidt (Anna2@" in found.note


def test_everybody_whom_a_tag_names_hears_and_the_creator_too() -> None:
    claim = make_notice(owner=owned("John Doe / Jane Roe"))
    assert names(recipients_of(claim, SCHOOL, PLAIN, "jdoe")) == ["John Doe", "Jane Roe"]
    third = recipients_of(claim, SCHOOL, PLAIN, "anna1@example.org")
    assert names(third) == ["John Doe", "Jane Roe", "Anna Schmidt"]
    assert "John Doe and Jane Roe, and Anna Schmidt created it" in third[0].note


def test_who_is_charged_hears_alone_what_another_created() -> None:
    charged = make_notice(Stage.CHARGED)
    assert names(recipients_of(charged, SCHOOL, PLAIN, "jane.roe@example.org")) == ["John Doe"]


def test_nobody_takes_the_admins_key_by_being_called_so() -> None:
    rules = replace(policy(), people=(Person(name="Admins", email="a@example.org"),))
    [found] = recipients_of(make_notice(owner=owned("Admins")), rules, PLAIN)
    assert (found.key, found.is_admins) == ("a@example.org", False)


def test_a_login_of_nobody_finds_nobody() -> None:
    assert Directory(people=(JANE, Person(name="Ada"))).by_login("x@y") is None


def test_the_log_names_nobody_by_an_address() -> None:
    guest = Person(name="jane@example.org", email="jane@example.org")
    assert Recipient(key="x", person=guest, channels=()).label == "guest"
