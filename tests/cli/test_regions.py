"""An audit of several regions: each is evaluated alone, all are reported together."""

from copy import replace

import pytest

from costguard.costs.prices import Prices
from costguard_cli.analysis.assessment import Assessment, assess_fleet
from costguard_cli.aws.session import sessions
from costguard_cli.errors import CannotRunError
from costguard_cli.views import audit
from costguard_cli.views.audit_json import dump
from tests.cli.command import column, printed
from tests.factories import at, notebook, policy


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")


def test_regions_are_listed_or_repeated_and_looked_at_once() -> None:
    found = sessions(None, ["us-east-2,eu-west-1", "us-east-2"], local=False)
    assert [world.region for world in found] == ["us-east-2", "eu-west-1"]


def test_without_any_region_that_is_said() -> None:
    with pytest.raises(CannotRunError, match="No region"):
        sessions(None, [], local=False)


def surveyed(region: str) -> Assessment:
    arn = f"arn:aws:sagemaker:{region}:123456789012:notebook-instance/x"
    rows = assess_fleet([notebook("x", arn=arn)], policy(), Prices(), now=at(1))
    return Assessment(region=region, now=at(1), policy=policy(), rows=rows)


TWO = [surveyed("us-east-2"), surveyed("eu-west-1")]


def test_a_resource_says_where_it_is_when_there_are_several_regions() -> None:
    said = printed(lambda console: audit.show(console, TWO, {}, every=False), 140)
    assert "ml.t3.medium · eu-west-1" in said
    assert "2 of 2 running resources" in said


def test_machines_read_every_region() -> None:
    answer = dump([*TWO, replace(TWO[0], rows=())], {})
    assert answer["regions"] == ["us-east-2", "eu-west-1", "us-east-2"]
    arns = column(column(answer["resources"], "resource"), "arn")
    assert len({arn.split(":")[3] for arn in arns}) == 2
