"""Before a deletion: what must be there, what must not, and the line that is gentler."""

from copy import deepcopy
from typing import Any

import pytest
from botocore.exceptions import ClientError

from costguard.adapters.sagemaker.deletion import SageMakerDeleter
from costguard.adapters.sagemaker.inventory import SageMakerInventory
from costguard.common.errors import GuardError, StopRefusedError
from costguard.resources.deletion import DeletionCheck
from costguard.resources.kinds.app import KIND as APP
from costguard.resources.kinds.endpoint import KIND as ENDPOINT
from costguard.resources.model import Resource
from tests.factories import at, resource
from tests.integration.aws import answering, refusal, refuse, scripted

PREFIX = "arn:aws:sagemaker:us-east-2:123456789012:"
TIMES = {"CreationTime": at(0), "LastModifiedTime": at(1)}
VARIANT = {"VariantName": "AllTraffic", "ModelName": "churn-1", "InstanceType": "ml.g5.xlarge"}
SHADOW = {"VariantName": "new", "ModelName": "churn-2", "InstanceType": "ml.g5.xlarge"}
CHURN = resource("endpoint", "Churn", source="churn-2")
COMPONENT = {
    "InferenceComponentName": "a",
    "InferenceComponentArn": f"{PREFIX}inference-component/a",
    "EndpointName": "Churn",
    "EndpointArn": f"{PREFIX}endpoint/churn",
    "VariantName": "AllTraffic",
    **TIMES,
}
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    "MinCapacity": 1,
    "MaxCapacity": 4,
    "RoleARN": "arn:aws:iam::123456789012:role/x",
    "CreationTime": at(0),
}
SCHEDULE = {
    "MonitoringScheduleName": "nightly",
    "MonitoringScheduleArn": f"{PREFIX}monitoring-schedule/nightly",
    "MonitoringScheduleStatus": "Stopped",
    "EndpointName": "Churn",
    **TIMES,
}


