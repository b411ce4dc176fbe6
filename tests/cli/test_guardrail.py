"""The requests that a guardrail denies and allows, as a table, and how it is split to fit."""

import fnmatch
import re
from copy import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from costguard.policy.loader import parse_policy
from costguard.policy.model import Policy
from costguard.resources.coverage import COVERAGE, Coverage
from costguard.resources.per_kind import PerKind, for_all
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from costguard_cli.commands.guardrail import PARTS
from costguard_cli.guardrail.generator import Target, commands
from costguard_cli.guardrail.packing import Format, TooLargeError
from costguard_cli.guardrail.statement import size
from costguard_cli.guardrail.statements import DEFAULT_RUNTIME
from local.sagemaker.kinds import TRAINING
from tests.factories import policy, with_rule
from tests.iam import ALL, PolicySimulator, documents, guardrail
from tests.local.sagemaker_cases import notebook, processing, tagged, training, transform, tuning
from tests.local.workshop_calls import LESSONS

SHIPPED = parse_policy((Path(__file__).parents[2] / "layers/policy/policy.toml").read_text())
TAGS = {"Project": "sinkorswim", "Name": "John Doe", "Purpose": "explore"}
FULL = TAGS | {"ModelSize": "small"}
NAME = "sinkorswim-DoeJohn-Explore"
BIG = "ml.p4d.24xlarge"
MAKE = {
    "NotebookInstance": notebook,
    "TrainingJob": training,
    "HyperParameterTuningJob": tuning,
    "ProcessingJob": processing,
    "TransformJob": transform,
}
SOON = {"MaxRuntimeInSeconds": 7200}


def machines(*types: str) -> dict[str, Any]:
    if len(types) == 1:
        return {"InstanceType": types[0], "InstanceCount": 1, "VolumeSizeInGB": 10}
    groups = [{"InstanceType": each, "InstanceCount": 1} for each in types]
    return {"InstanceGroups": groups, "VolumeSizeInGB": 10}


def is_allowed(
    simulator: PolicySimulator, prefix: str, name: str = NAME, tags: Any = FULL, **more: Any
) -> bool:
    """Ask the door for a new notebook or job."""
    asked = MAKE[prefix](name, Tags=tagged(**tags), **more)
    kind = next(kind.name for kind in KINDS.values() if f"Create{prefix}" in kind.events.creates)
    return simulator.allows_call(f"Create{prefix}", kind, name, asked)


PROCESS = {"StoppingCondition": {"MaxRuntimeInSeconds": 7200}}
SERVERLESS: dict[str, Any] = {"ResourceConfig": {"InstanceCount": 1, "VolumeSizeInGB": 1}}
PASSES: list[tuple[str, dict[str, Any]]] = [
    ("NotebookInstance", {}),
    ("NotebookInstance", {"name": "DoeJohn-Explore"}),
    ("NotebookInstance", {"name": "doejohn-explore"}),  # as AWS may spell it in the ARN
    ("NotebookInstance", {"tags": FULL | {"Project": "SINKORSWIM"}}),
    ("NotebookInstance", {"tags": FULL | {"Project": "wattbot-7"}}),
    ("TrainingJob", {"name": "any-name"}),
    ("TrainingJob", {"ResourceConfig": machines("ml.m5.large", "ml.t3.large")}),
    ("TrainingJob", SERVERLESS),
    ("HyperParameterTuningJob", {}),
    ("ProcessingJob", PROCESS),
    ("TransformJob", {}),
]
DENIED: list[tuple[str, dict[str, Any]]] = [
    ("NotebookInstance", {"InstanceType": BIG}),
    ("NotebookInstance", {"name": "ab-explore"}),
    ("NotebookInstance", {"name": "explore"}),
    ("NotebookInstance", {"tags": {}}),
    ("NotebookInstance", {"tags": TAGS}),
    ("NotebookInstance", {"tags": FULL | {"Name": ""}}),
    ("NotebookInstance", {"tags": FULL | {"Project": "junk"}}),
    ("TrainingJob", {"ResourceConfig": machines(BIG)}),
    ("TrainingJob", {"ResourceConfig": machines("ml.m5.large", BIG)}),
    ("TrainingJob", {"StoppingCondition": {"MaxRuntimeInSeconds": 28801}}),
    ("TrainingJob", {"StoppingCondition": {}}),
    ("TrainingJob", {"tags": {"Project": "sinkorswim"}}),
    ("ProcessingJob", {}),  # without a StoppingCondition
    ("ProcessingJob", PROCESS | {"ProcessingResources": {"ClusterConfig": machines(BIG)}}),
    ("TransformJob", {"TransformResources": {"InstanceType": BIG, "InstanceCount": 1}}),
]


