"""The metrics of CloudWatch that show use, read in bulk."""

from datetime import timedelta
from typing import Any

from costguard.adapters.use_metrics import CloudWatchUse
from costguard.common.errors import IncompleteDataError
from costguard.resources.model import Resource
from costguard.resources.use import MeasuredUse, UseMetric
from tests.factories import at, resource
from tests.integration.aws import answering, refusal

NOW, SINCE = at(48), at(20)
type Rows = list[dict[str, Any]]


def endpoint(name: str, *variants: str) -> Resource:
    metrics = tuple(
        UseMetric(name="Invocations", dimensions=(("EndpointName", name), ("VariantName", each)))
        for each in variants
    )
    return resource("endpoint", name, use=metrics)


class CloudWatch:
    """Answers rows by the id of their query, and writes down the queries."""

    def __init__(self, **rows: dict[str, Any]) -> None:
        self.rows = rows
        self.asked: list[Rows] = []

    def answer(self, _operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(asked["MetricDataQueries"])
        ids = [query["Id"] for query in asked["MetricDataQueries"]]
        found = [{"Id": each, "StatusCode": "Complete", **self.rows.get(each, {})} for each in ids]
        return {"MetricDataResults": [*found, {"Id": "another"}]}

    def measure(self, *resources: Resource) -> Any:
        use = CloudWatchUse(lambda: answering("cloudwatch", self.answer))
        return use.measure(resources, SINCE, NOW)


def points(**values: float) -> dict[str, Any]:
    hours = {at(int(name[1:])): value for name, value in values.items()}
    return {"Timestamps": [*hours], "Values": [*hours.values()]}


def test_the_last_hour_with_a_request_of_any_variant_is_its_last_use() -> None:
    cloud = CloudWatch(m0=points(h21=3, h30=0), m1=points(h25=1))
    found, errors = cloud.measure(endpoint("a", "x", "y"), endpoint("b", "x"))
    assert errors == ()
    assert found == {
        "endpoint/a": MeasuredUse(since=SINCE, last=at(26)),
        "endpoint/b": MeasuredUse(since=SINCE),
    }
    metric = cloud.asked[0][1]["MetricStat"]
    assert (metric["Period"], metric["Stat"]) == (3600, "Sum")
    assert metric["Metric"]["Dimensions"] == [
        {"Name": "EndpointName", "Value": "a"},
        {"Name": "VariantName", "Value": "y"},
    ]


def test_the_hour_that_has_not_ended_ends_now() -> None:
    found, _ = CloudWatch(m0=points(h48=1)).measure(endpoint("a", "x"))
    assert found["endpoint/a"].last == NOW


def test_of_what_cloudwatch_does_not_tell_nothing_is_known() -> None:
    cloud = CloudWatch(m0={"StatusCode": "InternalError"})
    found, errors = cloud.measure(endpoint("a", "x"), endpoint("b", "x"))
    assert [*found] == ["endpoint/b"]
    assert [type(error) for error in errors] == [IncompleteDataError]


def test_a_value_that_no_metric_has_counts_as_use() -> None:
    found, _ = CloudWatch(m0=points(h22=-1)).measure(endpoint("a", "x"))
    assert found["endpoint/a"].last == at(23)


def test_a_refusal_is_an_error_and_nothing_is_known() -> None:
    def refuse(_operation: str, _asked: dict[str, Any]) -> dict[str, Any]:
        raise refusal("Throttling")

    use = CloudWatchUse(lambda: answering("cloudwatch", refuse))
    found, [error] = use.measure([endpoint("a", "x")], SINCE, NOW)
    assert found == {}
    assert "Throttling" in str(error)


def test_no_call_asks_for_more_than_cloudwatch_answers() -> None:
    cloud = CloudWatch()
    use = CloudWatchUse(lambda: answering("cloudwatch", cloud.answer))
    many = [endpoint(f"e{i}", "x") for i in range(600)]
    found, _ = use.measure(many, NOW - timedelta(days=30), NOW)
    assert len(found) == 600
    assert max(map(len, cloud.asked)) * (30 * 24 + 2) <= 100_800
