#!/usr/bin/env bash
# SageMaker Python SDK 3: sagemaker-train 1.27.0, sagemaker-core 2.27.0 (botocore 1.44.8).
#
# Expected: the default tags of training jobs that an admin sets in the SDK's defaults file
#   (SageMaker.TrainingJob.Tags) are on the jobs of a `ModelTrainer`, as its environment is, which the
#   same file sets, and as those of ProcessingJob and TransformJob are on theirs.
# Seen: the environment is sent, the tags are not: the value is looked up without the session that
#   holds the file.
# For us: of what SDK 3 launches with the file of `costguard sdk-defaults`, training jobs of a
#   `ModelTrainer` alone still need `tags=`.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  sagemaker-train==1.27.0 sagemaker-core==2.27.0 botocore==1.44.8

cat >"$folder/config.yaml" <<'YAML'
SchemaVersion: "1.0"
SageMaker:
  TrainingJob:
    Environment: {SET_BY: admin}
    Tags: [{Key: Project, Value: sinkorswim}]
YAML

SAGEMAKER_ADMIN_CONFIG_OVERRIDE="$folder/config.yaml" \
  AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true "$folder/venv/bin/python" - <<'PYTHON'
import json
from contextlib import suppress

import botocore
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

ROLE, IMAGE = "arn:aws:iam::123456789012:role/training", "my_training:1"
REFUSED = b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
MADE = json.dumps(
    {
        f"{kind}Arn": "arn:aws:sagemaker:us-east-1:123456789012:job/x"
        for kind in ("TrainingJob", "ProcessingJob", "HyperParameterTuningJob")
    }
).encode()
sent = []


class Answered(AWSResponse):
    """An answer that needs no network."""

    def __init__(self, url, status, body):
        super().__init__(url, status, {}, None)
        self._body = body

    content = property(lambda self: self._body)


def answer(request, **_):
    """Take what is created, and refuse all else, as for a user who may do no more."""
    target = request.headers.get("X-Amz-Target", b"")
    target = target.decode() if isinstance(target, bytes) else target
    if not target.startswith("SageMaker.Create"):
        return Answered(request.url, 403, REFUSED)
    sent.append(json.loads(request.body))
    return Answered(request.url, 200, MADE)


botocore.register_initializer(lambda session: session.register("before-send", answer))

from sagemaker.core.helper.session_helper import Session  # noqa: E402 - after the initializer
from sagemaker.core.shapes import OutputDataConfig  # noqa: E402
from sagemaker.train.model_trainer import ModelTrainer  # noqa: E402

SESSION = Session()


def trainer(**more):
    out = OutputDataConfig(s3_output_path="s3://bucket/out")
    given = {"training_image": IMAGE, "role": ROLE, "output_data_config": out, **more}
    return ModelTrainer(sagemaker_session=SESSION, **given)


def request_of(launch):
    """Launch something; answer the request. What the SDK asks afterwards is refused."""
    before = len(sent)
    with suppress(ClientError):
        launch()
    return sent[before]


def trained(**more):
    return request_of(lambda: trainer(**more).train(wait=False, logs=False))


sent_tags = trained(base_job_name="a")
print(f"tags: {sent_tags.get('Tags')}, environment: {sent_tags.get('Environment')}")
assert sent_tags.get("Environment") == {"SET_BY": "admin"}, sent_tags
assert not sent_tags.get("Tags"), sent_tags
PYTHON
