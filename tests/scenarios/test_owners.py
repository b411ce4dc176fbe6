"""Owners as stories: unknown people with one name, people charged for others."""

import csv
import unicodedata
from collections.abc import Mapping
from copy import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from costguard.costs.budget_limits import Budgets
from costguard.ownership.directory import Directory, Person
from costguard.ownership.roster_check import roster_warnings
from costguard.policy.loader import parse_policy
from costguard.policy.model import Policy
from costguard.resources.model import Resource
from costguard.resources.per_kind import for_all
from tests.factories import GOOD_TAGS, at, notebook, on, policy, processing_job, training_job
from tests.scenarios.account import Account

ROOT = Path(__file__).parents[2]
SHIPPED = (ROOT / "layers/policy/policy.toml").read_text(encoding="utf-8")
ROSTER = ROOT / "tests/fixtures/roster.csv"
JANES: Mapping[str, str] = {**GOOD_TAGS, "Name": "Jane Roe"}
SMALL: dict[str, Any] = {"max_runtime": timedelta(hours=2), **on("ml.m5.large")}


def enforced(text: str = SHIPPED, *people: Person) -> Policy:
    """Read a policy that stops what it may, for people of a roster."""
    return replace(parse_policy(text), people=people)


def sums_found(account: Account) -> set[str]:
    rules = ("too-many", "burn-rate", "over-budget")
    return {rule for case in account.ledger.values() for rule in case.findings if rule in rules}


def stamped(base: str, number: int) -> str:
    return f"{base}-2026-11-23-14-00-{number:02}-123"


@pytest.mark.parametrize("people", [(), (Person(name="John Doe"),)])
def test_twelve_untagged_jobs_of_the_lesson_are_no_owner(people: tuple[Person, ...]) -> None:
    jobs = [
        processing_job(stamped("WattBot-embed-gte-large", n), tags={}, **SMALL) for n in range(12)
    ]
    account = Account(enforced(SHIPPED, *people), *jobs)
    for hour in (0.1, 0.2, 0.3):
        account.sweep(at(hour))
    assert (account.enforce(), account.stopped, sums_found(account)) == ([], [], set())
    [told] = [text for text in account.summaries if "12 instances" in text]
    assert "Nothing is stopped because of this" in told
    assert account.named(jobs[0].name).name in told


def test_nine_steps_of_a_pipeline_are_no_owner() -> None:
    arn = "arn:aws:sagemaker:us-east-2:123456789012:pipeline/abalone/execution/cos5h1n0dv8j"
    tags = {**GOOD_TAGS, "Name": "", "sagemaker:pipeline-execution-arn": arn}
    names = [f"pipelines-cos5h1n0dv8j-TrainStep-AbCdEfGh{n}x" for n in range(9)]
    account = Account(enforced(), *(training_job(n, tags=tags, **SMALL) for n in names))
    account.sweep(at(0.1))
    account.sweep(at(0.2))
    assert (account.enforce(), account.stopped, sums_found(account)) == ([], [], set())
    assert len([text for text in account.summaries if "9 instances" in text]) == 1


def test_four_strangers_of_one_name_are_no_owner() -> None:
    tags = {**GOOD_TAGS, "Name": "Student"}
    size = {**SMALL, **on("ml.m5.large", count=2)}
    jobs = [training_job(f"homework-{n}", tags=tags, **size) for n in range(5)]
    account = Account(enforced(SHIPPED, Person(name="John Doe")), *jobs)
    for hour in (0.1, 0.2, 24.3):
        account.sweep(at(hour))
    assert sums_found(account) == set()
    [told] = [text for text in account.summaries if "Student" in text]
    assert "“Student”: 10 instances" in told


def test_one_strange_name_in_several_spellings_is_told_as_one() -> None:
    names = ["Student", "student", "STUDENT "] * 3
    jobs = [
        processing_job(f"embed-{n}", tags={**GOOD_TAGS, "Name": name}, **SMALL)
        for n, name in enumerate(names)
    ]
    account = Account(enforced(), *jobs)
    account.run(at(0))
    account.run(at(0.1))
    [text] = account.summaries
    assert "“Student”: 9 instances" in text


def test_a_strange_name_is_told_once_while_the_ledger_refuses_to_note_it() -> None:
    jobs = [training_job(f"embed-{n}", tags={}, **SMALL) for n in range(9)]
    account = Account(enforced(), *jobs)
    account.marks.unwritable = {"unknown-owner "}
    with pytest.raises(ExceptionGroup):
        account.run(at(0))
    account.run(at(0.1))
    account.marks.unwritable = set()
    account.run(at(0.2))
    assert len(account.summaries) == 1