@pytest.fixture(scope="module")
def rules() -> Policy:
    return with_rule(policy(), "missing-tags", allowed={"Project": ("sinkorswim", "wattbot-*")})


@pytest.fixture(scope="module")
def simulator(rules: Policy) -> PolicySimulator:
    return PolicySimulator.of(rules)


@pytest.mark.parametrize(("prefix", "asked"), PASSES)
def test_what_the_policy_allows_passes(
    simulator: PolicySimulator, prefix: str, asked: dict[str, Any]
) -> None:
    assert is_allowed(simulator, prefix, **asked)


@pytest.mark.parametrize(("prefix", "asked"), DENIED)
def test_what_the_policy_forbids_is_denied(
    simulator: PolicySimulator, prefix: str, asked: dict[str, Any]
) -> None:
    assert not is_allowed(simulator, prefix, **asked)


def test_a_tuning_job_is_denied_for_the_type_of_any_of_its_definitions(
    simulator: PolicySimulator,
) -> None:
    asked = tuning("tune", Tags=tagged(**TAGS))
    asked["TrainingJobDefinition"]["ResourceConfig"]["InstanceType"] = BIG
    assert not simulator.allows_call("CreateHyperParameterTuningJob", "x", "tune", asked)


def test_a_notebook_cannot_be_given_a_bigger_type_later(simulator: PolicySimulator) -> None:
    update = "UpdateNotebookInstance"
    assert simulator.allows_call(update, "notebook-instance", NAME, {"InstanceType": "ml.t3.large"})
    assert simulator.allows_call(update, "notebook-instance", NAME, {"VolumeSizeInGB": 50})
    assert not simulator.allows_call(update, "notebook-instance", NAME, {"InstanceType": BIG})


@pytest.mark.parametrize("operation", ["CreateApp", "CreateSpace", "UpdateSpace"])
def test_studio_starts_on_the_types_of_the_list_and_on_what_costs_nothing(operation: str) -> None:
    door = PolicySimulator.of(SHIPPED)
    name = "d-1/jane/JupyterLab/default"
    for on, passes in {BIG: False, "ml.g5.xlarge": True, "system": True}.items():
        spec = {"InstanceType": on}
        of_space = {"JupyterLabAppSettings": {"DefaultResourceSpec": spec}}
        asked = {"ResourceSpec": spec} if operation == "CreateApp" else {"SpaceSettings": of_space}
        assert door.allows_call(operation, "app", name, asked) is passes


def test_that_studio_cannot_give_tags_is_said_where_they_are_required() -> None:
    def says(rules: Policy) -> bool:
        return any("Studio asks for an app" in each.why for each in guardrail(rules).stricter)

    assert not says(SHIPPED)
    assert says(policy())
    assert not says(with_rule(policy(), "missing-tags", required=PerKind({"app": ()})))


