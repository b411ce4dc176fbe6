"""Every rule, as one table: what is changed about a healthy resource, and the answer."""

from copy import replace
from datetime import timedelta
from decimal import Decimal
from inspect import getmodule
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import from_regex, lists

from costguard.common.calendar import WorkingHours
from costguard.costs.by_price import for_any_price
from costguard.idleness.keep_until import TAG, KeepLimits
from costguard.ownership.directory import Directory, Person
from costguard.ownership.fleet import Fleet
from costguard.resources.activity import (
    Activity,
    Heartbeat,
    JupyterActivity,
    KeepRequest,
    LaunchedJob,
)
from costguard.resources.model import NO_LIMIT, InstanceGroup, Resource
from costguard.resources.naming import NamePattern
from costguard.resources.per_kind import PerKind, for_all
from costguard.rules import RULES
from costguard.rules.base import (
    NEEDS_FLEET,
    PASS,
    EvaluationContext,
    Fail,
    RuleAnswer,
    Unknown,
    Verdict,
)
from costguard.rules.idle import Outside
from tests.factories import (
    GOOD_TAGS,
    JANE,
    JOHN,
    PEOPLE,
    at,
    notebook,
    on,
    processing_job,
    training_job,
    transform_job,
    tuning_job,
)

Case = tuple[str, Resource, dict[str, Any], RuleAnswer | type[Unknown] | str]

TYPES = {"allowed": PerKind({"notebook-instance": ("ml.t3.*",), "training-job": ("ml.m5.large",)})}
TAGS = {"allowed": {"Project": (" SinkOrSwim", "wattbot-*")}}
TIMES = {"limit": for_all(timedelta(hours=8)), "ran": for_all(timedelta(hours=24))}
FORMS = {"patterns": for_all((NamePattern("{LastnameFirstname}-{Purpose}"),))}
TEAM = {"patterns": for_all((NamePattern("{Team}-{LastnameFirstname}-{Purpose}"),))}
OWNER = {"per_owner": 2}
RATE = {"per_owner": Decimal("0.30")}
QUIET, SEEN = JupyterActivity(seen=at(2)), {"after_unseen": timedelta(0)}
INSIDE = JupyterActivity(seen=at(2), beats=(Heartbeat(at=at(2), busy_kernels=0),))
JOB, DONE = (
    (LaunchedJob("training job", "churn"),),
    (LaunchedJob("training job", "churn", at(1.6)),),
)
KEPT, TOO_LONG = {TAG: "2026-11-23T17:00Z"}, {TAG: "2027-11-23T17:00Z"}
NEVER = WorkingHours(days=())
CLOSED = {
    "office": NEVER,
    "outside": Outside(after=for_any_price(timedelta(minutes=30)), max_age=timedelta(hours=3)),
}
LAX = {"office": NEVER}


def tagged(**tags: str) -> Resource:
    return notebook(tags=GOOD_TAGS | tags)


