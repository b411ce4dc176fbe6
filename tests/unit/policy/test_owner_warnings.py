"""What of people and caps is allowed and surely not meant."""

from costguard.policy.loader import parse_policy
from costguard.policy.owner_warnings import caps_without_roster, owner_warnings

CAPS = "[rules.too-many]\nper_owner = 8\n[rules.burn-rate]\nper_owner = 12\n"
ANN = "[[people]]\nname = 'Ann Lee'\nemail = 'ann@x.org'\n"


def said(text: str) -> list[str]:
    """List the remarks, each with the setting that it is on."""
    return [str(each) for each in owner_warnings(parse_policy(text))]


def test_caps_without_a_roster_stop_nobody_and_that_is_said() -> None:
    [remark] = said(CAPS)
    assert "too-many, burn-rate stop nothing" in remark
    assert caps_without_roster(parse_policy(ANN + CAPS)) == ()
    assert caps_without_roster(parse_policy("[rules.too-many]\nper_job = 2")) == ()


def test_a_budget_of_nobody_is_named_where_it_stands() -> None:
    known = '"Lee, Ann" = 1, "ann@x.org" = 1, "*" = 1'
    text = f'{ANN}[rules.over-budget]\nper_owner = {{ {known}, "Bo Ek" = 1, "An Lee" = 2 }}'
    assert [each.partition("per_owner.")[2] for each in said(text)] == [
        "Bo Ek: 'Bo Ek' is not in the roster",
        "An Lee: 'An Lee' is not in the roster: did you mean 'Ann Lee'?",
    ]
    assert said(f"{ANN}[rules.naming]") == []


def test_a_budget_of_a_project_that_no_tag_may_name_is_named_where_it_stands() -> None:
    budget = '[rules.over-budget]\nper_project = { Wattbot = 1, "gen-2" = 1, watbot = 1, "*" = 9 }'
    tags = '[rules.missing-tags]\nallowed = { Project = ["wattbot", "gen-*"] }\n'
    [remark] = said(tags + budget)
    assert remark.startswith("rules.over-budget.per_project.watbot: 'watbot' is not one of the")
    assert remark.endswith("did you mean 'wattbot'?")
    assert said(budget) == []


def test_the_roster_is_looked_at_too() -> None:
    assert "ASCII" in said("[[people]]\nname = '王伟'")[0]


COURSE = '[[courses]]\nname = "CS229"\nstart = 2027-01-11\nend = 2027-03-19\n'


def test_a_course_without_people_or_without_its_rule_is_named() -> None:
    empty, no_rule = said(f"{COURSE}budget = 9\n[rules.naming]")
    assert empty == "courses[0]: has neither a roster nor people: it counts nothing and nobody"
    assert "the rule over-budget is off" in no_rule
    assert said(f'{COURSE}roster = "cs229.csv"\nper_student = 9\n{CAPS}[rules.over-budget]') == []


def test_a_budget_of_somebody_may_be_of_a_roster_that_is_not_here() -> None:
    budget = '[rules.over-budget]\nper_owner = { "Bo Ek" = 1 }'
    assert said(f'{ANN}{COURSE}roster = "cs229.csv"\n{budget}') == []