@pytest.mark.parametrize(
    ("operation", "asked", "passes"),
    [
        ("AddTags", {"Tags": tagged(Project="SinkOrSwim")}, True),
        ("AddTags", {"Tags": tagged(Project="junk")}, False),
        ("AddTags", {"Tags": tagged(Note="mine")}, True),
        ("AddTags", {"Tags": [{"Key": "costguard:keep-until", "Value": "2026-12-02"}]}, True),
        ("DeleteTags", {"TagKeys": ["Note"]}, True),
        ("DeleteTags", {"TagKeys": ["Note", "Project"]}, False),
    ],
)
def test_required_tags_stay(
    simulator: PolicySimulator,
    operation: str,
    asked: Any,
    passes: bool,  # noqa: FBT001
) -> None:
    assert simulator.allows_call(operation, "training-job", "x", asked) is passes
    assert simulator.allows_call(operation, "model", "x", asked)


@pytest.mark.parametrize("call", ["Describe", "Stop", "Start", "Delete", "CreatePresigned"])
def test_everything_else_stays_as_it_was(simulator: PolicySimulator, call: str) -> None:
    assert simulator.allows_call(f"{call}NotebookInstance", "notebook-instance", "any")
    assert simulator.allows("sagemaker:ListNotebookInstances")


@pytest.mark.parametrize("kind", DEFAULT_RUNTIME)
def test_no_run_time_is_the_default_of_aws_where_that_is_allowed(kind: str) -> None:
    day = PolicySimulator.of(with_rule(policy(), "long-running", limit=for_all(timedelta(days=1))))
    assert DEFAULT_RUNTIME[kind] == TRAINING.default_runtime
    assert is_allowed(day, "TrainingJob", StoppingCondition={})
    assert not is_allowed(day, "TrainingJob", StoppingCondition={"MaxRuntimeInSeconds": 86401})
    assert not is_allowed(day, "ProcessingJob")


def test_only_the_names_of_known_teams_pass_whatever_the_likely_case() -> None:
    simulator = PolicySimulator.of(policy(teams=("WattBot", "genomics")))
    for good in (
        "WattBot-DoeJohn-X",
        "wattbot-DoeJohn-X",
        "GENOMICS-DoeJohn-X",
        "Genomics-DoeJo-X",
    ):
        assert is_allowed(simulator, "NotebookInstance", good), good


def test_a_name_that_holds_a_word_may_carry_the_stamp_of_the_sdk() -> None:
    given = parse_policy('[rules.naming]\nmode = "enforce"\npatterns = ["{Purpose}-Job"]')
    simulator = PolicySimulator.of(given)
    for good in ("x-Job", "x-job", "x-Job-2026-11-23-12-00-00-123"):
        assert is_allowed(simulator, "TrainingJob", good), good
    assert is_allowed(simulator, "HyperParameterTuningJob", "a-very-long-base-nam-261123-1200")
    assert not is_allowed(simulator, "HyperParameterTuningJob", "a-short-one-261123-1200")
    assert not is_allowed(simulator, "TrainingJob", "x-job2")


EXEMPT = """
[[exemptions]]
names = ["genomics-*", "[ab]-big"]
why = "a paper"
by = "admin"
until = {until}
rules = ["instance-type"]
kinds = ["notebook-instance", "training-job"]
"""


@pytest.mark.parametrize(
    ("until", "passes"), [("2100-01-01T00:00:00Z", True), ("2002-01-01T00:00:00Z", False)]
)
def test_an_exempt_name_passes_until_its_day(until: str, passes: bool) -> None:  # noqa: FBT001
    simulator = PolicySimulator.of(policy(EXEMPT.format(until=until)))
    for name in ("genomics-DoeJohn-X", "Genomics-DoeJohn-X"):
        assert is_allowed(simulator, "NotebookInstance", name, InstanceType=BIG) is passes
    assert is_allowed(simulator, "TrainingJob", "a-big", ResourceConfig=machines(BIG)) is passes
    assert not is_allowed(simulator, "NotebookInstance", "genomics-DoeJohn-X", tags={})
    assert not is_allowed(simulator, "NotebookInstance", "sinkorswim-DoeJohn-X", InstanceType=BIG)


