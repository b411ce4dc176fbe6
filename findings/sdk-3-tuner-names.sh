#!/usr/bin/env bash
# SageMaker Python SDK 3: sagemaker-train 1.27.0, sagemaker-core 2.27.0 (botocore 1.44.8).
#
# Expected: a tuning job of a `ModelTrainer` gets a name that the service takes wherever a training job
#   of the same trainer does, and begins with the `base_job_name` of the trainer where it has one.
# Seen: the name is made of the image alone, as it is written. An image with an underscore, which is
#   valid, gives a name that the service's own pattern forbids, and every tuning job is refused until
#   `base_tuning_job_name` is given. `ModelTrainer` and `Processor` replace the underscore.
# For us: a tuning job is not known by the name that its user gave to the trainer.
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


import re  # noqa: E402

from botocore.session import get_session  # noqa: E402
from sagemaker.core.parameter import ContinuousParameter  # noqa: E402
from sagemaker.train.tuner import HyperparameterTuner  # noqa: E402

tuner = HyperparameterTuner(
    trainer(base_job_name="churn", hyperparameters={"rate": 0.05}),
    "loss",
    {"rate": ContinuousParameter(min_value=0.01, max_value=0.1)},
    metric_definitions=[{"Name": "loss", "Regex": "loss: (.*)"}],
    max_jobs=2,
)
unnamed = trained()["TrainingJobName"]
tuned = request_of(lambda: tuner.tune(wait=False))["HyperParameterTuningJobName"]
model = get_session().get_service_model("sagemaker")
patterns = {
    name: model.shape_for(f"Create{kind}Request").members[f"{kind}Name"].metadata["pattern"]
    for name, kind in ((unnamed, "TrainingJob"), (tuned, "HyperParameterTuningJob"))
}
taken = {name: bool(re.fullmatch(pattern, name)) for name, pattern in patterns.items()}
print(f"the service's pattern takes: {taken}")
assert taken == {unnamed: True, tuned: False}, taken
assert tuned.startswith("my_training-"), tuned
PYTHON
