#!/usr/bin/env bash
# SageMaker Python SDK 3: sagemaker-train 1.27.0, sagemaker-core 2.27.0 (botocore 1.44.8).
#
# Expected: the trainers of one SDK have one default: `ModelTrainer`, told nothing of its run time,
#   asks for a limit of an hour, and `SFTTrainer` takes the same argument, `stopping_condition`.
# Seen: `SFTTrainer`, told nothing, asks for no limit: the service's own holds, which is documented
#   as a day instead of an hour, on machines that the service chooses.
# For us: the shipped policy allows the day that such a job asks for, and counts 12 hours of running
#   as too many; its notice names the argument.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  sagemaker-train==1.27.0 sagemaker-core==2.27.0 botocore==1.44.8

AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret AWS_DEFAULT_REGION=us-east-1 \
  AWS_EC2_METADATA_DISABLED=true "$folder/venv/bin/python" - <<'PYTHON'
import io
import json
from contextlib import suppress

import botocore
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

ROLE, MODEL = "arn:aws:iam::123456789012:role/training", "meta-textgeneration-llama-3-2-1b"
REFUSED = b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
MADE = b'{"TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/x"}'
HUB = "arn:aws:sagemaker:us-east-1:aws"
RECIPE = {
    "CustomizationTechnique": "SFT",
    "Type": "FineTuning",
    "Name": "recipe",
    "Peft": "LORA",
    "SmtjRecipeTemplateS3Uri": "s3://bucket/template.yaml",
    "SmtjOverrideParamsS3Uri": "s3://bucket/parameters.json",
}
IN_HUB = {
    "HubContentName": MODEL,
    "HubContentArn": f"{HUB}:hub-content/SageMakerPublicHub/Model/{MODEL}/1.0.0",
    "HubContentVersion": "1.0.0",
    "HubContentType": "Model",
    "HubContentDocument": json.dumps({"RecipeCollection": [RECIPE]}),
    "HubContentStatus": "Available",
    "HubName": "SageMakerPublicHub",
    "HubArn": f"{HUB}:hub/SageMakerPublicHub",
    "DocumentSchemaVersion": "1",
    "CreationTime": 1,
}
LISTED = b"<ListBucketResult><KeyCount>1</KeyCount><Contents><Key>x</Key></Contents></ListBucketResult>"
sent = []


class Answered(AWSResponse):
    """An answer that needs no network."""

    def __init__(self, url, status, body):
        super().__init__(url, status, {}, io.BytesIO(body))
        self._body = body

    content = property(lambda self: self._body)


def answer(request, **_):
    """Answer for the hub, the bucket and the service; refuse all else."""
    target = request.headers.get("X-Amz-Target", b"")
    target = target.decode() if isinstance(target, bytes) else target
    if target == "SageMaker.DescribeHubContent":
        return Answered(request.url, 200, json.dumps(IN_HUB).encode())
    if target == "SageMaker.CreateTrainingJob":
        sent.append(json.loads(request.body))
        return Answered(request.url, 200, MADE)
    if "s3" in request.url:
        body = LISTED if "list-type" in request.url else b"{}"
        return Answered(request.url, 200, b"" if request.method == "HEAD" else body)
    return Answered(request.url, 403, REFUSED)


botocore.register_initializer(lambda session: session.register("before-send", answer))

from sagemaker.core.helper.session_helper import Session  # noqa: E402 - after the initializer
from sagemaker.core.shapes import OutputDataConfig  # noqa: E402
from sagemaker.train.model_trainer import ModelTrainer  # noqa: E402
from sagemaker.train.sft_trainer import SFTTrainer  # noqa: E402

SESSION = Session(default_bucket="bucket")
trainers = [
    ModelTrainer(
        training_image="my-training:1",
        role=ROLE,
        output_data_config=OutputDataConfig(s3_output_path="s3://bucket/out"),
        sagemaker_session=SESSION,
    ),
    SFTTrainer(
        MODEL,
        role=ROLE,
        sagemaker_session=SESSION,
        model_package_group="arn:aws:sagemaker:us-east-1:123456789012:model-package-group/churn",
        training_dataset="s3://bucket/train.jsonl",
        s3_output_path="s3://bucket/out",
        accept_eula=True,
    ),
]
for trainer in trainers:
    with suppress(ClientError):  # what it asks afterwards is refused
        trainer.train(wait=False)
limits = [request.get("StoppingCondition") for request in sent]
print(f"ModelTrainer: {limits[0]}, SFTTrainer: {limits[1]}")
assert limits == [{"MaxRuntimeInSeconds": 3600}, None], limits
PYTHON
