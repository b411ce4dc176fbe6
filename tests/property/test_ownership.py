"""Owners: a handle identifies its person, and only known people are stopped for totals."""

import re
from collections import Counter
from copy import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from costguard.common.transliteration import folded_words
from costguard.costs.budgets import BY_WORDS, CostContext, SpendToDate
from costguard.costs.prices import bundled_prices
from costguard.enforcement.evaluation import evaluate
from costguard.enforcement.plan import plan_resource
from costguard.ownership.directory import Directory, Person
from costguard.ownership.fleet import Fleet
from costguard.ownership.roster_check import roster_warnings
from costguard.ownership.spelling import owner_key, plain_text
from costguard.policy.loader import parse_policy
from costguard.policy.model import Policy
from costguard.resources.model import Resource, ResourceStatus
from costguard.resources.naming import NamePattern
from costguard.resources.per_kind import for_all
from costguard.rules import naming
from costguard.rules.base import PASS, EvaluationContext, Fail
from tests.factories import at, heard_at_once, training_job
from tests.property.strategies import hostile, resources

LETTERS = "abdlinorstuyz" + "äöüßøåæłđñéőışžăờ" + "ÄÖØŁĐŞ" + "王李Ж" + "'-\u2019"
some_words = st.text(LETTERS, min_size=1, max_size=5) | st.sampled_from(
    ["Li", "Wei", "Na", "Anna", "Schmidt", "Müller", "Mueller", "Muller", "Doe", "John", "JD", "de"]
)
some_names = st.lists(some_words, min_size=1, max_size=4).map(" ".join) | st.sampled_from(
    ["Li Wei", "Wei Li", "Li Na", "Doe, John", "John Doe", "Anna Schmidt", "Jürgen Müller"]
)
some_people = st.builds(
    Person,
    name=some_names,
    email=st.none() | st.sampled_from(["a@x.org", "b@x.org", "john.doe@example.org"]),
    aliases=st.lists(some_words, max_size=1).map(tuple),
    stated_handle=st.none() | st.sampled_from(["DoeJohn", "WeiLi", "Nobody"]),
)
rosters = st.lists(some_people, max_size=5, unique=True).map(
    lambda people: Directory(people=tuple(people))
)


def own_texts(person: Person) -> set[str]:
    """List what somebody is called, exactly."""
    called = (person.name, person.email or "", person.stated_handle or "", *person.aliases)
    return {plain_text(each) for each in called}


some_joined = st.builds(
    "{}{}{}".format, some_words, st.sampled_from(["/", " & ", ";", ": ", " and ", "+"]), some_words
)


@given(st.lists(some_joined, min_size=1, max_size=3, unique_by=owner_key))
@example(["Ann/Lee Doe", "Bob Ray"])
@example(["Lab A & B", "A"])
def test_a_name_with_a_separator_in_it_stays_whole(names: list[str]) -> None:
    roster = Directory(people=tuple(Person(name=name) for name in names))
    told = [p for p in roster.people if roster.find(p.name).only == p]
    found = roster.named(" / ".join(p.name for p in told))
    assert set(found.people) >= {p for p in told if p.name not in " / ".join(set(names) - {p.name})}


@given(rosters)
@example(Directory(people=(Person(name="Li Wei"), Person(name="Wei Li"))))
@example(Directory(people=(Person(name="A JD"), Person(name="JDA"))))
def test_a_handle_leads_back_to_whose_alone_it_is(roster: Directory) -> None:
    handles = Counter(person.handle for person in roster.people)
    for person in roster.people:
        others = [other for other in roster.people if other != person]
        called = {text for other in others for text in own_texts(other)}
        if (
            person.handle
            and handles[person.handle] == 1
            and plain_text(person.handle) not in called
        ):
            assert roster.person(person.handle) == person
            assert roster.find(person.handle).is_sure
        elif person.handle is None:
            assert any(person.name.split()[0] in line for line in roster_warnings(roster))


@given(rosters)
def test_a_name_is_its_own_persons_or_nobodys_and_then_the_check_says_so(roster: Directory) -> None:
    for person in roster.people:
        if not any(map(str.isalnum, person.name)):
            continue
        found = roster.find(person.name)
        assert person in found.found
        if found.only is None:
            assert roster_warnings(roster)


