#!/usr/bin/env bash
# SageMaker Python SDK 3: sagemaker-train 1.27.0, sagemaker-core 2.27.0 (botocore 1.44.8).
#
# Expected: two calls of `ModelTrainer(base_job_name=...).train()` make two training jobs. `base_job_name`
#   is documented as a prefix, and the SDK adds a stamp because SageMaker takes each name once.
# Seen: the stamp has no fractions of a second, and it is what is cut off where a name would be longer
#   than 63. Two calls in one second send one name, and with a base of 63 characters so do any two: the
#   second is refused (ResourceInUse). SDK 2 adds milliseconds and cuts the base.
# For us: a name without a stamp may still be that of an SDK job; `base_name` knows the half-cut one.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  sagemaker-train==1.27.0 sagemaker-core==2.27.0 botocore==1.44.8

AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret AWS_DEFAULT_REGION=us-east-1 \
  AWS_EC2_METADATA_DISABLED=true "$folder/venv/bin/python" - <<'PYTHON'
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


LONG = "x" * 63
first, second = trained(base_job_name="churn"), trained(base_job_name="churn")
names = [each["TrainingJobName"] for each in (first, second)]
while names[0] != names[1]:  # the first two fell into two seconds
    names = [trained(base_job_name="churn")["TrainingJobName"] for _ in range(2)]
longest = {trained(base_job_name=LONG)["TrainingJobName"] for _ in range(2)}
print(f"in one second: {names}\nof 63 characters: {longest}")
assert longest == {LONG}, longest
PYTHON
