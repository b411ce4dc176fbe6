"""A person who is charged for another person's resource is notified."""

from copy import replace

import pytest

from costguard.enforcement.case import open_case
from costguard.enforcement.charges import tell_charged
from costguard.notifications.notice import NoticeStage
from costguard.ownership.directory import Person
from costguard.policy.model import Mode, Policy
from costguard.resources.model import Resource
from tests.factories import GOOD_TAGS, at, policy, training_job, with_rule

RULES = with_rule(policy(), "too-many", per_owner=8)
JOB = training_job("churn", creator="mallory", tags=GOOD_TAGS)


def test_it_is_told_once_to_each_who_is_charged() -> None:
    case, (notice,) = tell_charged(JOB, open_case(JOB), RULES, now=at(0))
    assert (notice.stage, notice.owner.name) == (NoticeStage.CHARGED, "John Doe")
    assert tell_charged(JOB, case, RULES, now=at(1)) == (case, ())
    moved = replace(JOB, tags={**GOOD_TAGS, "Name": "Jane Roe"})
    _, (other,) = tell_charged(moved, case, RULES, now=at(1))
    assert other.owner.name == "Jane Roe"


@pytest.mark.parametrize(
    ("job", "rules"),
    [
        (replace(JOB, creator=None), RULES),
        (replace(JOB, creator="jdoe"), RULES),
        (replace(JOB, tags={"Name": "Max Moe"}), RULES),
        (JOB, policy()),
        (JOB, RULES.with_ceiling(Mode.OBSERVE)),
    ],
)
def test_nobody_hears_who_is_not_charged_for_anothers(job: Resource, rules: Policy) -> None:
    case = open_case(JOB)
    assert tell_charged(job, case, rules, now=at(0)) == (case, ())


def test_the_line_to_copy_takes_effect_where_two_people_have_one_name() -> None:
    annas = tuple(Person(name="Anna Schmidt", email=f"anna{n}@example.org") for n in range(2))
    rules = replace(RULES, people=annas)
    job = replace(JOB, tags={**GOOD_TAGS, "Name": "anna1@example.org"})
    _, (notice,) = tell_charged(job, open_case(job), rules, now=at(0))
    assert "Key=costguard:not-mine,Value=anna1@example.org" in notice.findings[0].remedy


def test_the_line_to_copy_names_nobody_in_letters_that_no_tag_can_hold() -> None:
    person = Person(name="Åsa Öberg", stated_handle="Öberg,Å&sa", aliases=("asa",))
    rules = replace(RULES, people=(person,))
    job = replace(JOB, tags={**GOOD_TAGS, "Name": "asa"})
    _, (notice,) = tell_charged(job, open_case(job), rules, now=at(0))
    assert "Key=costguard:not-mine,Value=asa" in notice.findings[0].remedy


def test_what_others_have_said_stays_in_the_line_to_copy() -> None:
    ann = Person(name="Ann Lee", email="ann@example.org")
    rules = replace(RULES, people=(*RULES.people, ann))
    job = replace(JOB, tags={**GOOD_TAGS, "costguard:not-mine": "Ann Lee, $(evil)"})
    _, (notice,) = tell_charged(job, open_case(job), rules, now=at(0))
    assert "'Key=costguard:not-mine,Value=LeeAnn / DoeJohn'" in notice.findings[0].remedy
