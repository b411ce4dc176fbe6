"""The contract of a kind holds for kinds that are not built: each is no more than its `KIND`.

They are listed, described, translated, priced, metered, stopped and heard of by the code that does
so for every kind, with clients whose answers are checked against AWS's own model.
"""

from collections.abc import Mapping
from copy import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from costguard.adapters.sagemaker.calls import rows
from costguard.adapters.sagemaker.inventory import SageMakerInventory
from costguard.adapters.sagemaker.stop import SageMakerStopper
from costguard.common.errors import GuardError
from costguard.costs.components import Components
from costguard.costs.price_list import parse_products
from costguard.costs.prices import Prices
from costguard.costs.pricing import hourly_cost
from costguard.costs.usage import Usage, update_usage
from costguard.policy.model import Mode
from costguard.policy.park import with_park
from costguard.resources.events import CLOUDTRAIL, ResourceEvent, parse_event
from costguard.resources.kind import Kind, ListCall, ParentList, StopCall
from costguard.resources.kinds.app import KIND as APP
from costguard.resources.kinds.endpoint import KIND as ENDPOINT
from costguard.resources.kinds.training_job import KIND as TRAINING
from costguard.resources.model import InstanceGroup, Resource, ResourceRef, ResourceStatus
from costguard.resources.registry import KINDS, Registry
from tests.contract.test_kinds import described, listed, model
from tests.factories import at, policy
from tests.integration.aws import answering, refusal, scripted
from tests.integration.test_inventory import NOBODY
from tests.kinds.agent_job import KIND as JOB
from tests.kinds.partner_app import KIND as PARTNER
from tests.unit.costs.test_prices import product

NEW = {kind.name: kind for kind in (APP, ENDPOINT, JOB)}
ALL = {**KINDS, **NEW}
COMPONENTS = Components(ALL)
REGISTRY = Registry(ALL.values())
PREFIX = "arn:aws:sagemaker:us-east-1:123456789012:"
T3, G5 = "ml.t3.medium", "ml.g5.xlarge"

type Asked = dict[str, Any]


def app(name: str, who: Asked, status: str = "InService", of: str = "JupyterLab") -> Asked:
    named = {"DomainId": "d-1", **who, "AppType": of, "AppName": name}
    return {**named, "Status": status, "CreationTime": at(0), "ResourceSpec": {"InstanceType": T3}}


def endpoint(status: str = "InService") -> Asked:
    times = {"CreationTime": at(0), "LastModifiedTime": at(1)}
    row = {"EndpointName": "churn", "EndpointArn": f"{PREFIX}endpoint/churn", **times}
    return row | {"EndpointStatus": status}


def job(category: str, **more: Any) -> Asked:
    arn = f"{PREFIX}job/{category}/tune"
    row = {"JobName": "tune", "JobArn": arn, "JobCategory": category, "JobStatus": "InProgress"}
    return {**row, "CreationTime": at(0), "LastModifiedTime": at(1), **more}


JOB_DETAILS = {
    "RoleArn": "arn:aws:iam::123456789012:role/x",
    "JobConfigSchemaVersion": "1.0.0",
    "SecondaryStatus": "Training",
    "SecondaryStatusTransitions": [],
}
VARIANTS = [
    {"VariantName": "small", "CurrentInstanceCount": 2},
    {"VariantName": "big", "CurrentInstanceCount": 1},
]
CONFIG = {
    "EndpointConfigName": "v2",
    "EndpointConfigArn": f"{PREFIX}endpoint-config/v2",
    "CreationTime": at(0),
    "ProductionVariants": [
        {"VariantName": "small", "ModelName": "m", "InstanceType": T3},
        {"VariantName": "big", "ModelName": "m", "InstanceType": G5},
    ],
}


