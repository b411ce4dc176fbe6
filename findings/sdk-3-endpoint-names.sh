#!/usr/bin/env bash
# SageMaker Python SDK 3: sagemaker-serve 1.27.0, sagemaker-core 2.27.0 (botocore 1.44.8).
#
# Expected: an endpoint that was given no name is called after the model that was, with a stamp, as
#   `Model.deploy` of SDK 2 does (`churn-2026-11-28-15-15-35-265`), and as SDK 3 still calls jobs.
# Seen: `ModelBuilder.build(model_name="churn").deploy()` calls it `endpoint-` and eight
#   random digits. Of what bills by the hour, no name tells any more whose it is, or what for.
# For us: the owner of such an endpoint is read from its tags, or from who CloudTrail saw create it.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  sagemaker-serve==1.27.0 sagemaker-core==2.27.0 botocore==1.44.8

AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret AWS_DEFAULT_REGION=us-east-1 \
  AWS_EC2_METADATA_DISABLED=true "$folder/venv/bin/python" - <<'PYTHON'
import json
import re

import botocore
from botocore.awsrequest import AWSResponse

ROLE, IMAGE = "arn:aws:iam::123456789012:role/serving", "my-training:1"
REFUSED = b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
ARN = "arn:aws:sagemaker:us-east-1:123456789012"
sent = {}


class Answered(AWSResponse):
    """An answer that needs no network."""

    def __init__(self, url, status, body):
        super().__init__(url, status, {}, None)
        self._body = body

    content = property(lambda self: self._body)


def answer(request, **_):
    """Take what is created and describe it, and refuse all else."""
    target = request.headers.get("X-Amz-Target", b"")
    target = target.decode() if isinstance(target, bytes) else target
    verb, what = re.fullmatch(r"(?:SageMaker\.(Create|Describe)(\w+)|.*)", target).groups()
    if not verb:
        return Answered(request.url, 403, REFUSED)
    body = json.loads(request.body)
    if verb == "Create":
        sent[what] = body
    told = {**sent[what], f"{what}Arn": f"{ARN}:{what.lower()}/x", "CreationTime": 1}
    told |= {"EndpointStatus": "InService", "LastModifiedTime": 1}
    return Answered(request.url, 200, json.dumps(told).encode())


botocore.register_initializer(lambda session: session.register("before-send", answer))

from sagemaker.core.helper.session_helper import Session  # noqa: E402 - after the initializer
from sagemaker.serve import ModelBuilder  # noqa: E402

names = []
for model in ("DoeJohn-churn", "RoeJane-prices"):
    builder = ModelBuilder(
        image_uri=IMAGE,
        s3_model_data_url="s3://bucket/model.tar.gz",
        role_arn=ROLE,
        instance_type="ml.m5.large",
        sagemaker_session=Session(),
    )
    builder.build(model_name=model)
    builder.deploy(wait=False)
    assert sent["Model"]["ModelName"] == model
    names.append(sent["Endpoint"]["EndpointName"])
print(f"the endpoints of DoeJohn-churn and RoeJane-prices: {', '.join(names)}")
assert all(re.fullmatch(r"endpoint-[0-9a-f]{8}", name) for name in names), names
PYTHON