OPEN = (InstanceGroup("ml.m5.large", 1), InstanceGroup("ml.p5.48xlarge", 8, 1))
HUNDRED = {"per_project": {"*": Decimal(100)}}
CASES: list[Case] = [
    ("missing-tags", notebook(), {}, PASS),
    ("missing-tags", notebook(tags=None), {}, Unknown),
    ("missing-tags", notebook(tags={}), {}, "the tag Project is missing; the tag Name is missing"),
    ("missing-tags", tagged(Project=""), {}, "the tag Project is missing"),
    ("missing-tags", tagged(Project="  "), {}, "the tag Project is missing"),
    ("missing-tags", tagged(Project="YOUR-PROJECT"), {}, "the tag Project is missing"),
    ("missing-tags", tagged(Project="-"), {}, "the tag Project is missing"),
    ("missing-tags", tagged(Project="\u3164\u00a0"), {}, "the tag Project is missing"),  # invisible
    ("missing-tags", tagged(Project="sinkor\u0455wim"), TAGS, "which is not one of"),
    ("missing-tags", notebook(tags={"project": "x"}), {}, "Project is missing (it has 'project')"),
    ("missing-tags", tagged(Project="sinkorswim"), TAGS, PASS),
    ("missing-tags", tagged(Project=" SINKORSWIM "), TAGS, PASS),
    ("missing-tags", tagged(Project="WattBot-2026"), TAGS, PASS),
    ("missing-tags", tagged(Project="sinkoswim"), TAGS, "is 'sinkoswim', which is not one of"),
    ("missing-tags", notebook(tags={}), {"required": PerKind({"training-job": ("X",)})}, PASS),
    ("naming", notebook(), {}, PASS),
    ("naming", notebook("sinkorswim-DoeJohn-Explore"), {}, PASS),
    ("naming", notebook("my-notebook"), {}, "does not follow Team-LastnameFirstname-Purpose or"),
    ("naming", notebook("doejohn-explore"), {}, "Did you mean DoeJohn-explore?"),
    ("naming", training_job("anything"), {}, PASS),
    ("naming", training_job("DoeJohn-train-2026-11-23-14-00-00-123"), FORMS, PASS),
    ("naming", training_job("train-2026-11-23-14-00-00-123"), FORMS, "the name train does not"),
    ("naming", tuning_job("DoeJohn-ExploreSageM-261123-1400"), FORMS, PASS),
    ("naming", tuning_job("explore-sagemaker-wi-261123-1400"), FORMS, Unknown),
    ("naming", tuning_job("explore-261123-1400"), FORMS, "the name explore does not follow"),
    ("naming", tuning_job("explore-sagemaker-with-me"), FORMS, "the name explore-sagemaker-with"),
    ("instance-type", notebook(), TYPES, PASS),
    ("instance-type", notebook(**on("ml.p4d.24xlarge")), TYPES, "ml.p4d.24xlarge is not among"),
    ("instance-type", training_job(**on("ml.m5.large", "ml.p3.2xlarge")), TYPES, "ml.p3.2xlarge"),
    ("instance-type", training_job(groups=None), TYPES, Unknown),
    ("instance-type", training_job(**on(None)), TYPES, Unknown),
    (
        "instance-type",
        training_job(**on("ml.p3.2xlarge", None)),
        TYPES,
        "ml.p3.2xlarge is not among",
    ),
    ("instance-type", training_job(groups=OPEN), TYPES, "ml.p5.48xlarge, which AWS may choose,"),
    ("instance-type", transform_job(**on("ml.p4d.24xlarge")), TYPES, PASS),
    ("too-many", notebook(), {}, PASS),
    ("too-many", training_job(**on("ml.m5.large", count=2)), {}, PASS),
    ("too-many", training_job(**on("ml.m5.large", count=3)), {}, "it runs 3 instances at once"),
    ("too-many", training_job(groups=OPEN, instances=8), {}, "it may run 8 instances at once"),
    ("too-many", training_job(**on("ml.m5.large", count=2), waits=True), OWNER, PASS),
    ("too-many", training_job(instances=None), {}, Unknown),
    ("too-many", training_job(instances=9), {"per_job": PerKind()}, PASS),
    ("too-many", training_job(), OWNER, NEEDS_FLEET),
    ("burn-rate", notebook(), {}, PASS),
    ("burn-rate", notebook(), RATE, NEEDS_FLEET),
    ("long-running", notebook(), {}, PASS),
    ("long-running", notebook(started=at(-21)), TIMES, PASS),
    ("long-running", notebook(started=at(-22)), TIMES, PASS),
    ("long-running", notebook(started=at(-23)), TIMES, "it has run for 1 d 1 h"),
    ("long-running", notebook(started=None), TIMES, PASS),
    ("long-running", training_job(max_runtime=timedelta(hours=8)), TIMES, PASS),
    ("long-running", training_job(max_runtime=timedelta(hours=9)), TIMES, "it may run 9 h"),
    ("long-running", training_job(max_runtime=NO_LIMIT), TIMES, "sets no maximum run time"),
    ("long-running", training_job(max_runtime=None), TIMES, Unknown),
    ("long-running", training_job(max_runtime=None, started=at(-23)), TIMES, "it has run for"),
    ("long-running", transform_job(max_runtime=None), TIMES, PASS),
    ("idle", training_job(started=at(-50)), {}, PASS),
    ("idle", notebook(started=None), {}, Unknown),
    ("idle", notebook(started=at(1.1)), {}, PASS),
    ("idle", notebook(), {}, NEEDS_FLEET),
    ("idle", notebook(started=at(-10)), {}, "run for 12 h, and no run may last longer than 12 h"),
    ("idle", notebook(activity=Activity()), {}, Unknown),
    ("idle", notebook(activity=Activity(jobs=JOB)), {}, PASS),
    ("idle", notebook(activity=Activity(jupyter=QUIET)), {}, PASS),
    ("idle", notebook(activity=Activity(jupyter=QUIET)), SEEN, "since Mon 14:00: no kernel busy"),
    ("idle", notebook(activity=Activity(jupyter=QUIET)), SEEN, "Not seen: work outside Jupyter's"),
    ("idle", notebook(activity=Activity(jupyter=INSIDE)), {}, "(Jupyter, Mon 16:00; the heartbeat"),
    ("idle", notebook(activity=Activity(jupyter=QUIET, jobs=DONE)), {}, PASS),
    ("idle", notebook(activity=Activity(jupyter=QUIET), tags=KEPT), {}, PASS),
    (
        "idle",
        notebook(activity=Activity(jupyter=QUIET), tags=TOO_LONG),
        SEEN,
        "is refused: at most",
    ),
    ("idle", notebook(started=at(1.4)), {}, PASS),
    ("idle", notebook(started=at(1.4)), CLOSED, NEEDS_FLEET),
    ("idle", notebook(started=at(-1.1)), CLOSED, "no run may last longer than 3 h"),
    ("idle", notebook(started=at(1.4)), LAX, PASS),
    ("over-budget", training_job(waits=True, tags=None), HUNDRED, PASS),
    ("over-budget", notebook(), {}, PASS),
    ("over-budget", notebook(tags=None), {}, Unknown),
    ("over-budget", notebook(), {"per_owner": {"Jane Roe": Decimal(9)}}, PASS),
    ("over-budget", notebook(), HUNDRED, NEEDS_FLEET),
]
NEEDS_MORE = {"over-budget", "burn-rate"}  # than a resource: test_budget, test_rate