def test_the_same_twelve_jobs_count_for_the_person_whom_cloudtrail_saw() -> None:
    john = Person(name="John Doe", email="john.doe@example.org")
    jobs = [training_job(stamped("embed", n), tags=GOOD_TAGS, **SMALL) for n in range(12)]
    jobs = [replace(job, tags={**GOOD_TAGS, "Name": "x"}, started=at(0)) for job in jobs]
    account = Account(enforced(SHIPPED, john), *jobs)
    for job in jobs:
        account.marks.record_creator(job.ref, "john.doe@example.org", at(0))
    account.sweep(at(0.1))
    assert len(account.queued_stops) == 4
    assert account.enforce() == ["accepted"] * 4
    account.marks.creators.clear()
    other = Account(enforced(SHIPPED, john), *jobs)
    for job in jobs:
        other.marks.record_creator(job.ref, "SomebodyElse", at(0))
    other.sweep(at(0.1))
    assert other.queued_stops == []


def shared(**caps: int) -> Policy:
    """Give the tests' policy a cap on one owner."""
    text = f"[rules.too-many]\ngrace = '0s'\nper_job = 2\nper_owner = {caps['per_owner']}"
    rules = parse_policy(text).rules
    return replace(policy(), rules={**policy().rules, **rules})


def test_whoever_is_charged_for_anothers_job_hears_when_it_starts_and_once() -> None:
    job = training_job("churn", tags=JANES)
    account = Account(shared(per_owner=8), job)
    account.marks.record_creator(job.ref, "mallory", at(0))
    account.event("churn", at(0.1))
    account.sweep(at(0.2))
    account.sweep(at(0.3))
    [told] = [notice for notice in account.notices if notice.rule == "charged"]
    assert told.owner["name"] == "Jane Roe"
    assert "“mallory” created it" in told.reason
    assert "Key=costguard:not-mine,Value=RoeJane" in told.remedy


@pytest.mark.parametrize(
    ("rules", "creator"),
    [
        (shared(per_owner=8), "jane.roe@example.org"),  # her own
        (shared(per_owner=8), None),
        (policy(), "mallory"),  # nobody is charged for anything
        (replace(shared(per_owner=8), people=()), "mallory"),
    ],
)
def test_nobody_hears_of_what_is_theirs_or_charges_nobody(
    rules: Policy, creator: str | None
) -> None:
    job = training_job("churn", tags=JANES)
    account = Account(rules, job)
    if creator:
        account.marks.record_creator(job.ref, creator, at(0))
    account.sweep(at(0.2))
    assert [notice.stage for notice in account.notices] == []


def test_what_is_not_mine_counts_for_its_creator_from_then_on() -> None:
    own, *others = (training_job(f"job-{n}", tags=JANES, started=at(n / 10)) for n in range(3))
    account = Account(shared(per_owner=2), own, *others)
    for job in others:
        account.marks.record_creator(job.ref, "jdoe", at(0))
    account.sweep(at(1))
    assert account.queued_stops == ["job-2"]
    for job in others:
        account.change(job.name, tags={**JANES, "costguard:not-mine": "RoeJane"})
    assert account.enforce() == ["not-due"]
    account.sweep(at(2))
    account.sweep(at(3))
    assert account.queued_stops == []
    [said] = [text for text in account.summaries if "not theirs" in text]
    assert "Jane Roe: job-1, created by “jdoe”; it counts for John Doe" in said


def test_nobody_disowns_what_cloudtrail_saw_them_create() -> None:
    tags = {**JANES, "costguard:not-mine": "RoeJane"}
    jobs = [training_job(f"job-{n}", tags=tags, started=at(n / 10)) for n in range(3)]
    account = Account(shared(per_owner=2), *jobs)
    for job in jobs:
        account.marks.record_creator(job.ref, "jane.roe@example.org", at(0))
    account.sweep(at(1))
    assert account.queued_stops == ["job-2"]
    assert not [text for text in account.summaries if "not theirs" in text]


def test_an_untagged_job_of_johns_name_is_johns_for_money_too() -> None:
    rules = parse_policy('[rules.over-budget]\nper_owner = { "*" = 1 }').rules
    job = training_job("train-DoeJohn-churn", tags={})
    account = Account(replace(policy(), rules=rules), job)
    account.sweep(at(1))
    assert {row.labels.owner for row in account.usage.values()} == {"John Doe"}
    budgets: Budgets = account.policy.budgets
    assert budgets.per_owner["*"] == Decimal(1)


def test_two_people_of_one_name_are_nobody_and_both_are_named_to_the_admins() -> None:
    one, other = (Person(name="Anna Schmidt", email=f"anna{n}@example.org") for n in (1, 2))
    rules = replace(shared(per_owner=1), people=(one, other))
    jobs = [training_job(f"job-{n}", tags={**GOOD_TAGS, "Name": "Anna Schmidt"}) for n in range(3)]
    account = Account(rules, *jobs)
    account.sweep(at(1))
    assert account.queued_stops == []
    owner = rules.directory.owner(jobs[0])
    assert (owner.known, owner.possible) == (False, (one, other))


