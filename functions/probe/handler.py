"""One notebook's Jupyter activity: facts only; URLs and cookies are neither told nor logged."""

from typing import Any

from costguard.adapters.clients import client
from costguard.adapters.jupyter import probe_notebook
from costguard.adapters.metrics import alive


@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer what the kernels and terminals of `event["notebook"]` are doing, or the problem."""
    return probe_notebook(client("sagemaker"), str(event["notebook"]))