def ask(rule: str, resource: Resource, options: dict[str, Any], **known: Any) -> Verdict:
    row = RULES[rule]
    context = EvaluationContext(now=at(2), directory=PEOPLE)
    if "fleet" in known:
        known["fleet"] = Fleet(known["fleet"], PEOPLE)
    return row.check(resource, replace(row.options, **options), replace(context, **known))


@pytest.mark.parametrize(("rule", "resource", "options", "expected"), CASES)
def test_a_rule_answers(
    rule: str, resource: Resource, options: dict[str, Any], expected: object
) -> None:
    answer = ask(rule, resource, options)
    match answer:
        case Fail(reason):
            assert isinstance(expected, str)
            assert expected in reason
        case Unknown():
            assert expected is Unknown
        case RuleAnswer():
            assert answer is expected


def answers_to(rule: str) -> list[object]:
    return [expected for name, _, _, expected in CASES if name == rule]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_case_that_passes_one_that_fails_and_one_without_an_answer(
    rule: str,
) -> None:
    answers = answers_to(rule)
    assert PASS in answers
    assert any(isinstance(each, str) for each in answers) or rule in NEEDS_MORE
    assert Unknown in answers or rule in NEEDS_MORE


@pytest.mark.parametrize("rule", RULES)
def test_the_id_of_a_rule_is_the_name_of_its_module(rule: str) -> None:
    module = getmodule(RULES[rule].check)
    assert module is not None
    assert module.__name__.rpartition(".")[2] == rule.replace("-", "_")
    assert RULES[rule].id == rule


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_title_that_reads_as_a_sentence(rule: str) -> None:
    title = RULES[rule].title
    assert title[0].isupper()
    assert not title.endswith(".")


def test_rule_ids_and_titles_are_unique() -> None:
    assert len({row.title for row in RULES.values()}) == len(RULES)


@pytest.mark.parametrize("case", [c for c in CASES if isinstance(c[3], str)])
def test_every_failure_comes_with_a_remedy(case: Case) -> None:
    answer = ask(*case[:3])
    assert isinstance(answer, Fail)
    assert answer.remedy.strip()


def remedy(resource: Resource, rule: str, **options: Any) -> str:
    answer = ask(rule, resource, options)
    assert isinstance(answer, Fail)
    return answer.remedy


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, "Key=Project,Value=sinkorswim"),  # there is only one
        ({"Project": "sink or swimm"}, "Key=Project,Value=sinkorswim"),
        ({"Project": "zzz"}, "Key=Project,Value=sinkorswim"),
        ({}, "'Key=Name,Value=John Doe'"),  # the name of the notebook says so
        ({}, "Key=Purpose,Value=YOUR-PURPOSE"),
    ],
)
def test_the_fix_offers_the_value_that_was_probably_meant(
    tags: dict[str, str], expected: str
) -> None:
    assert expected in remedy(
        notebook(tags=tags), "missing-tags", allowed={"Project": ("sinkorswim",)}
    )


def test_the_fix_takes_a_project_from_the_name() -> None:
    allowed = {"Project": ("sinkorswim", "wattbot")}
    line = remedy(notebook("wattbot-x", tags={}), "missing-tags", allowed=allowed)
    assert "Key=Project,Value=wattbot" in line


