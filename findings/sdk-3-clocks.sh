#!/usr/bin/env bash
# SageMaker Python SDK 3: sagemaker-train 1.27.0, sagemaker-core 2.27.0 (botocore 1.44.8).
#
# Expected: the stamps that one SDK adds to the names of jobs are of one clock, so that the names of
#   what a notebook launched stand in the order of the launches.
# Seen: `ModelTrainer` stamps by the clock of the user's machine, and `Processor`, seconds later, in UTC
#   and in another form. East of Greenwich the job that was launched first seems to be the later one.
# For us: a stamp is taken off a name, and never read as a time.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  sagemaker-train==1.27.0 sagemaker-core==2.27.0 botocore==1.44.8

AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret AWS_DEFAULT_REGION=us-east-1 \
  AWS_EC2_METADATA_DISABLED=true TZ=AAA-05:45 "$folder/venv/bin/python" - <<'PYTHON'
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


import re  # noqa: E402
from datetime import UTC, datetime  # noqa: E402

from sagemaker.core.processing import Processor  # noqa: E402

processor = Processor(
    role=ROLE,
    image_uri=IMAGE,
    instance_count=1,
    instance_type="ml.m5.large",
    base_job_name="clean",
    sagemaker_session=SESSION,
)
first = trained(base_job_name="churn")["TrainingJobName"]
second = request_of(lambda: processor.run(wait=False, logs=False))["ProcessingJobName"]
utc = datetime.now(UTC)
print(f"at {utc:%H:%M} UTC, {datetime.now():%H:%M} here: {first}, {second}")
hours = [int(re.sub(r"\D", "", name)[8:10]) for name in (first, second)]
assert (hours[0] - hours[1]) % 24 in {5, 6}, hours
PYTHON
