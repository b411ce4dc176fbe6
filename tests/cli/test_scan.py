"""A scan of a whole account: the number of calls, and resources that cannot be read."""

from collections import Counter
from copy import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from costguard.policy.model import AccountLimits, Mode, RuleSettings
from costguard.resources.model import ResourceStatus
from costguard.resources.per_kind import PerKind
from costguard.resources.registry import KINDS
from costguard.resources.unwatched import TOO_NEW, UNWATCHED_KINDS
from costguard.rules import RULES
from costguard_cli.analysis.assessment import Assessment, AssessmentOutcome
from costguard_cli.analysis.context import AnalysisContext
from costguard_cli.analysis.next_step import next_step
from costguard_cli.analysis.scan import scan
from costguard_cli.aws.session import ReadOnlySession
from costguard_cli.aws.stack import Stack
from costguard_cli.commands.audit import exit_code
from costguard_cli.views import audit as audit_view
from tests.cli.command import fake_session, printed
from tests.factories import GOOD_TAGS, arn, at, policy, with_rule
from tests.integration.aws import description, refusal, summary

PAGE = 100
NO_ROWS: dict[str, dict[str, Any]] = {  # what it has none of
    "ListDomains": {"Domains": []},
    **{each.list.operation: {each.list.rows: []} for each in UNWATCHED_KINDS},
    **{kind.api.lists[0]: {} for kind in KINDS.values() if kind.api.list.parents},
}
TAGS = [{"Key": k, "Value": v} for k, v in GOOD_TAGS.items()]
BASIS = AnalysisContext(policy=policy(), source="a test")