def test_the_fix_says_to_fill_in_only_where_there_is_something_to_fill_in() -> None:
    required = {"required": for_all(("Name",))}
    assert "YOUR-" not in remedy(notebook(tags={}), "missing-tags", **required)
    assert "where it says YOUR-" in remedy(notebook("x", tags={}), "missing-tags", **required)


@pytest.mark.parametrize("value", ["it's $HOME; rm -rf", "R&D", "Doe, John", "a" * 257])
def test_a_value_that_can_never_be_a_tag_is_not_offered(value: str) -> None:
    allowed = {"Project": (value,)}
    line = remedy(notebook(tags={}), "missing-tags", allowed=allowed)
    assert "Key=Project,Value=YOUR-PROJECT" in line


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Sean O'Brien", "'Key=Name,Value=Sean OBrien'"),
        ("王 伟", """{"Key": "Name", "Value": "王 伟"}"""),
    ],
)
def test_an_owner_is_offered_as_a_tag_can_hold_the_name(name: str, expected: str) -> None:
    people = Directory(people=(Person(name=name, aliases=("theowner",)),))
    answer = ask("missing-tags", notebook("theowner-x", tags={}), {}, directory=people)
    assert isinstance(answer, Fail)
    assert expected in answer.remedy


def test_an_owner_whom_the_roster_would_not_know_by_that_tag_is_not_offered() -> None:
    people = Directory(people=(Person(name="!!!", aliases=("theowner",)),))
    answer = ask("missing-tags", notebook("theowner-x", tags={}), {}, directory=people)
    assert isinstance(answer, Fail)
    assert "Value=YOUR-NAME" in answer.remedy


def test_an_owner_who_is_not_allowed_as_a_value_is_not_offered() -> None:
    line = remedy(notebook(tags={}), "missing-tags", allowed={"Name": ("Jane Roe", "Max Moe")})
    assert "Value=YOUR-NAME" in line


def test_no_time_to_keep_it_is_offered_that_the_policy_would_refuse() -> None:
    kept = tuple(KeepRequest(f"2026-11-23T1{n}:00Z", at(n / 10)) for n in range(3))
    idle = notebook(activity=Activity(jupyter=INSIDE, kept=kept))
    assert remedy(idle, "idle") == "Use it, or stop it when you do not need it."
    short = KeepLimits(at_most=timedelta(minutes=30))
    line = remedy(notebook(activity=Activity(jupyter=INSIDE)), "idle", keep=short)
    assert f"Key={TAG},Value=2026-11-23T16:30+00:00" in line


def test_a_job_is_told_the_argument_of_its_own_class() -> None:
    asks: dict[str, Any] = {"max_runtime": NO_LIMIT}
    assert "max_run=28800 of the Estimator" in remedy(training_job(**asks), "long-running", **TIMES)
    processing = remedy(processing_job(**asks), "long-running", **TIMES)
    assert "max_runtime_in_seconds=28800 of the Processor" in processing
    assert "max_run=" not in processing
    tuning = remedy(tuning_job(**asks), "long-running", **TIMES)
    assert "of at most 28800 in the ResourceLimits of its HyperParameterTuningJobConfig" in tuning
    assert "max_runtime_in_seconds=28800 of the HyperparameterTuner" in tuning
    assert "max_run=" not in tuning


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("JohnDoe_Explore", "DoeJohn-Explore"),
        ("doe-john-explore", "DoeJohn-explore"),
        ("DoeJon_Explore", "DoeJohn-Explore"),
        ("jdoe", "DoeJohn-Explore"),
        ("explore.RoeJane", "RoeJane-explore"),
        ("doe-john_oh-no_Jo", "DoeJohn-oh-no-Jo"),  # words that the handle holds, too
        ("doejohn_doejohn_e", "DoeJohn-doejohn-e"),
        ("-" * 63, None),
        ("4711", None),
        ("DoeJohn-" + "x" * 55 + "--", "DoeJohn-" + "x" * 55),
    ],
)
def test_a_name_is_rebuilt_around_the_person_it_holds(name: str, meant: str | None) -> None:
    answer = ask("naming", notebook(name, tags={}), FORMS)
    assert isinstance(answer, Fail)
    assert answer.reason.endswith(f" Did you mean {meant}?" if meant else ").")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("sinkorswin-doejohn-explore", "SinkOrSwim-DoeJohn-explore"),
        ("sinkorswin-doejohn-sinkorswim", "SinkOrSwim-DoeJohn-sinkorswim"),
        ("doejohn-explore", None),  # no team in it, and the form asks for one
        ("wattbot-DoeJohn-explore", None),  # a good form, but not one of the teams
    ],
)
def test_a_team_must_be_one_of_the_policy_and_may_be_guessed(name: str, meant: str | None) -> None:
    people = Directory(people=(JOHN, JANE), teams=("SinkOrSwim",))
    answer = ask("naming", notebook(name), TEAM, directory=people)
    assert isinstance(answer, Fail)
    assert answer.reason.endswith(f" Did you mean {meant}?" if meant else ").")