@st.composite
def owned(draw: st.DrawFn) -> tuple[list[Resource], Directory]:
    """Draw what runs, with names, tags and creators that may be somebody's or nearly so."""
    roster = draw(rosters)
    called = [
        text for person in roster.people for text in (person.name, *own_texts(person)) if text
    ]
    called += [person.handle for person in roster.people if person.handle]
    claims = hostile | some_names | st.sampled_from([*called, "Student", "WattBot"])
    fleet = draw(st.lists(resources(ResourceStatus.RUNNING), max_size=5))

    def claimed(resource: Resource) -> Resource:
        several = st.lists(claims, min_size=1, max_size=2).map(" / ".join)
        keys = st.sampled_from(
            ["Name", "costguard:not-mine", "sagemaker:user-profile-name", "Project"]
        )
        tags = draw(st.dictionaries(keys, several, max_size=3))
        return replace(resource, tags=tags, creator=draw(st.none() | claims), parent=None)

    return [claimed(each) for each in fleet], roster


def strictest(roster: Directory) -> Policy:
    """Allow nobody anything: whoever can be stopped for a sum is."""
    read: Any = parse_policy(
        'mode = "enforce"\n[rules.too-many]\nper_owner = 0\ngrace = "0s"\nper_job = 999\n'
        '[rules.burn-rate]\nper_owner = 0\ngrace = "0s"\n'
        '[rules.over-budget]\nper_owner = { "*" = 0 }\ngrace = "0s"\n'
    )
    strict: Policy = replace(read, people=roster.people, grace=for_all(timedelta(0)))
    return strict


@given(owned())
def test_nobody_unknown_is_ever_due_for_a_sum(drawn: tuple[list[Resource], Directory]) -> None:
    fleet, roster = drawn
    rules, now = strictest(roster), at(1)
    everything: Any = {each: Decimal(10**6) for each in ("doe john", "student", "bot watt")}
    spent = SpendToDate(
        time=now,
        month="2026-11",
        begun=at(-500),
        ends=at(200),
        spent={"owner": everything, "project": {}},
        week={"owner": everything, "project": {}},
        names=BY_WORDS,
    )
    money = CostContext(spent, bundled_prices())
    whole = Fleet(tuple(fleet), rules.directory)
    for resource in fleet:
        evaluation = evaluate(resource, rules, now=now, fleet=whole, money=money)
        plan = plan_resource(evaluation, None, rules, hearing=heard_at_once(None), now=now)
        owner = rules.directory.owner(resource)
        if plan.due:
            assert owner.charged in rules.people
            said = " ".join(
                (resource.name, (resource.tags or {}).get("Name", ""), resource.creator or "")
            )
            forms = ["".join(words) for words in folded_words((said,))]
            called = (owner.charged.name, *own_texts(owner.charged))
            ways = folded_words(tuple(word for text in called for word in text.split()))
            assert any(word in form for form in forms for words in ways for word in words)
        if owner.charged is None:
            assert not plan.due


@given(owned())
def test_notices_caps_and_money_agree_whose_it_is(drawn: tuple[list[Resource], Directory]) -> None:
    fleet, roster = drawn
    labels = {owner_key(roster.label(person)): person for person in roster.people}
    for resource in fleet:
        owner = roster.owner(resource)
        label = roster.labels(resource).owner
        if owner.charged:
            assert owner.people
            assert labels[owner_key(label)] == owner.charged
            assert Fleet((resource,), roster).charged_to(owner.charged) == (resource,)
        else:
            assert not owner_key(label) or owner_key(label) not in labels
        if owner.people:
            assert roster.named(owner.name or "").people or roster.named(owner.name or "").found


team_names = st.text("abcDEF12-_ &ü王", min_size=1, max_size=12)
forms = st.sampled_from(
    [
        "{Team}-{LastnameFirstname}-{Purpose}",
        "{LastnameFirstname}-{Purpose}",
        "{Purpose}-{Team}",
        "nb-{Team}-{LastnameFirstname}",
    ]
)


@given(rosters, st.lists(team_names, max_size=3), st.lists(forms, min_size=1, unique=True))
def test_an_example_of_a_good_name_is_one_and_the_owners_own(
    roster: Directory, teams: list[str], texts: list[str]
) -> None:
    patterns = tuple(map(NamePattern.parse, texts))
    options = naming.Options(patterns=for_all(patterns))
    people = replace(roster, teams=tuple(teams), patterns=options.patterns)
    ctx = EvaluationContext(now=at(0), directory=people)
    for person in roster.people or (Person(name="Nobody Known"),):
        job = training_job("x_", tags={"Name": person.name})
        answer = naming.check(job, options, ctx)
        assert isinstance(answer, Fail)
        for good in re.findall(r"\(a good one: ([^)]*)\)|Did you mean (\S+)\?", answer.reason):
            name = "".join(good)
            assert naming.check(replace(job, name=name), options, ctx) is PASS
            owner = people.owner(job)
            if len(owner.people) == 1 and owner.people[0].handle and texts[0].count("Last"):
                assert owner.people[0].handle in name
