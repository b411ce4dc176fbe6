"""One notebook's Jupyter activity: facts only; URLs and cookies are neither told nor logged."""

from typing import Any

from costguard.aws.clients import client
from costguard.aws.jupyter import look
from costguard.aws.metrics import alive


@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer what the kernels and terminals of `event["notebook"]` are doing, or the problem."""
    return look(client("sagemaker"), str(event["notebook"]))