def rostered() -> Directory:
    """Read the roster of a big school, as a spreadsheet writes it."""
    with ROSTER.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    blocks = "".join(
        f"[[people]]\nname = '''{row['name']}'''\nemail = '{row['email']}'\n"
        + (f"handle = '{row['handle']}'\n" if row["handle"] else "")
        for row in rows
    )
    assert len(rows) == 120
    return parse_policy(blocks).directory


def plain(name: str) -> str:
    """Write a name in ASCII without a language's own rules: `ü` is `u`."""
    whole = str.maketrans(dict(zip("łŁøØđĐðÐ", "lLoOdDdD", strict=True)))
    double = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "Ae", "þ": "th", "Þ": "Th", "\u2019": "'"})
    text = unicodedata.normalize("NFKD", name.translate(whole).translate(double))
    return text.encode("ascii", "ignore").decode()


def test_a_roster_of_120_names_is_found_however_they_are_spelled() -> None:
    people = rostered()
    warned = "\n".join(roster_warnings(people))
    for person in people.people:
        if person.name in warned:
            continue
        tag, email = {"Name": person.name}, {"Name": person.email or ""}
        for resource in (
            notebook(f"{person.handle}-Explore", tags={}),
            training_job(f"train-{person.handle}-x-20261128030640", tags={}),
            notebook("explore", tags=tag),
            notebook("explore", tags={"Name": unicodedata.normalize("NFD", person.name)}),
            notebook("explore", tags=email),
            training_job("x", tags={}, creator=person.email),
            *((notebook("explore", tags={"Name": plain(person.name)}),) if person.handle else ()),
        ):
            if resource.name != "explore" or plain(person.name).strip():
                assert people.owner(resource).charged is person, (person.name, resource.name)


def test_the_ambiguous_of_the_roster_are_named_and_are_nobody() -> None:
    people = rostered()
    warned = roster_warnings(people)
    assert len(warned) == 3
    assert any("anna.schmidt@" in line and "anna.schmidt2@" in line for line in warned)
    assert any("Li Wei" in line and "Wei Li" in line for line in warned)
    assert any("张伟" in line and "ASCII" in line for line in warned)
    assert people.person("Anna Schmidt") is None
    assert people.person("anna.schmidt2@example.org") is people.people[2]
    assert people.owner(notebook("wei-li-explore", tags={})).charged is None


def mail(name: str, tags: Mapping[str, str], **facts: Any) -> Resource:
    return training_job(name, tags=tags, **facts)


JOHN, JANE = policy().people


@pytest.mark.parametrize(
    ("job", "told", "charged"),
    [
        (mail("x", {"Name": "john.doe@example.org"}), [JOHN], JOHN),
        (mail("x", {"Name": "John Doe / Jane Roe"}), [JOHN, JANE], None),
        (mail("x", {"Name": "John Doe / Jane Roe"}, creator="jdoe"), [JOHN, JANE], JOHN),
        (mail("x", {"Name": "John Doe / Max Moe"}), [JOHN], JOHN),
        (mail("x", {"Name": "jane.roe@example.org john.doe@example.org"}), [JANE, JOHN], None),
        (mail("x", {"sagemaker:user-profile-name": "jane-roe"}), [JANE], None),
        (mail("x", {"sagemaker:name": "DoeJohn-Churn-Weekly"}), [JOHN], None),
        (mail("x", {"Name": "doejohn"}), [JOHN], None),  # run together: a guess
        (mail("x", {}, creator="jdoe"), [JOHN], JOHN),
        (mail("x", {}, creator="john.doe@elsewhere.org"), [JOHN], None),
        (mail("DoeJohn-and-RoeJane-compare", {}), [JOHN, JANE], None),
        (mail("train-WattBot-x", {}), [], None),
        (mail("train-2026-11-23-14-00-10-123", {"Name": "Jane Roe"}), [JANE], JANE),
    ],
)
def test_who_hears_and_who_is_charged(job: Resource, told: list[Person], charged: Any) -> None:
    owner = policy().directory.owner(job)
    assert list(owner.people) == told
    assert owner.charged == charged


def test_a_date_is_nobodys_name_however_short_an_alias_is() -> None:
    lo = Person(name="Lo Ro", aliases=("lo", "ll"))
    people = Directory(people=(lo, JANE))
    job = training_job("clean-2026-11-10-10-11-10-110", tags={"Name": "Jane Roe"})
    assert people.owner(job).charged == JANE
    assert people.owner(training_job("clean-10-11", tags={})).people == ()
    assert for_all(1).of("training-job") == 1


def test_two_owners_of_one_tag_both_hear_whatever_is_in_their_names() -> None:
    jose = Person(name="José Ortega y Gasset", email="jose@example.org")
    ana = Person(name="Ana e Silva", email="ana@example.org")
    tags = {**GOOD_TAGS, "Name": "jose@example.org / Ana e Silva"}
    account = Account(enforced(SHIPPED, jose, ana), notebook("scratch", tags=tags))
    account.run(at(0))
    assert account.notices[0].addressees == ["joseortegaygasset", "anaesilva"]