def test_a_list_of_names_lets_a_training_plan_be() -> None:
    """CreateTrainingJob is authorized on the plan that it uses, too."""
    named = parse_policy(
        '[rules.naming]\nmode = "enforce"\npatterns = ["{LastnameFirstname}-{Purpose}"]'
    )
    spared = policy(EXEMPT.format(until="2100-01-01T00:00:00Z"))
    asked = training("DoeJohn-X", Tags=tagged(**FULL), ResourceConfig=machines(BIG))
    for given in (named, spared):
        for kind in ("training-plan", "reserved-capacity"):
            assert PolicySimulator.of(given).allows_call("CreateTrainingJob", kind, "any", asked)
    assert not PolicySimulator.of(spared).allows_call(
        "CreateTrainingJob", "training-job", "DoeJohn-X", asked
    )


def test_of_two_exemptions_the_later_one_counts() -> None:
    over = EXEMPT.format(until="2002-01-01T00:00:00Z")
    both = over + EXEMPT.format(until="2100-01-01T00:00:00Z").replace("genomics-*", "genomics-Doe*")
    simulator = PolicySimulator.of(policy(both))
    assert is_allowed(simulator, "NotebookInstance", "genomics-DoeJohn-X", InstanceType=BIG)
    assert not is_allowed(simulator, "NotebookInstance", "genomics-RoeJane-X", InstanceType=BIG)


def test_an_exemption_that_has_ended_leaves_no_trace() -> None:
    ended = policy(EXEMPT.format(until="2000-12-31T00:00:00Z"))
    assert documents(guardrail(ended)) == documents(guardrail(policy()))


@pytest.mark.parametrize("mode", ["observe", "warn"])
def test_what_is_not_enforced_is_not_denied_unless_asked(mode: str) -> None:
    soft = parse_policy(f'mode = "{mode}"\n[rules.instance-type]\nallowed = ["ml.t3.*"]')
    assert guardrail(soft, stack="").policies == ()
    assert not is_allowed(
        PolicySimulator.of(soft, every_mode=True), "NotebookInstance", InstanceType=BIG
    )
    assert any(f"its mode is {mode}" in gap.why for gap in guardrail(soft).uncovered)


def test_the_policy_may_keep_the_door_open_for_some_kinds() -> None:
    given = parse_policy(
        'mode = "enforce"\n[rules.missing-tags]\nguardrail = { training-job = false }'
    )
    simulator = PolicySimulator.of(given)
    assert is_allowed(simulator, "TrainingJob", tags={})
    assert not is_allowed(simulator, "NotebookInstance", tags={})
    (said,) = [gap.why for gap in guardrail(given).uncovered if "allows these" in gap.why]
    assert said.endswith(": training job")


def test_a_list_of_no_types_denies_every_type() -> None:
    none = PolicySimulator.of(parse_policy('mode = "enforce"\n[rules.instance-type]\nallowed = []'))
    assert not is_allowed(none, "NotebookInstance")
    assert is_allowed(none, "TrainingJob", **SERVERLESS)