class Cloud:
    """Answers for the three kinds, and writes down what it is asked."""

    def __init__(self, config: Any = CONFIG) -> None:
        self.config = config
        self.asked: list[tuple[str, Asked]] = []
        gone = app("old", {"SpaceName": "jane"}, "Deleted")
        self.apps = [app("default", {"SpaceName": "jane"}), gone]

    def answer(self, operation: str, asked: Asked) -> Asked:
        self.asked.append((operation, asked))
        found = self._listed(operation, asked) or self._described(operation, asked)
        if isinstance(found, Exception):
            raise found
        return dict(found)

    def _listed(self, operation: str, asked: Asked) -> Any:
        job_row = job(asked.get("JobCategory", ""), EndTime=at(2), JobSecondaryStatus="Training")
        answers = {
            "ListApps": {"Apps": self.apps},
            "ListEndpoints": {"Endpoints": [endpoint("Updating"), endpoint("Failed")]},
            "ListJobs": {"JobSummaries": [job_row]},
            "GetResources": {"ResourceTagMappingList": []},
        }
        return answers.get(operation)

    def _described(self, operation: str, asked: Asked) -> Any:
        if operation == "DescribeApp" and "SpaceName" not in asked:
            return refusal("ResourceNotFound")
        refers = {"EndpointConfigName": "v2", "ProductionVariants": VARIANTS}
        answers = {
            "DescribeApp": {**self.apps[0], "AppArn": f"{PREFIX}app/d-1/jane/JupyterLab/default"},
            "DescribeSpace": {"OwnershipSettings": {"OwnerUserProfileName": "doe"}},
            "DescribeEndpoint": {**endpoint("Updating"), **refers},
            "DescribeEndpointConfig": self.config,
            "DescribeJob": {**job(asked.get("JobCategory", "")), **JOB_DETAILS},
        }
        return answers[operation]

    @property
    def inventory(self) -> SageMakerInventory:
        tagging = answering("resourcegroupstaggingapi", self.answer)
        return SageMakerInventory(answering("sagemaker", self.answer), lambda: tagging, NOBODY, NEW)

    def running(self) -> dict[str, Resource]:
        found, errors = self.inventory.running(at(3))
        assert errors == ()
        return {resource.ref.key: resource for resource in found}

    def calls(self, operation: str) -> list[Asked]:
        return [asked for name, asked in self.asked if name == operation]


@pytest.mark.parametrize("kind", NEW.values(), ids=[*NEW])
def test_what_it_says_of_aws_is_in_the_model(kind: Kind) -> None:
    form = kind.translation
    assert {*kind.identity.fields, form.status} <= listed(kind).keys()
    assert {*kind.identity.fields, form.arn, form.status, form.started} <= described(kind).keys()
    calls = {
        call
        for use in ("look", "follow", "needed", "list", "volumes", "stop", "park")
        for call in kind.grants[use]
    }
    assert calls | set(kind.events.creates) <= set(model().operation_names)


def test_each_is_listed_and_described() -> None:
    cloud = Cloud()
    assert [*cloud.running()] == [
        "app/d-1/jane/jupyterlab/default",
        "endpoint/churn",
        "job/agentrft/tune",
        "job/agentrftevaluation/tune",
    ]


def test_a_list_without_a_filter_is_sifted() -> None:
    cloud = Cloud()
    cloud.running()
    assert cloud.calls("ListApps") == [{"MaxResults": 100}]
    assert [asked["AppName"] for asked in cloud.calls("DescribeApp")] == ["default"]


def test_a_kind_is_listed_once_and_each_category_is_asked_for() -> None:
    cloud = Cloud()
    cloud.running()
    assert cloud.calls("ListEndpoints") == [{"MaxResults": 100}]
    categories = [(a["JobCategory"], a["StatusEquals"]) for a in cloud.calls("ListJobs")]
    assert categories == [("AgentRFT", "InProgress"), ("AgentRFTEvaluation", "InProgress")]


def test_an_app_has_a_name_of_four_parts() -> None:
    found = Cloud().running()["app/d-1/jane/jupyterlab/default"]
    assert found.ref == ResourceRef("app", "d-1/jane/JupyterLab/default")
    assert found.groups == (InstanceGroup(T3, 1),)
    assert (found.status, found.started) == (ResourceStatus.RUNNING, at(0))


def test_an_app_belongs_to_the_owner_of_its_space() -> None:
    assert Cloud().running()["app/d-1/jane/jupyterlab/default"].profile == "doe"


def test_a_name_alone_finds_an_app_of_a_profile_or_of_a_space() -> None:
    cloud = Cloud()
    found = cloud.inventory.describe(ResourceRef("app", "d-1/jane/JupyterLab/default"))
    assert found is not None
    of = [{"UserProfileName", "SpaceName"} & asked.keys() for asked in cloud.calls("DescribeApp")]
    assert of == [{"UserProfileName"}, {"SpaceName"}]
    assert cloud.inventory.describe(ResourceRef("app", "jane")) is None


def test_an_endpoint_takes_its_types_from_its_configuration() -> None:
    found = Cloud().running()["endpoint/churn"]
    assert found.groups == (InstanceGroup(T3, 2), InstanceGroup(G5, 1))
    assert found.instances == 3


def test_an_endpoint_whose_configuration_is_gone_has_no_known_types() -> None:
    found = Cloud(refusal("ValidationException", "Could not find it")).running()["endpoint/churn"]
    assert found.groups == (InstanceGroup(None, 2), InstanceGroup(None, 1))


def test_a_configuration_that_cannot_be_read_is_an_error() -> None:
    found, errors = Cloud(refusal("ThrottlingException")).inventory.running(at(3))
    assert len(errors) == 1
    assert not [r for r in found if r.kind == "endpoint"]