class Account:
    """Holds so many of each kind, and refuses what it is told to."""

    def __init__(self, numbers: dict[str, int], refused: dict[str, str] | None = None) -> None:
        self.names = {kind: [f"DoeJohn-N{i}" for i in range(n)] for kind, n in numbers.items()}
        self.refused = refused or {}
        self.at = fake_session(
            {
                "sagemaker": self.sagemaker,
                "resourcegroupstaggingapi": self.tagging,
                "cloudwatch": lambda *_: {"MetricDataResults": []},
            }
        )

    def _may(self, operation: str) -> None:
        if code := self.refused.get(operation):
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

    def sagemaker(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        self._may(operation)
        if operation == "ListTags":
            return {"Tags": TAGS}
        if operation in NO_ROWS:
            return NO_ROWS[operation]
        kind = next(
            k for k in KINDS.values() if operation in (k.api.list.operation, k.api.describe)
        )
        if operation.startswith("Describe"):
            return self._described(kind.name, str(kind.identity.name_in(asked)))
        if kind.is_job and "StatusEquals" not in asked:
            return {kind.api.list.rows: []}  # jobs that have ended
        return self._page(
            asked, kind.api.list.rows, [self._row(kind.name, n) for n in self.of(kind.name)]
        )

    def of(self, kind: str) -> list[str]:
        return self.names.get(kind, [])

    def _row(self, kind: str, name: str) -> dict[str, Any]:
        more = {"InstanceType": "ml.t3.medium", "LastModifiedTime": at(0)}
        return summary(kind, name) | (more if kind == "notebook-instance" else {})

    def _described(self, kind: str, name: str) -> dict[str, Any]:
        return description(kind, name)

    def tagging(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        self._may(operation)
        listed = [(kind, name) for kind, names in self.names.items() for name in names]
        rows = [{"ResourceARN": arn(kind, name), "Tags": TAGS} for kind, name in listed]
        return self._page(asked, "ResourceTagMappingList", rows, "PaginationToken")

    def _page(
        self, asked: dict[str, Any], member: str, rows: list[Any], mark: str = "NextToken"
    ) -> dict[str, Any]:
        begin = int(asked.get(mark) or 0)
        more = {mark: str(begin + PAGE)} if begin + PAGE < len(rows) else {}
        return {member: rows[begin : begin + PAGE], **more}

    def look(self) -> Assessment:
        return scan(self.at, BASIS, now=at(0.5))


def pages(number: int) -> int:
    return max(1, -(-number // PAGE))


def test_of_a_hub_it_says_that_its_spokes_are_not_looked_at() -> None:
    stack = Stack(
        name="costguard",
        status="CREATE_COMPLETE",
        outputs={},
        parameters={"Spokes": "222233334444/eu-west-1,333344445555/us-west-2"},
        created=at(0),
        changed=at(0),
    )
    (note,) = scan(Account({}).at, replace(BASIS, stack=stack), now=at(0.5)).notes
    assert "also guards 2 places besides its own" in note


def test_without_a_stack_the_table_of_the_account_is_its_ceiling_too() -> None:
    account = Account({"training-job": 1})
    session = fake_session(
        {
            "sagemaker": account.sagemaker,
            "resourcegroupstaggingapi": account.tagging,
            "cloudwatch": lambda *_: {"MetricDataResults": []},
            "sts": lambda *_: {"Account": "123456789012"},
        }
    )
    strict = with_rule(policy(), "instance-type", allowed=PerKind({"*": ("ml.t3.medium",)}))
    rules = replace(strict, accounts={"123456789012": AccountLimits(mode=Mode.WARN)})
    outcomes = [
        [row.outcome for row in scan(session, replace(BASIS, policy=each), now=at(0.5)).rows]
        for each in (strict, rules)
    ]
    assert outcomes[0] != outcomes[1]


def test_two_thousand_resources_take_their_pages_and_one_look_at_each_job() -> None:
    numbers = {"notebook-instance": 1400, "training-job": 450, "processing-job": 150}
    account = Account(numbers)
    survey = account.look()
    run = [kind.name for kind in KINDS.values() if kind.lifecycle.running]
    lists = sum(pages(numbers.get(kind, 0)) for kind in run)
    calls = account.at.calls
    assert len(survey.rows) == 2000
    assert calls["ListTags"] == 450  # as a sweep asks where tags could change what is not known
    told = {call for each in UNWATCHED_KINDS for call in each.lists} & calls.keys()
    told |= {"ListDomains"}
    assert {calls[operation] for operation in told} == {1}
    categories = calls["ListJobs"] - 1  # each is listed by itself
    others = calls.total() - calls["ListTags"] - len(told) - categories
    assert others == lists + pages(2000) + 450 + 150
    assert {name for name in calls if name.startswith("Describe")} == {
        "DescribeTrainingJob",
        "DescribeProcessingJob",
    }


def test_a_list_that_is_denied_is_not_clean() -> None:
    survey = Account(
        {"notebook-instance": 1}, {"ListTransformJobs": "AccessDeniedException"}
    ).look()
    [unseen] = survey.unseen
    assert (unseen.what, unseen.why) == ("any transform job (ListTransformJobs)", "denied")
    assert exit_code([replace(survey, rows=())]) == 2


def test_what_is_only_told_of_and_may_not_be_listed_is_not_clean() -> None:
    survey = Account({"notebook-instance": 1}, {"ListClusters": "AccessDeniedException"}).look()
    [unseen] = survey.unseen
    assert (unseen.what, unseen.why) == ("any HyperPod cluster", "AccessDeniedException")
    assert survey.unwatched
    assert survey.unwatched.unread["inference router"] == TOO_NEW


def test_a_description_that_is_denied_is_said_once_for_all() -> None:
    denied = {"DescribeTrainingJob": "AccessDeniedException"}
    [unseen] = Account({"training-job": 3}, denied).look().unseen
    assert (unseen.what, unseen.times) == ("one training job (DescribeTrainingJob)", 3)


def test_tags_that_are_denied_leave_the_question_open() -> None:
    denied = dict.fromkeys(("GetResources", "ListTags"), "AccessDeniedException")
    survey = Account({"notebook-instance": 2}, denied).look()
    assert {row.outcome for row in survey.rows} == {AssessmentOutcome.CANNOT_TELL}
    asked = [(unseen.what, unseen.times) for unseen in survey.unseen]
    assert asked == [("tags (GetResources)", 1), ("tags (ListTags)", 2)]


def test_tags_that_the_index_may_not_tell_are_read_one_by_one_as_the_sweep_does() -> None:
    survey = Account({"notebook-instance": 2}, {"GetResources": "AccessDeniedException"}).look()
    assert {row.outcome for row in survey.rows} == {AssessmentOutcome.FINE}
    assert [unseen.what for unseen in survey.unseen] == ["tags (GetResources)"]


def test_a_throttled_call_is_said_so() -> None:
    survey = Account({}, {"ListTrainingJobs": "ThrottlingException"}).look()
    assert survey.unseen[0].why == "throttled"


def test_expired_credentials_are_the_end_of_it() -> None:
    with pytest.raises(ClientError):
        Account({}, {"ListTrainingJobs": "ExpiredTokenException"}).look()


def test_what_runs_well_is_fine() -> None:
    survey = Account({"notebook-instance": 1}).look()
    assert [row.outcome for row in survey.rows] == [AssessmentOutcome.FINE]
    assert (survey.rows[0].resource.status, exit_code([survey])) == (ResourceStatus.RUNNING, 0)


def test_a_notebook_whose_jupyter_only_the_sweep_may_ask_is_said_to_be_not_asked() -> None:
    rules = replace(BASIS.policy, rules={"idle": RuleSettings(options=RULES["idle"].options)})
    account = Account({"notebook-instance": 1})
    survey = scan(account.at, replace(BASIS, policy=rules), now=at(3))
    [row] = survey.rows
    assert row.outcome is AssessmentOutcome.NOT_ASKED
    said = next_step(row, rules, at(3))
    assert "The sweep asks it" in said
    assert said.endswith(
        "It reaches its maximum age on Mon 23 Nov 2026 20:00 CST."
    )  # twelve hours after its start
    shown = printed(lambda console: audit_view.show(console, [survey], {}, every=True), 140)
    assert "1 notebook not asked: only the sweep asks Jupyter" in " ".join(shown.split())


def test_no_call_but_one_that_reads_can_be_made() -> None:
    session = fake_session({"sagemaker": lambda *_: {}})
    with pytest.raises(AssertionError, match="StopNotebookInstance"):
        session.client("sagemaker").stop_notebook_instance(NotebookInstanceName="x")
    assert session.calls == Counter()


def test_a_client_is_made_once() -> None:
    session: ReadOnlySession = fake_session({"sagemaker": lambda *_: {}})
    assert session.client("sagemaker") is session.client("sagemaker")


def test_the_mode_is_no_more_than_the_ceiling() -> None:
    judged = replace(BASIS, policy=policy(mode=Mode.OBSERVE))
    account = Account({"notebook-instance": 1})
    account.names["notebook-instance"] = ["nobodys"]
    [row] = scan(account.at, judged, now=at(0.5)).rows
    assert row.outcome is AssessmentOutcome.OBSERVE


def test_a_refusal_of_another_sort_is_named_by_its_code() -> None:
    assert refusal("InternalFailure").response["Error"]["Code"] == "InternalFailure"
    survey = Account({}, {"ListTrainingJobs": "InternalFailure"}).look()
    assert survey.unseen[0].why == "InternalFailure"
