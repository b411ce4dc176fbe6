"""What is only told of, as AWS answers it; each call is in the model that the layer ships."""

from copy import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from costguard.adapters.dynamodb.unwatched import DynamoDbUnwatched
from costguard.adapters.sagemaker.unwatched import SageMakerUnwatched, SpokeUnwatched
from costguard.resources.model import InstanceGroup
from costguard.resources.unwatched import LONGEST_LIST, TOO_NEW, UNWATCHED_KINDS, UnwatchedList
from tests.contract.test_kinds import members, model, operation
from tests.factories import at
from tests.integration.aws import answering, refusal, smallest_answer

P5 = "ml.p5.48xlarge"
ARN = "arn:aws:sagemaker:us-east-2:123456789012:cluster/abcdefghijkl"
CLUSTER = {"ClusterArn": ARN, "ClusterName": "lab", "ClusterStatus": "InService"}
ADDED_LATER = {"CompletedWithFailures"}  # older SDKs lack it
NEWER = {kind.title for kind in UNWATCHED_KINDS if kind.too_new}


class Cloud:
    """Answers for one cluster, and the smallest answers to all else."""

    def __init__(self, **answers: Any) -> None:
        rows = {"ClusterSummaries": [CLUSTER | {"CreationTime": at(0)}]}
        group = {"InstanceGroupName": "a", "InstanceType": P5, "CurrentCount": 8}
        described = CLUSTER | {"InstanceGroups": [group]}
        self.answers = {"ListClusters": rows, "DescribeCluster": described} | answers

    def answer(self, name: str, _asked: dict[str, Any]) -> dict[str, Any]:
        found: Any = self.answers.get(name) or smallest_answer(name)
        if isinstance(found, Exception):
            raise found
        return dict(found)

    def look(self) -> Any:
        return SageMakerUnwatched(answering("sagemaker", self.answer)).unwatched()


def test_a_cluster_is_listed_with_what_it_runs() -> None:
    [lab], unread = Cloud().look()
    assert (lab.kind, lab.name, lab.status) == ("HyperPod cluster", "lab", "InService")
    assert lab.groups == (InstanceGroup(P5, 8),)
    assert unread == dict.fromkeys(NEWER, TOO_NEW)


def test_a_kind_that_may_not_be_read_is_said_and_the_rest_is_read() -> None:
    denied = refusal("AccessDeniedException")
    [lab], unread = Cloud(ListTrainingPlans=denied).look()
    assert lab.name == "lab"
    assert unread["training plan"] == "AccessDeniedException"


def test_what_is_gone_by_then_is_left_out() -> None:
    assert Cloud(DescribeCluster=refusal("ResourceNotFound")).look()[0] == ()


def test_a_description_that_is_denied_is_said() -> None:
    found, unread = Cloud(DescribeCluster=refusal("AccessDeniedException")).look()
    assert found == ()
    assert unread["HyperPod cluster"] == "AccessDeniedException"


def test_what_costs_nothing_any_more_is_left_out() -> None:
    plan = {"TrainingPlanArn": "arn", "TrainingPlanName": "old", "Status": "Expired"}
    assert len(Cloud(ListTrainingPlans={"TrainingPlanSummaries": [plan]}).look()[0]) == 1


def test_a_list_that_is_too_long_is_cut_and_said_to_be() -> None:
    many = {"ClusterSummaries": [CLUSTER | {"CreationTime": at(0)}] * (LONGEST_LIST + 5)}
    found, unread = Cloud(ListClusters=many).look()
    assert len(found) == LONGEST_LIST
    assert unread["HyperPod cluster"] == f"there are more than {LONGEST_LIST}"


@pytest.mark.parametrize("kind", UNWATCHED_KINDS, ids=lambda kind: kind.title)
def test_what_it_says_of_aws_is_in_the_model(kind: Any) -> None:
    known = kind.list.operation in model().operation_names
    assert known is not kind.too_new  # an SDK that knows it lets it be looked at
    if not known:
        return
    rows = members(operation(kind.list.operation).output_shape)[kind.list.rows]
    row = members(rows.member)  # type: ignore[attr-defined]  # a list, as all of them are
    assert {kind.name, *filter(None, [kind.status, kind.described_by])} <= row.keys()
    if kind.status:
        words = row[kind.status].enum  # type: ignore[attr-defined]  # a text
        assert set(kind.ended) - ADDED_LATER <= set(words)
    if kind.describe:
        assert operation(kind.describe).input_shape.required_members == [kind.argument]


def test_what_was_seen_is_kept_as_json_and_read_back() -> None:
    rows: dict[tuple[str, str], Any] = {}

    class Table:
        def get(self, pk: str, sk: str) -> Any:
            return rows.get((pk, sk))

        def put(self, row: Any) -> None:
            rows[row["pk"], row["sk"]] = row

    ledger = DynamoDbUnwatched(Table())  # type: ignore[arg-type]  # two of its calls
    assert ledger.last_unwatched() is None
    found, unread = Cloud().look()
    seen = UnwatchedList(time=at(0), region="us-east-2", found=found, unread=unread)
    ledger.keep_unwatched(seen)
    assert ledger.last_unwatched() == seen
    there = "222233334444/eu-west-1"
    assert ledger.last_unwatched(there) is None
    ledger.keep_unwatched(replace(seen, found=()), there)
    assert ledger.last_unwatched() == seen
    assert ledger.last_unwatched(there) == replace(seen, found=())
    rows["note", "unwatched"]["list"] = "{"
    assert ledger.last_unwatched() is None


def test_any_other_error_of_aws_is_one_of_that_kind() -> None:
    throttled = ClientError({"Error": {"Code": "ThrottlingException"}}, "ListClusters")
    found, unread = Cloud(ListClusters=throttled).look()
    assert (found, unread["HyperPod cluster"]) == ((), "ThrottlingException")


def test_a_place_whose_role_is_refused_says_so_of_each_kind() -> None:
    def refused() -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "AssumeRole")

    found, unread = SpokeUnwatched(refused).unwatched()
    assert (found, set(unread.values())) == ((), {"AccessDenied"})
    assert unread.keys() == {kind.title for kind in UNWATCHED_KINDS}
    client = answering("sagemaker", lambda operation, _: smallest_answer(operation))
    assert SpokeUnwatched(lambda: client).unwatched()[1].keys() == NEWER