def test_jobs_that_ended_are_found_in_every_category() -> None:
    ended = list(Cloud().inventory.ended(at(1), at(3)))
    assert [(r.name, end) for r, end in ended] == [
        ("AgentRFT/tune", at(2)),
        ("AgentRFTEvaluation/tune", at(2)),
    ]


def prices() -> Prices:
    lines = [
        product(f"USE1-Studio:JupyterLab-{T3}", "0.05"),
        product(f"USE1-Host:{T3}", "0.06"),
        product(f"USE1-Host:{G5}", "1.40"),
        product(f"USE1-AsyncInf:{G5}", "1.50"),
    ]
    return parse_products(lines, region="us-east-1", now=at(0), components=COMPONENTS)


def metered(resource: Resource, now: datetime) -> tuple[Usage, ...]:
    return update_usage(resource, (), None, swept=None, now=now, components=COMPONENTS)


def test_each_is_priced_by_its_own_component() -> None:
    running = Cloud().running()
    lab, churn = running["app/d-1/jane/jupyterlab/default"], running["endpoint/churn"]
    assert prices().hourly(lab) == Decimal("0.05")
    assert prices().hourly(churn) == Decimal("1.52")
    queued = replace(churn, billing=replace(churn.billing, component="async-inference"))
    assert prices().unpriced(queued) == (T3,)
    assert [row.component for row in metered(lab, at(1))] == ["studio-jupyterlab"]


def test_what_is_billed_as_nothing_is_unpriced_and_said() -> None:
    found = replace(
        Cloud().running()["job/agentrft/tune"], groups=(InstanceGroup("ml.p5.48xlarge", 1),)
    )
    assert prices().hourly(found) is None
    assert prices().unpriced(found) == ("ml.p5.48xlarge",)
    assert not prices().is_billed(found)
    [row] = metered(found, at(1))
    said = hourly_cost(row, prices()).unpriced
    assert said == ("ml.p5.48xlarge job in us-east-1",)


def test_each_is_found_on_the_bill() -> None:
    for usage_type in (f"USE1-Studio:JupyterLab-{T3}", f"Host:{G5}", f"EU-AsyncInf:{G5}"):
        assert COMPONENTS.on_the_bill(usage_type)
    assert not COMPONENTS.on_the_bill(f"USE1-Cluster:{G5}")


def stopped(resource: Resource, operation: str, **told: Any) -> str:
    sagemaker, script = scripted()
    script.add_response(operation, {}, told)
    outcome = SageMakerStopper(sagemaker, ALL).stop(resource)
    script.assert_no_pending_responses()
    return outcome


def test_what_only_a_deletion_ends_is_not_for_the_stopper() -> None:
    found = Cloud().running()["app/d-1/jane/jupyterlab/default"]
    sagemaker, _ = scripted()
    with pytest.raises(GuardError, match="no call that stops this kind: Studio app"):
        SageMakerStopper(sagemaker, ALL).stop(found)
    assert APP.grants["stop"] == ()
    assert APP.grants["park"] == ("DeleteApp",)


def test_a_job_is_stopped_by_its_category_and_name() -> None:
    found = Cloud().running()["job/agentrft/tune"]
    assert stopped(found, "stop_job", JobCategory="AgentRFT", JobName="tune") == "accepted"


def test_a_stop_may_be_told_more_than_a_name() -> None:
    ends = StopCall(
        operation="UpdateTrainingJob", arguments={"ResourceConfig": {"KeepAlivePeriodInSeconds": 0}}
    )
    api = structs.replace(TRAINING.api, stop=ends)
    pools = {"training-job": structs.replace(TRAINING, api=api)}
    sagemaker, script = scripted()
    told = {"TrainingJobName": "churn", "ResourceConfig": {"KeepAlivePeriodInSeconds": 0}}
    script.add_response("update_training_job", {"TrainingJobArn": f"{PREFIX}training-job/c"}, told)
    pool = Resource(arn="", kind="training-job", name="churn", status=ResourceStatus.RUNNING)
    assert SageMakerStopper(sagemaker, pools).stop(pool) == "accepted"


def test_a_kind_without_a_stop_is_warned_about_and_never_stopped() -> None:
    found = Cloud().running()["endpoint/churn"]
    sagemaker, _ = scripted()
    with pytest.raises(GuardError, match="no call that stops this kind: endpoint"):
        SageMakerStopper(sagemaker, ALL).stop(found)
    strict = policy(mode=Mode.ENFORCE)
    assert strict.mode_of("naming") is Mode.ENFORCE
    assert strict.mode_of("naming", APP) is Mode.WARN
    assert with_park(strict).mode_of("naming", APP) is Mode.ENFORCE
    assert strict.mode_of("naming", ENDPOINT) is Mode.WARN
    assert policy(mode=Mode.OBSERVE).mode_of("naming", ENDPOINT) is Mode.OBSERVE


