"""The audit of an account that runs more than notebooks: everything with what it costs an hour."""

from collections.abc import Iterable
from copy import replace
from decimal import Decimal
from typing import Any

import pytest

from costguard.costs.prices import Price, Prices
from costguard_cli.analysis.assessment import Assessment, AssessmentOutcome
from costguard_cli.analysis.scan import scan
from costguard_cli.commands.audit import exit_code
from costguard_cli.views import audit as audit_view
from tests.cli.command import printed
from tests.cli.test_scan import BASIS, Account
from tests.factories import arn, at

P5, M5 = "ml.p5.48xlarge", "ml.m5.large"
PRICES = Prices(
    {
        ("us-east-2", "hosting", M5): Price(Decimal("0.115"), "a test", "2026"),
        ("us-east-2", "hyperpod-cluster", P5): Price(Decimal("66.048"), "a test", "2026"),
    },
    at(0),
)
CLUSTERS = ("lab", "vision")
RUN = {
    "PipelineExecutionArn": arn("pipeline-execution", "churn/execution/abc"),
    "PipelineExecutionStatus": "Executing",
}


class Everything(Account):
    """Fifteen endpoints on three configurations, two clusters, and a pipeline that runs."""

    def __init__(self, *refused: str) -> None:
        numbers = {"endpoint": 15, "notebook-instance": 1}
        super().__init__(numbers, dict.fromkeys(refused, "AccessDeniedException"))

    def sagemaker(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        self._may(operation)
        answer = getattr(self, f"_{operation}", None)
        return dict(answer(asked)) if answer else super().sagemaker(operation, asked)

    def _ListClusters(self, _asked: Any) -> Any:  # noqa: N802 - as AWS spells it
        return {"ClusterSummaries": [self._cluster(name) for name in CLUSTERS]}

    def _DescribeCluster(self, asked: Any) -> Any:  # noqa: N802
        group = {"InstanceGroupName": "a", "InstanceType": P5, "CurrentCount": 8}
        return self._cluster(asked["ClusterName"]) | {"InstanceGroups": [group]}

    def _cluster(self, name: str) -> dict[str, Any]:
        head = {"ClusterArn": arn("cluster", name), "ClusterName": name, "CreationTime": at(0)}
        return head | {"ClusterStatus": "InService"}

    def _DescribeEndpoint(self, asked: Any) -> Any:  # noqa: N802
        number = int(asked["EndpointName"].rpartition("N")[2])
        return self._described("endpoint", asked["EndpointName"]) | {
            "EndpointConfigName": f"config-{number % 3}",
            "ProductionVariants": [{"VariantName": "all", "CurrentInstanceCount": 2}],
        }

    def _DescribeEndpointConfig(self, asked: Any) -> Any:  # noqa: N802
        name = asked["EndpointConfigName"]
        variant = {"VariantName": "all", "ModelName": "m", "InstanceType": M5}
        head = {"EndpointConfigName": name, "EndpointConfigArn": arn("endpoint-config", name)}
        return {**head, "CreationTime": at(0), "ProductionVariants": [variant]}

    def _ListPipelines(self, _asked: Any) -> Any:  # noqa: N802
        return {"PipelineSummaries": [{"PipelineName": "churn"}]}

    def _ListPipelineExecutions(self, _asked: Any) -> Any:  # noqa: N802
        return {"PipelineExecutionSummaries": [RUN]}

    def _DescribePipelineExecution(self, _asked: Any) -> Any:  # noqa: N802
        return RUN | {"CreationTime": at(0)}

    def _ListPipelineExecutionSteps(self, _asked: Any) -> Any:  # noqa: N802
        return {"PipelineExecutionSteps": []}

    def audit(self) -> Assessment:
        return scan(self.at, replace(BASIS, prices=PRICES), now=at(0.5))


def shown(survey: Assessment) -> str:
    text = printed(lambda console: audit_view.show(console, [survey], {}, every=True), 200)
    return " ".join(text.split())


def test_fifteen_endpoints_and_two_clusters_are_listed_with_their_price() -> None:
    account = Everything()
    survey = account.audit()
    endpoints = [row for row in survey.rows if row.resource.kind == "endpoint"]
    assert [row.usd_per_hour for row in endpoints] == [Decimal("0.230")] * 15
    assert account.at.calls["DescribeEndpointConfig"] == 3  # once for each configuration
    text = shown(survey)
    assert text.count("$0.23") >= 15
    for name in CLUSTERS:
        assert f"HyperPod cluster {name} (InService, 8 x {P5}, $528.38/h)" in text
    assert "churn/execution/abc" in text


@pytest.mark.parametrize(
    ("denied", "what"),
    [
        (("ListEndpoints",), "any endpoint (ListEndpoints)"),
        (("DescribeEndpoint",), "DescribeEndpoint"),
        (("DescribeEndpointConfig",), "DescribeEndpointConfig"),
        (("ListClusters",), "any HyperPod cluster"),
        (("DescribeCluster",), "any HyperPod cluster"),
        (("ListPipelines",), "any pipeline execution"),
        (("ListPipelineExecutions",), "any pipeline execution"),
        (("DescribePipelineExecution",), "DescribePipelineExecution"),
        (("ListPipelineExecutionSteps",), "ListPipelineExecutionSteps"),
    ],
)
def test_what_may_not_be_looked_at_is_said_and_is_not_clean(
    denied: Iterable[str], what: str
) -> None:
    survey = Everything(*denied).audit()
    assert what in " ".join(each.what for each in survey.unseen)
    text = shown(survey)
    assert "Could not look" in text
    assert "Not everything could be seen." in text
    assert exit_code([replace(survey, rows=())]) == 2


def test_what_has_no_known_price_is_never_shown_as_free() -> None:
    account = Everything()
    survey = scan(account.at, replace(BASIS, prices=Prices()), now=at(0.5))
    assert {row.usd_per_hour for row in survey.rows} == {None}
    text = shown(survey)
    assert f"8 x {P5}, price not known" in text
    assert "$0.00" not in text


def test_an_endpoint_whose_configuration_is_gone_is_not_called_fine() -> None:
    class Gone(Everything):
        def _DescribeEndpointConfig(self, _asked: Any) -> Any:  # noqa: N802
            return super()._may("gone")

    account = Gone()
    account.refused["gone"] = "ResourceNotFound"
    rows = [row for row in account.audit().rows if row.resource.kind == "endpoint"]
    assert len(rows) == 15
    assert {row.usd_per_hour for row in rows} == {None}
    assert AssessmentOutcome.FINE not in {row.outcome for row in rows}