@pytest.mark.parametrize(
    ("action", "arn"),
    [
        ("lambda:DeleteFunction", "lambda:us-east-2:1:function:costguard-Watch-X"),
        ("lambda:InvokeFunction", "lambda:us-east-2:1:function:costguard-Enforce-X"),
        ("events:DisableRule", "events:us-east-2:1:rule/costguard-WatchCall-X"),
        ("scheduler:UpdateSchedule", "scheduler:us-east-2:1:schedule/default/costguard-Clock"),
        ("sqs:PurgeQueue", "sqs:us-east-2:1:costguard-StopQueue-X"),
        ("sns:Publish", "sns:us-east-2:1:costguard-AlertsTopic-X"),
        ("dynamodb:PutItem", "dynamodb:us-east-2:1:table/costguard-Ledger-X"),
        ("s3:DeleteObject", "s3:::costguard-reportbucket-x/day.html"),
        ("iam:PassRole", "iam::1:role/costguard-EnforceRole-X"),
        ("cloudwatch:DisableAlarmActions", "cloudwatch:us-east-2:1:alarm:costguard-NoSweep-X"),
        ("cloudformation:DeleteStack", "cloudformation:us-east-2:1:stack/costguard/x"),
        (
            "sagemaker:UpdateNotebookInstanceLifecycleConfig",
            "sagemaker:us-east-2:1:notebook-instance-lifecycle-config/costguard-heartbeat",
        ),
    ],
)
def test_the_guard_is_for_its_admins_only(action: str, arn: str) -> None:
    admin = "arn:aws:iam::123456789012:role/Admin"
    simulator = PolicySimulator.of(SHIPPED, Format.SCP, admins=("arn:aws:iam::*:role/Admin",))
    assert not simulator.allows(action, f"arn:aws:{arn}")
    for who in (admin, "arn:aws:iam::123456789012:role/costguard-WatchRole-X"):
        assert replace(simulator, principal=who).allows(action, f"arn:aws:{arn}")
    assert simulator.allows(action, f"arn:aws:{arn}".replace("costguard", "another"))


def test_reading_about_the_guard_stays_possible() -> None:
    simulator = PolicySimulator.of(SHIPPED)
    assert simulator.allows(
        "lambda:GetFunction", "arn:aws:lambda:us-east-2:1:function:costguard-Watch-X"
    )
    assert simulator.allows("iam:ListRoles")
    assert simulator.allows("s3:ListAllMyBuckets")


def test_a_bucket_is_found_under_its_lower_case_name() -> None:
    simulator = PolicySimulator.of(SHIPPED, stack="CostGuard-Prod")
    assert not simulator.allows(
        "s3:DeleteObject", "arn:aws:s3:::costguard-prod-reportbucket-x/day.html"
    )
    assert not simulator.allows(
        "sqs:PurgeQueue", "arn:aws:sqs:us-east-2:1:CostGuard-Prod-StopQueue-X"
    )
    assert simulator.allows("s3:DeleteObject", "arn:aws:s3:::costguard-reportbucket-x/day.html")


def test_its_queues_stay_connected() -> None:
    simulator, key = PolicySimulator.of(SHIPPED), "lambda:functionarn"
    ours, theirs = (f"arn:aws:lambda:r:1:function:{name}-X" for name in ("costguard-W", "other"))
    assert not simulator.allows("lambda:DeleteEventSourceMapping", **{key: ours})
    assert simulator.allows("lambda:DeleteEventSourceMapping", **{key: theirs})


def test_what_the_guard_does_not_judge_is_denied_only_on_demand() -> None:
    loose, tight = PolicySimulator.of(SHIPPED), PolicySimulator.of(SHIPPED, only_watched=True)
    warm: dict[str, Any] = {
        "ResourceConfig": machines("ml.m5.large") | {"KeepAlivePeriodInSeconds": 600}
    }
    for action in COVERAGE.unstoppable():
        assert loose.allows(action)
        assert not tight.allows(action)
    assert is_allowed(loose, "TrainingJob", **warm)
    assert not is_allowed(tight, "TrainingJob", **warm)
    assert is_allowed(tight, "TrainingJob")


@pytest.mark.parametrize("kind", ["app", "endpoint"])
def test_what_only_a_deletion_ends_is_denied_unless_the_stack_parks(kind: str) -> None:
    shut = PolicySimulator.of(SHIPPED, only_watched=True)
    open_ = PolicySimulator.of(SHIPPED, only_watched=True, parks=True)
    for create in KINDS[kind].events.creates:
        assert not shut.allows(f"sagemaker:{create}")
        assert open_.allows(f"sagemaker:{create}")
    for action in COVERAGE.unstoppable(parks=True):
        assert not open_.allows(action)
    assert shut.allows(f"sagemaker:{KINDS[kind].api.stop.operation}")  # type: ignore[union-attr]


