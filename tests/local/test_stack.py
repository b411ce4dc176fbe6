from pathlib import Path

import pytest

from local import sam
from local.account import LocalAws
from local.paths import PROJECT
from local.sam_cli import SamError

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters: {Mode: {Type: String, Default: observe}}
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layers}
    Metadata: {BuildMethod: makefile}
  Say:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions
      Handler: say.handler
      Runtime: python3.13
      Layers: [!Ref Layer]
      Environment: {Variables: {MODE: !Ref Mode}}
      Events:
        Morning:
          Type: ScheduleV2
          Properties:
            OmitName: true
            ScheduleExpression: cron(0 8 * * ? *)
            ScheduleExpressionTimezone: America/New_York
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
      SSESpecification: {SSEEnabled: true}
      TimeToLiveSpecification: {AttributeName: expires, Enabled: true}
Outputs:
  SayFunctionName: {Value: !Ref Say}
  TableName: {Value: !Ref Table}
"""
SAY = """
import os
from importlib.resources import files

def handler(event, context):
    return [os.environ["MODE"], files("policy").joinpath("policy.toml").read_text()]
"""
MAKEFILE = """
build-Layer:
\tgrep -q mode policy.toml
\tmkdir -p "$(ARTIFACTS_DIR)/python/policy"
\tcp policy.toml "$(ARTIFACTS_DIR)/python/policy/"
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    for name, text in {
        "template.yaml": TEMPLATE,
        "samconfig.toml": (PROJECT / "samconfig.toml").read_text(),
        "functions/say.py": SAY,
        "layers/Makefile": MAKEFILE,
        "layers/policy.toml": 'mode = "observe"',
    }.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    return root


def test_sam_builds_and_deploys_and_deploys_again_what_changed(
    aws: LocalAws, project: Path
) -> None:
    for mode in ("warn", "enforce"):
        outputs = sam.deploy(aws, root=project, parameters={"Mode": mode})
        invoke = aws.client("lambda").invoke(FunctionName=outputs["SayFunctionName"])
        assert invoke["Payload"].read().decode() == f'["{mode}", "mode = \\"observe\\""]'
    (schedule,) = aws.client("scheduler").list_schedules()["Schedules"]
    found = aws.client("scheduler").get_schedule(Name=schedule["Name"])
    assert found["ScheduleExpressionTimezone"] == "America/New_York"
    assert_protected(aws, outputs["TableName"])


def assert_protected(aws: LocalAws, table: str) -> None:
    dynamodb = aws.client("dynamodb")
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    live = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert live == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    assert dynamodb.describe_table(TableName=table)["Table"]["SSEDescription"]["SSEType"] == "KMS"


def test_a_build_that_fails_says_why_and_is_tried_again(project: Path) -> None:
    policy = project / "layers" / "policy.toml"
    before = policy.read_text()
    policy.write_text("nothing")
    for _ in range(2):
        with pytest.raises(SamError, match="build-Layer"):
            sam.build(project)
    policy.write_text(before)
    sam.build(project)
