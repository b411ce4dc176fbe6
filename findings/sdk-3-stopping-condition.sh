#!/usr/bin/env bash
# SageMaker Python SDK 3: sagemaker-train 1.27.0, sagemaker-core 2.27.0 (botocore 1.44.8).
#
# Expected: a `ModelTrainer` that is told nothing of its run time stops after an hour, the SDK's own
#   default, and one that is told how long it may wait for instances still does: the two are separate
#   members of `StoppingCondition`, and both are optional.
# Seen: to say only `max_pending_time_in_seconds` takes the default away. No MaxRuntimeInSeconds is
#   sent, so that of the service holds: a day instead of an hour.
# For us: the shipped policy allows the day that such a job asks for, and counts 12 hours of running
#   as too many.
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


from sagemaker.core.training.configs import StoppingCondition  # noqa: E402

told_nothing = trained(base_job_name="a")["StoppingCondition"]
waits = StoppingCondition(max_pending_time_in_seconds=7200)
told_to_wait = trained(base_job_name="b", stopping_condition=waits)["StoppingCondition"]
print(f"told nothing: {told_nothing}\ntold how long to wait: {told_to_wait}")
assert told_nothing == {"MaxRuntimeInSeconds": 3600}, told_nothing
assert told_to_wait == {"MaxPendingTimeInSeconds": 7200}, told_to_wait
PYTHON