def test_every_action_named_is_one_that_aws_has() -> None:
    made = guardrail(SHIPPED, only_watched=True)
    listed = [s["Action"] for d in documents(made) for s in d["Statement"] if "Action" in s]
    actions = {a for each in listed for a in ([each] if isinstance(each, str) else each)}
    service = botocore.session.get_session().get_service_model("sagemaker")
    ours = {a.split(":")[1] for a in actions if a.startswith("sagemaker")}
    assert len(ours) > 20
    known = {row.operation for row in COVERAGE.listed(*Coverage)}  # the pinned model is newer
    known |= {*service.operation_names}
    assert [each for each in ours if not fnmatch.filter(known, each)] == []


def test_what_the_guardrail_leaves_open_is_said_by_name() -> None:
    told = {gap.why for gap in guardrail(SHIPPED).uncovered if gap.about == "kinds"}
    for row in COVERAGE.listed(Coverage.TOLD, Coverage.DENIED):
        assert any(row.operation in why for why in told)
    assert not any(g.about == "kinds" for g in guardrail(SHIPPED, only_watched=True).uncovered)


JANES, JOES = ({"aws:resourcetag/owner": name} for name in ("jane", "joe"))


@pytest.mark.parametrize(
    "action",
    [
        *("CreatePresignedNotebookInstanceUrl", "StopNotebookInstance", "DeleteNotebookInstance"),
        *("StartNotebookInstance", "UpdateNotebookInstance", "AddTags"),
    ],
)
def test_a_notebook_is_for_its_owner_where_people_are_tagged(action: str) -> None:
    arn = "arn:aws:sagemaker:us-east-2:123456789012:notebook-instance/x"
    shut = PolicySimulator.of(SHIPPED, owner_tag="Owner", stack="")
    jane = replace(shut, principal_tags={"Owner": "jane"})
    for who, tags, passes in (
        (jane, JANES, True),
        (jane, JOES, False),
        (jane, {}, True),  # a notebook without the tag is nobody's
        (shut, JOES, True),  # as is said: a principal without it passes
    ):
        assert who.allows(f"sagemaker:{action}", arn, **tags) is passes
    assert jane.allows("sagemaker:StopTrainingJob", arn.replace("notebook-instance", "x"), **JOES)


def test_a_notebook_cannot_be_given_away_or_made_in_anothers_name() -> None:
    shut = PolicySimulator.of(parse_policy("[rules]"), owner_tag="Owner", stack="")
    jane, kind = replace(shut, principal_tags={"Owner": "jane"}), "notebook-instance"
    create = {"Tags": tagged(Owner="jane")}
    assert jane.allows_call("CreateNotebookInstance", kind, "x", create)
    assert not jane.allows_call("CreateNotebookInstance", kind, "x", {"Tags": tagged(Owner="joe")})
    assert not jane.allows_call("CreateNotebookInstance", kind, "x", {})
    assert jane.allows_call("AddTags", kind, "x", {"Tags": tagged(Note="mine")})
    assert not jane.allows_call("AddTags", kind, "x", {"Tags": tagged(Owner="joe")})
    assert not jane.allows_call("DeleteTags", kind, "x", {"TagKeys": ["Owner"]})
    assert jane.allows_call("DeleteTags", kind, "x", {"TagKeys": ["Note"]})


@pytest.mark.parametrize("format_", Format)
def test_every_policy_fits_and_has_a_name_that_iam_takes(format_: Format) -> None:
    teams = replace(SHIPPED, teams=("wattbot", "lab"))
    made = guardrail(teams, format_, only_watched=True)
    assert made.policies
    for each in made.policies:
        assert each.characters <= format_.limit
        assert re.fullmatch(r"[\w+=,.@-]{1,128}", each.name, re.ASCII)
        sids = [s["Sid"] for s in each.document["Statement"]]
        assert len(sids) == len(set(sids))
        assert all(sid.isalnum() for sid in sids)