WORD = from_regex(r"[a-z]{1,6}", fullmatch=True)


@given(before=lists(WORD, max_size=3), after=lists(WORD, max_size=3))
def test_no_word_of_the_purpose_is_lost(before: list[str], after: list[str]) -> None:
    answer = ask("naming", notebook("_".join([*before, "doejohn", *after])), FORMS)
    if isinstance(answer, Fail) and "Did you mean DoeJohn-" in answer.reason:
        words = answer.reason.rpartition("Did you mean DoeJohn-")[2].rstrip("?").split("-")
        assert words == ([*before, *after] or ["Explore"])


def test_a_person_whose_name_cannot_be_written_is_not_offered() -> None:
    people = Directory(people=(replace(JOHN, name="王 伟", aliases=("wang",)),))
    answer = ask("naming", notebook("wang-explore"), FORMS, directory=people)
    assert isinstance(answer, Fail)
    assert "Did you mean" not in answer.reason


def test_the_owner_that_a_tag_names_is_offered_a_name() -> None:
    answer = ask("naming", notebook("my-test"), FORMS)
    assert isinstance(answer, Fail)
    assert "Did you mean DoeJohn-my-test?" in answer.reason
    assert "name it DoeJohn-my-test\n" in answer.remedy


def test_the_example_of_a_good_name_is_the_owners_own() -> None:
    answer = ask("naming", notebook("explore", tags={"Name": "Jane Roe"}), TEAM)
    assert isinstance(answer, Fail)
    assert "(a good one: sinkorswim-RoeJane-ExploreSageMaker)" in answer.reason
    ada = Directory(people=(Person(name="Ada"),))
    short = ask("naming", notebook("explore", tags={"Name": "Ada"}), TEAM, directory=ada)
    assert isinstance(short, Fail)
    assert "(a good one: sinkorswim-Ada-ExploreSageMaker)" in short.reason


def test_without_a_guess_an_example_with_a_team_of_the_policy_is_shown() -> None:
    people = Directory(teams=("wattbot",))
    answer = ask("naming", notebook("my-test"), TEAM, directory=people)
    assert isinstance(answer, Fail)
    assert "name it in that form (such as wattbot-DoeJohn-ExploreSageMaker)" in answer.remedy


def test_a_job_with_a_bad_name_is_told_to_name_the_next_one_well() -> None:
    assert "name the next one" in remedy(training_job("x"), "naming", **FORMS)


def fleet(*hours: float, **changes: Any) -> tuple[Resource, ...]:
    return tuple(training_job(f"job-{h}", started=at(h), **changes) for h in hours)


@pytest.mark.parametrize(("which", "expected"), [(0, PASS), (1, PASS), (2, Fail)])
def test_the_newest_above_an_owners_cap_fails(which: int, expected: object) -> None:
    jobs = fleet(0, 1, 2)
    answer = ask("too-many", jobs[which], OWNER, fleet=jobs)
    assert answer is expected or isinstance(answer, Fail)
    assert (expected is Fail) is isinstance(answer, Fail)


def test_a_cap_that_one_resource_breaks_alone_names_nothing_else() -> None:
    [job] = fleet(0, **on("ml.m5.large", count=3))
    answer = ask("too-many", job, OWNER | {"per_job": PerKind()}, fleet=(job,))
    assert isinstance(answer, Fail)
    assert "Also running: nothing else" in answer.reason


def test_what_belongs_to_nobody_has_no_owners_cap() -> None:
    jobs = fleet(0, 1, 2, tags={})
    assert ask("too-many", jobs[2], OWNER, fleet=jobs) is PASS


def test_unknown_owners_are_never_counted_whatever_they_call_themselves() -> None:
    jobs = fleet(0, 1, 2, tags={"Name": "Max Moe"})
    assert ask("too-many", jobs[2], OWNER, fleet=jobs) is PASS


def test_without_a_start_the_creation_counts() -> None:
    old, new = fleet(0, 1, **on("ml.m5.large", count=2))
    waiting = replace(new, started=None, created=at(9))
    answer = ask("too-many", waiting, OWNER, fleet=(waiting, old))
    assert isinstance(answer, Fail)
