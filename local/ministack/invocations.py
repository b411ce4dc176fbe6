"""InvokeEndpoint of the local AWS: an endpoint that echoes, and the metric that says it was asked.

AWS/SageMaker `Invocations` has the dimensions EndpointName and VariantName (monitoring-cloudwatch
in the developer guide). Errors as SageMaker Runtime words them.
"""

import json
import re

from ministack.services import cloudwatch

from local.sagemaker.account import Account
from local.sagemaker.errors import AwsError

NAMESPACE = "AWS/SageMaker"
_PATH = re.compile(r"/endpoints/(?P<name>[^/]+)/invocations")
_VARIANT = "x-amzn-sagemaker-target-variant"

type Response = tuple[int, dict[str, str], bytes]


def invoked(path: str) -> str | None:
    """Name the endpoint that a request invokes; None for a request about anything else."""
    found = _PATH.fullmatch(path)
    return found["name"] if found else None


def invoke(account: Account, name: str, headers: dict[str, str], body: bytes) -> Response:
    """Answer with what was asked, and count it."""
    try:
        endpoint = account.call("DescribeEndpoint", {"EndpointName": name})
    except AwsError:
        endpoint = {}
    if endpoint.get("EndpointStatus") not in ("InService", "Updating", "SystemUpdating"):
        text = f"Endpoint {name} of account {account.place.account_id} not found."
        error = {"Code": "ValidationError", "Message": text}
        return 400, {"x-amzn-ErrorType": "ValidationError"}, json.dumps(error).encode()
    first = endpoint["ProductionVariants"][0]["VariantName"]
    variant = headers.get(_VARIANT, first)
    of = {"EndpointName": name, "VariantName": variant}
    cloudwatch.record_metric(NAMESPACE, "Invocations", 1, "None", of)
    said = {"x-Amzn-Invoked-Production-Variant": variant}
    return 200, {"Content-Type": headers.get("content-type", "application/json"), **said}, body