def test_a_policy_is_named_for_what_it_denies_since_aws_shows_its_arn() -> None:
    assert [each.name for each in guardrail(SHIPPED).policies] == [
        "costguard-instance-type-is-not-allowed",
        "costguard-needs-tags-Project-Name-Purpose-ModelSize",
        "costguard-name-it-Team-LastnameFirstname-Purpose",
        "costguard-set-MaxRuntimeInSeconds-to-at-most-86400",
        "costguard-is-for-the-admins-only",
    ]


BREAKS: dict[str, tuple[str, dict[str, Any]]] = {
    "instance-type": ("NotebookInstance", {"InstanceType": BIG}),
    "missing-tags": ("NotebookInstance", {"tags": TAGS}),
    "naming": ("NotebookInstance", {"name": "mine"}),
    "long-running": ("TrainingJob", {"StoppingCondition": {"MaxRuntimeInSeconds": 2 * 86400}}),
}


@pytest.mark.parametrize("rule", BREAKS)
def test_it_is_the_policy_named_for_the_rule_that_denies(rule: str) -> None:
    prefix, asked = BREAKS[rule]
    for each in guardrail(SHIPPED).policies:
        simulator = PolicySimulator(({"Statement": ALL}, each.document))
        assert is_allowed(simulator, prefix, **asked) is (each.rules != (rule,))


def many_tags(count: int) -> Policy:
    keys = tuple(f"Key{i:03}" for i in range(count))
    return with_rule(policy(), "missing-tags", required=for_all(keys))


@pytest.mark.parametrize("format_", [Format.IAM, Format.SCP])
def test_what_is_split_denies_as_before(format_: Format) -> None:
    made = guardrail(many_tags(24), format_, stack="")
    assert len(made.policies) > 2
    simulator = PolicySimulator(({"Statement": ALL}, *documents(made)))
    tags = {f"Key{i:03}": "x" for i in range(24)}
    assert is_allowed(simulator, "TrainingJob", tags=tags)
    for key in tags:
        assert not is_allowed(
            simulator, "TrainingJob", tags={k: v for k, v in tags.items() if k != key}
        )


def test_a_boundary_allows_all_else_and_grants_nothing() -> None:
    (only,) = documents(guardrail(SHIPPED, Format.BOUNDARY))
    assert only["Statement"][0] == {"Sid": "TheRest", **ALL}
    assert PolicySimulator((only,)).allows("s3:GetObject", "arn:aws:s3:::anything")
    assert not is_allowed(PolicySimulator((only,)), "NotebookInstance", InstanceType=BIG)


def test_iam_and_scps_only_deny() -> None:
    for format_ in (Format.IAM, Format.SCP):
        for each in documents(guardrail(SHIPPED, format_)):
            assert {s["Effect"] for s in each["Statement"]} == {"Deny"}
            assert not any("Principal" in s for s in each["Statement"])


def test_what_does_not_fit_says_what_to_leave_out() -> None:
    with pytest.raises(TooLargeError, match=r"--without missing-tags \(\d+\), --without"):
        guardrail(many_tags(40), Format.BOUNDARY)
    with pytest.raises(TooLargeError, match="policies, and 4 can be attached"):
        guardrail(many_tags(120), Format.SCP)
    crowd = policy(teams=tuple(f"team{i}" for i in range(60)))
    with pytest.raises(TooLargeError, match="naming: the statement NameNotebookInstance alone"):
        guardrail(crowd)
    assert guardrail(crowd, without=("naming",)).policies


def test_a_size_is_that_of_json_without_white_space() -> None:
    assert size({"a": ["ä", 1]}) == len('{"a":["ä",1]}'.encode())