def call(name: str, asked: Asked) -> Asked:
    identity = {"type": "IAMUser", "userName": "jdoe"}
    detail = {"eventSource": "sagemaker.amazonaws.com", "eventName": name, "userIdentity": identity}
    return _event(CLOUDTRAIL, detail | {"requestParameters": asked})


def _event(detail_type: str, detail: Mapping[str, Any]) -> Asked:
    return {"detail-type": detail_type, "time": "2026-11-23T14:00:00Z", "detail": detail}


APP_ASKED = {
    "domainId": "d-1",
    "spaceName": "jane",
    "appType": "JupyterLab",
    "appName": "default",
}
CHURN = {"EndpointName": "Churn", "EndpointStatus": "IN_SERVICE"}
HEARD = [
    (call("CreateApp", APP_ASKED), ResourceRef("app", "d-1/jane/JupyterLab/default")),
    (
        call("CreateJob", {"jobName": "tune", "jobCategory": "AgentRFT"}),
        ResourceRef("job", "AgentRFT/tune"),
    ),
    (
        call("AddTags", {"resourceArn": f"{PREFIX}app/d-1/jane/JupyterLab/default"}),
        ResourceRef("app", "d-1/jane/JupyterLab/default"),
    ),
    (call("DeleteApp", APP_ASKED), ResourceRef("app", "d-1/jane/JupyterLab/default")),
    (_event("SageMaker Endpoint State Change", CHURN), ResourceRef("endpoint", "Churn")),
]


@pytest.mark.parametrize(("event", "ref"), HEARD)
def test_each_is_heard_of(event: Asked, ref: ResourceRef) -> None:
    seen = parse_event(event, REGISTRY)
    assert isinstance(seen, ResourceEvent)
    assert seen.ref == ref


def test_an_event_may_only_name_what_it_is_about() -> None:
    stopped = "SageMaker Tracking Server Stopped"
    events = structs.replace(ENDPOINT.events, detail_type=None, without_status=(stopped,))
    server = structs.replace(ENDPOINT, name="mlflow-tracking-server", events=events)
    told = _event(stopped, {}) | {"resources": [f"{PREFIX}mlflow-tracking-server/runs"]}
    seen = parse_event(told, Registry([server]))
    assert isinstance(seen, ResourceEvent)
    assert (seen.ref.name, seen.exact) == ("runs", False)


def test_a_kind_may_be_described_by_its_arn() -> None:
    times = {"CreationTime": at(0)}
    found = [
        {"Name": name, "Arn": f"{PREFIX}partner-app/app-{name}", "Status": "Available", **times}
        for name in ("comet", "fiddler")
    ]
    asked = list[Asked]()

    def answer(operation: str, told: Asked) -> Asked:
        if operation == "ListPartnerApps":
            return {"Summaries": [*found, {"Name": "fiddler"}]}
        asked.append(told)
        return next(row for row in found if row["Arn"] == told["Arn"])

    sagemaker = answering("sagemaker", answer)
    inventory = SageMakerInventory(
        sagemaker,
        lambda: answering("resourcegroupstaggingapi", answer),
        NOBODY,
        {PARTNER.name: PARTNER},
    )
    described = inventory.describe(ResourceRef("partner-app", "fiddler"))
    assert described is not None
    assert (described.name, asked) == ("fiddler", [{"Arn": f"{PREFIX}partner-app/app-fiddler"}])
    assert inventory.describe(ResourceRef("partner-app", "lakera")) is None


def test_a_list_may_need_a_parent() -> None:
    executions = ListCall(
        operation="ListPipelineExecutions",
        rows="PipelineExecutionSummaries",
        parents=ParentList(
            operation="ListPipelines",
            rows="PipelineSummaries",
            field="PipelineName",
            argument="PipelineName",
        ),
        status=None,
    )

    def answer(operation: str, asked: Asked) -> Asked:
        if operation == "ListPipelines":
            return {"PipelineSummaries": [{"PipelineName": "a"}, {"PipelineName": "b"}]}
        arn = f"{PREFIX}pipeline/{asked['PipelineName']}/execution/1"
        return {"PipelineExecutionSummaries": [{"PipelineExecutionArn": arn}]}

    found = list(rows(answering("sagemaker", answer), executions))
    assert [row["PipelineName"] for row in found] == ["a", "b"]
    assert found[1]["PipelineExecutionArn"] == f"{PREFIX}pipeline/b/execution/1"
