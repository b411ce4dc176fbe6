"""What template.yaml and samconfig.toml promise to those who deploy."""

import re
import tomllib
from pathlib import Path
from typing import Any

from costguard.policy.model import Mode
from docs.make import costs
from tests.contract.template import FUNCTIONS, PATH, TEMPLATE, USUAL, of_type

ROOT = PATH.parent
PARAMETERS = TEMPLATE["Parameters"]
FORM: dict[str, Any] = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]
PUBLISHED: dict[str, Any] = TEMPLATE["Metadata"]["AWS::ServerlessRepo::Application"]
CONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_every_parameter_is_in_one_group_and_asked_as_a_question() -> None:
    grouped = [name for group in FORM["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(PARAMETERS)
    assert FORM["ParameterLabels"].keys() == PARAMETERS.keys()
    assert all(label["default"].endswith("?") for label in FORM["ParameterLabels"].values())


def test_nothing_but_the_address_has_to_be_answered_and_nobody_is_written_to_unasked() -> None:
    defaults = {name: given["Default"] for name, given in PARAMETERS.items()}
    assert defaults["Mode"] == Mode.OBSERVE.value
    channels = ("AdminEmail", "MailFrom", "SlackTokenSecret", "SlackWebhookSecret")
    assert {defaults[name] for name in channels} == {""}
    assert defaults["ChatTopic"] == "off"


def test_a_new_account_with_ten_executions_at_once_can_deploy() -> None:
    for properties in FUNCTIONS.values():
        assert "ReservedConcurrentExecutions" not in properties
        assert "ProvisionedConcurrencyConfig" not in properties
    events = [e for p in FUNCTIONS.values() for e in p.get("Events", {}).values()]
    queues = [e["Properties"] for e in events if e["Type"] == "SQS"]
    limits = [queue.get("ScalingConfig", {}).get("MaximumConcurrency") for queue in queues]
    assert sorted(limits, key=str) == [2, None, None]  # None: stops, limited by max_stops


def test_each_environment_is_a_stack_of_its_own_and_makes_no_named_roles() -> None:
    deployed = [CONFIG[each]["deploy"]["parameters"] for each in ("dev", "prod")]
    assert len({each["stack_name"] for each in deployed}) == len(deployed)
    assert {each["capabilities"] for each in deployed} == {"CAPABILITY_IAM"}


def test_the_version_is_the_projects_everywhere() -> None:
    version = PROJECT["version"]
    assert (PUBLISHED["SemanticVersion"], TEMPLATE["Outputs"]["Version"]["Value"]) == (
        version,
        version,
    )


def test_what_is_published_fits_the_repositorys_limits_and_is_true() -> None:
    assert re.fullmatch(r"[a-zA-Z0-9\-]{1,140}", PUBLISHED["Name"])
    assert re.fullmatch(r"[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?", PUBLISHED["Author"])
    assert len(PUBLISHED["Description"]) <= 256
    assert len(PUBLISHED["Labels"]) <= 10
    assert all(re.fullmatch(r"[a-zA-Z0-9+\-_:/@]{1,127}", each) for each in PUBLISHED["Labels"])
    assert PUBLISHED["SpdxLicenseId"] == PROJECT["license"]
    for file in ("LicenseUrl", "ReadmeUrl"):
        assert (ROOT / Path(PUBLISHED[file])).is_file()


def test_a_name_given_by_hand_carries_the_stacks_name() -> None:
    heartbeats = of_type("AWS::SageMaker::NotebookInstanceLifecycleConfig").values()
    named = [each["NotebookInstanceLifecycleConfigName"] for each in heartbeats]
    boards = of_type("AWS::CloudWatch::Dashboard").values()
    named += [each["DashboardName"] for each in boards if "DashboardName" in each]
    assert named
    assert all("${AWS::StackName}" in name["Fn::Sub"] for name in named)


def test_the_bill_counts_the_alarms_that_are_deployed() -> None:
    assert costs.number("CloudWatch, alarms") == len(USUAL.of_type("AWS::CloudWatch::Alarm"))