def test_what_is_left_out_is_said() -> None:
    made = guardrail(SHIPPED, without=("naming",))
    assert [g.why for g in made.uncovered if g.about == "naming"] == [
        "left to the guard by --without"
    ]
    assert not any(g.about == "naming" for g in made.stricter)
    off = guardrail(replace(SHIPPED, rules={}))
    assert off.stricter == ()
    assert {g.about for g in off.uncovered if "does not have" in g.why} == set(SHIPPED.rules)


def test_what_can_be_left_out_is_what_is_written() -> None:
    made = guardrail(SHIPPED, only_watched=True, owner_tag="Owner").policies
    assert [rule for each in made for rule in each.rules] == [*PARTS]


def test_of_every_rule_it_is_said_what_iam_cannot_express() -> None:
    assert RULES.keys() <= {gap.about for gap in guardrail(SHIPPED).uncovered}


def test_exempt_names_are_said_to_be_compared_with_case() -> None:
    exempted = guardrail(policy(EXEMPT.format(until="2100-01-01T00:00:00Z")))
    assert "exemptions" in {gap.about for gap in exempted.stricter}


@pytest.mark.parametrize(
    ("format_", "whom", "said"),
    [
        (Format.IAM, Target.ROLE, "aws iam attach-role-policy --role-name ml-sagemaker-use "),
        (Format.IAM, Target.PEOPLE, "aws iam attach-group-policy --group-name ml-sagemaker-use "),
        (Format.BOUNDARY, Target.ROLE, "aws iam put-role-permissions-boundary --role-name "),
        (Format.BOUNDARY, Target.PEOPLE, "aws iam put-user-permissions-boundary --user-name "),
        (Format.SCP, Target.ROLE, "aws organizations attach-policy "),
    ],
)
def test_the_commands_that_attach_it_are_given(format_: Format, whom: Target, said: str) -> None:
    lines = list(commands(guardrail(SHIPPED, format_), format_, whom, "ml-sagemaker-use", "out"))
    assert any(line.startswith(said) for line in lines)
    assert any("file://out/costguard-" in line for line in lines)


def test_a_kind_without_patterns_may_have_any_name() -> None:
    free = with_rule(policy(), "naming", patterns=PerKind({"notebook-instance": ()}))
    assert is_allowed(PolicySimulator.of(free), "NotebookInstance", "x")


def _kind(operation: str) -> tuple[str, str]:
    kind = next(kind for kind in KINDS.values() if operation in kind.events.creates)
    return kind.name, kind.identity.parts[0]


def test_tags_asked_of_jobs_would_deny_exactly_the_lessons_without_tags() -> None:
    given = SHIPPED.rules["missing-tags"]
    shut = replace(given, overrides=replace(given.overrides, guardrail=for_all(value=True)))
    strict = PolicySimulator.of(replace(SHIPPED, rules={**SHIPPED.rules, "missing-tags": shut}))
    for lesson, operation, asked in LESSONS:
        kind, field = _kind(operation)
        passes = strict.allows_call(operation, kind, asked[field], asked)
        assert passes is ("Tags" in asked), lesson


def test_what_the_policy_does_not_ask_of_a_kind_is_not_denied() -> None:
    only = PolicySimulator.of(
        parse_policy(
            'mode = "enforce"\n[rules.missing-tags]\nrequired = { training-job = ["Name"] }\n'
            '[rules.long-running]\nlimit = { training-job = "8h" }\n'
            '[rules.instance-type]\nallowed = { training-job = ["ml.t3.*"] }\n'
        )
    )
    assert is_allowed(
        only, "ProcessingJob", tags={}, ProcessingResources={"ClusterConfig": machines(BIG)}
    )
    assert only.allows_call("DeleteTags", "processing-job", "x", {"TagKeys": ["Name"]})
    assert not only.allows_call("DeleteTags", "training-job", "x", {"TagKeys": ["Name"]})