class Hosting:
    """An endpoint that nothing hinders, and what may."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {
            "DescribeEndpoint": {
                "EndpointName": "Churn",
                "EndpointArn": f"{PREFIX}endpoint/churn",
                "EndpointConfigName": "churn-2",
                "EndpointStatus": "InService",
                "ProductionVariants": [{"VariantName": "AllTraffic", "CurrentInstanceCount": 1}],
                **TIMES,
            },
            "DescribeEndpointConfig": {
                "EndpointConfigName": "churn-2",
                "EndpointConfigArn": f"{PREFIX}endpoint-config/churn-2",
                "ProductionVariants": [VARIANT],
                "ShadowProductionVariants": [SHADOW],
                "CreationTime": at(0),
            },
            "DescribeModel": {
                "ModelName": "churn-1",
                "ModelArn": f"{PREFIX}model/churn-1",
                "CreationTime": at(0),
            },
            "DescribeInferenceComponent": COMPONENT
            | {"InferenceComponentStatus": "InService", "RuntimeConfig": {"DesiredCopyCount": 2}},
            "ListInferenceComponents": {"InferenceComponents": []},
            "ListMonitoringSchedules": {"MonitoringScheduleSummaries": []},
            "DescribeScalableTargets": {"ScalableTargets": []},
        }
        self.asked: list[tuple[str, Any]] = []

    def answer(self, operation: str, asked: Any) -> Any:
        self.asked.append((operation, asked))
        found = self.answers[operation]
        if isinstance(found, Exception):
            raise found
        return deepcopy(found)

    def check(self, of: Resource = CHURN) -> DeletionCheck:
        inventory = SageMakerInventory(
            answering("sagemaker", self.answer),
            lambda: answering("resourcegroupstaggingapi", self.answer),
            lambda: answering("application-autoscaling", self.answer),
            {"endpoint": ENDPOINT, "app": APP},
        )
        return inventory.check_deletion(of, at(2))


@pytest.fixture
def hosting() -> Hosting:
    return Hosting()


def test_nothing_hinders_what_all_of_which_is_there(hosting: Hosting) -> None:
    assert hosting.check() == DeletionCheck(at(2))
    models = [asked["ModelName"] for name, asked in hosting.asked if name == "DescribeModel"]
    assert models == ["churn-1", "churn-2"]  # a shadow is made of one, too


def test_each_thing_that_is_asked_for_is_asked_once(hosting: Hosting) -> None:
    hosting.check()
    asked = [(name, str(told)) for name, told in hosting.asked if name != "DescribeEndpointConfig"]
    assert len(set(asked)) == len(asked)


SAME = "; its instances cost the same without copies"
GONE = refusal("ValidationException", "Could not find it")


@pytest.mark.parametrize(
    ("operation", "answer", "said"),
    [
        (
            "DescribeEndpointConfig",
            GONE,
            ("its configuration churn-2 does not exist any more",),
        ),
        (
            "DescribeModel",
            GONE,
            (
                "its model churn-1 does not exist any more",
                "its model churn-2 does not exist any more",
            ),
        ),
        (
            "ListInferenceComponents",
            {"InferenceComponents": [COMPONENT]},
            ("there is 1 inference component on it: a (2 copies)" + SAME,),
        ),
        (
            "DescribeScalableTargets",
            {"ScalableTargets": [TARGET | {"ResourceId": "endpoint/churn/variant/AllTraffic"}]},
            ("there is Application Auto Scaling, which would forget it",),
        ),
        (
            "ListMonitoringSchedules",
            {"MonitoringScheduleSummaries": [SCHEDULE]},
            ("there is 1 monitoring schedule of it: nightly",),
        ),
    ],
)
def test_each_obstacle_is_named(
    hosting: Hosting, operation: str, answer: Any, said: tuple[str, ...]
) -> None:
    hosting.answers[operation] = answer
    assert hosting.check().obstacles == said
    assert hosting.check().lost is (answer is GONE)


def test_no_page_is_longer_than_its_service_takes(hosting: Hosting) -> None:
    hosting.check()
    sizes = {name: asked["MaxResults"] for name, asked in hosting.asked if "MaxResults" in asked}
    assert sizes == {
        "ListInferenceComponents": 100,
        "DescribeScalableTargets": 50,
        "ListMonitoringSchedules": 100,
    }


def test_the_scaling_of_another_endpoint_hinders_nothing(hosting: Hosting) -> None:
    other = TARGET | {"ResourceId": "endpoint/Churn-2/variant/AllTraffic"}
    hosting.answers["DescribeScalableTargets"] = {"ScalableTargets": [other]}
    assert hosting.check().obstacles == ()


@pytest.mark.parametrize(
    "operation",
    [
        "DescribeEndpointConfig",
        "DescribeModel",
        "ListInferenceComponents",
        "DescribeScalableTargets",
        "ListMonitoringSchedules",
    ],
)
def test_what_may_not_be_read_is_no_answer(hosting: Hosting, operation: str) -> None:
    hosting.answers[operation] = refusal("AccessDeniedException")
    with pytest.raises(ClientError):
        hosting.check()


def test_a_component_without_copies_is_named_and_needs_no_line(hosting: Hosting) -> None:
    hosting.answers["ListInferenceComponents"] = {"InferenceComponents": [COMPONENT]}
    hosting.answers["DescribeInferenceComponent"]["RuntimeConfig"] = {"DesiredCopyCount": 0}
    found = hosting.check()
    assert (found.obstacles, found.gentler) == (
        ("there is 1 inference component on it: a (0 copies)" + SAME,),
        (),
    )


def test_a_component_that_has_just_gone_still_hinders(hosting: Hosting) -> None:
    hosting.answers["ListInferenceComponents"] = {"InferenceComponents": [COMPONENT]}
    hosting.answers["DescribeInferenceComponent"] = GONE
    assert hosting.check().obstacles == (
        "there is 1 inference component on it: a (0 copies)" + SAME,
    )


def test_what_is_gentler_is_a_line_that_a_shell_takes(hosting: Hosting) -> None:
    hosting.answers["ListInferenceComponents"] = {"InferenceComponents": [COMPONENT]}
    hosting.answers["DescribeEndpoint"]["ProductionVariants"] = [
        {"VariantName": "AllTraffic", "CurrentInstanceCount": 4},
        {"VariantName": "small", "CurrentInstanceCount": 1},
    ]
    one = "--desired-weights-and-capacities VariantName=AllTraffic,DesiredInstanceCount=1"
    calls = ("update-endpoint-weights-and-capacities", "update-inference-component-runtime-config")
    resize, pause = (f"aws sagemaker {each} --region us-east-2" for each in calls)
    assert hosting.check().gentler == (
        f"{resize} --endpoint-name Churn {one}",
        f"{pause} --inference-component-name a --desired-runtime-config CopyCount=0",
    )


def test_of_what_is_gone_nothing_is_said(hosting: Hosting) -> None:
    hosting.answers["DescribeEndpoint"] = GONE
    assert hosting.check() == DeletionCheck(at(2))


def test_an_app_is_asked_for_nothing_more_than_itself(hosting: Hosting) -> None:
    row = {"DomainId": "d-1", "UserProfileName": "jane", "AppType": "JupyterLab"}
    hosting.answers["DescribeApp"] = row | {"AppName": "default", "Status": "InService"}
    app = Resource(arn=f"{PREFIX}app/x", kind="app", name="d-1/jane/JupyterLab/default", **RUNS)
    assert hosting.check(app) == DeletionCheck(at(2))
    assert [name for name, _ in hosting.asked] == ["DescribeApp"]


RUNS: Any = {"status": CHURN.status}


def delete(of: Resource, kind: Any = ENDPOINT) -> tuple[SageMakerDeleter, Any]:
    sagemaker, script = scripted()
    return SageMakerDeleter(sagemaker, {of.kind: kind}), script


def test_it_is_deleted_by_its_name_alone() -> None:
    deleter, script = delete(CHURN)
    script.add_response("delete_endpoint", {}, {"EndpointName": "Churn"})
    assert deleter.delete(CHURN) == "accepted"
    script.assert_no_pending_responses()


def test_an_app_is_deleted_by_all_parts_of_its_name() -> None:
    app = Resource(arn="", kind="app", name="d-1/jane/JupyterLab/default", **RUNS)
    deleter, script = delete(app, APP)
    named = {"DomainId": "d-1", "UserProfileName": "jane", "AppType": "JupyterLab"}
    script.add_response("delete_app", {}, {**named, "AppName": "default"})
    assert deleter.delete(app) == "accepted"
    nameless = Resource(arn="", kind="app", name="jane", **RUNS)
    assert deleter.delete(nameless) == "gone"


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        ('Could not find endpoint "arn".', "gone"),
        ('Cannot update in-progress endpoint "arn".', "not-running"),
    ],
)
def test_a_refusal_that_says_when_is_an_outcome(message: str, outcome: str) -> None:
    deleter, script = delete(CHURN)
    refuse(script, "delete_endpoint", "ValidationException", message)
    assert deleter.delete(CHURN) == outcome


def test_any_other_refusal_is_known_to_have_done_nothing() -> None:
    deleter, script = delete(CHURN)
    refuse(script, "delete_endpoint", "AccessDeniedException", "no")
    with pytest.raises(StopRefusedError, match="AccessDenied"):
        deleter.delete(CHURN)


def test_what_can_be_stopped_is_not_deleted() -> None:
    sagemaker, _ = scripted()
    with pytest.raises(GuardError, match="not deleted: notebook instance"):
        SageMakerDeleter(sagemaker).delete(resource("notebook-instance", "one"))
