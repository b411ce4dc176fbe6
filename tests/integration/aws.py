"""AWS as a script or as a function; what it answers is checked against AWS's own model."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError
from botocore.model import OperationModel
from botocore.stub import Stubber
from botocore.validate import validate_parameters

from costguard.resources.registry import KINDS
from tests.factories import address_of, arn, at

type Answer = Callable[[str, dict[str, Any]], dict[str, Any]]

_INSTANCES = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
_REQUIRED: dict[str, dict[str, Any]] = {
    "notebook-instance": {},
    "training-job": {
        "ModelArtifacts": {"S3ModelArtifacts": "s3://workshop/model"},
        "SecondaryStatus": "Training",
        "StoppingCondition": {},
    },
    "training-warm-pool": {
        "ModelArtifacts": {"S3ModelArtifacts": "s3://workshop/model"},
        "SecondaryStatus": "Completed",
        "StoppingCondition": {},
    },
    "hyper-parameter-tuning-job": {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "ResourceLimits": {"MaxParallelTrainingJobs": 1},
        },
        "TrainingJobStatusCounters": {},
        "ObjectiveStatusCounters": {},
    },
    "processing-job": {
        "ProcessingResources": {"ClusterConfig": _INSTANCES},
        "AppSpecification": {"ImageUri": "an-image"},
    },
    "endpoint": {},
    "transform-job": {
        "ModelName": "a-model",
        "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": ""}}},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    },
}


def client(service: str) -> Any:
    """Make a client that has credentials of nobody."""
    make: Any = boto3.client
    return make(
        service,
        region_name="us-east-2",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


def scripted(service: str = "sagemaker") -> tuple[Any, Stubber]:
    """Make a client and the script it follows."""
    made = client(service)
    script = Stubber(made)
    script.activate()
    return made, script


def refuse(script: Stubber, operation: str, code: str, message: str = "") -> None:
    """Let the next call be refused."""
    script.add_client_error(operation, service_error_code=code, service_message=message)


def answering(service: str, answer: Answer) -> Any:
    """Make a client that a function answers, in any order and from any thread."""
    made = client(service)

    def reply(model: OperationModel, params: dict[str, Any], **_: Any) -> tuple[Any, Any]:
        given = answer(model.name, json.loads(params["body"]))
        assert model.output_shape is not None
        validate_parameters(given, model.output_shape)
        return AWSResponse("", 200, HTTPHeaders(), None), given

    made.meta.events.register(
        f"before-call.{made.meta.service_model.service_id.hyphenize()}", reply
    )
    return made


def refusal(code: str, message: str = "") -> ClientError:
    """Make the error that a client raises."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "Anything")


def summary(kind: str, name: str) -> dict[str, Any]:
    """Write a row of a list answer."""
    listed = KINDS[kind].api.list
    shape = _output(listed.operation).members[listed.rows].member
    row = {key: value for key, value in _facts(kind, name).items() if key in shape.members}
    return row if kind in _REQUIRED else smallest(shape) | row


def _facts(kind: str, name: str) -> dict[str, Any]:
    known = KINDS[kind]
    of, _, status = known.translation.status.rpartition(".")
    said = {status: [*known.lifecycle.running, known.lifecycle.first][0]}
    row: dict[str, Any] = {
        **address_of(kind, name),
        known.translation.arn: arn(kind, name),
        **({of: said, "TrainingJobStatus": "Completed"} if of else said),
        "CreationTime": at(0),
    }
    if known.translation.changed:
        row |= {known.translation.changed: at(0)}
    if kind == "hyper-parameter-tuning-job":
        row |= {"Strategy": "Bayesian", "TrainingJobStatusCounters": {}}
        row |= {"ObjectiveStatusCounters": {}}
    return row


def description(kind: str, name: str) -> dict[str, Any]:
    """Write the answer to a Describe call, with no more than AWS promises."""
    row = {key: value for key, value in _facts(kind, name).items() if key != "Strategy"}
    if kind in _REQUIRED:
        return row | _REQUIRED[kind]
    shape = _output(KINDS[kind].api.describe)
    same = {key: value for key, value in row.items() if key in shape.members}
    return dict(smallest(shape)) | same


def smallest(shape: Any) -> Any:
    """Write an answer with no more than AWS's model requires."""
    if shape.type_name == "structure" and shape.is_tagged_union:
        first = next(iter(shape.members))
        return {first: smallest(shape.members[first])}
    if shape.type_name == "structure":
        return {name: smallest(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [smallest(shape.member)] * int(shape.metadata.get("min", 0))
    if shape.type_name == "string":
        return (*shape.enum, "x" * max(1, int(shape.metadata.get("min", 1))))[0]
    simple = {"timestamp": at(0), "boolean": False, "map": {}}
    return simple.get(shape.type_name, shape.metadata.get("min", 0))


def smallest_answer(operation: str) -> Any:
    """Write the smallest answer to an operation; nothing where it has none."""
    shape = _output(operation)
    return smallest(shape) if shape is not None else {}


@cache  # a client takes as long as a hundred answers
def _output(operation: str) -> Any:
    return client("sagemaker").meta.service_model.operation_model(operation).output_shape
