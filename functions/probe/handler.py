"""One notebook's Jupyter activity: facts only; URLs and cookies are neither returned nor logged."""

from typing import Any

from costguard.adapters.clients import client
from costguard.adapters.jupyter import probe_notebook
from costguard.adapters.logs import log_decision, logged
from costguard.adapters.metrics import alive
from costguard.resources.kinds.notebook_instance import KIND


@logged
@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Return the activity of kernels and terminals of `event["notebook"]`, or the problem.

    With `event["kernels"]` each kernel that is not listed busy is asked whether it is free.
    """
    name = str(event["notebook"])
    answer = probe_notebook(client("sagemaker"), name, kernels=bool(event.get("kernels")))
    problem = str(answer.get("problem", ""))
    outcome = "unobservable" if problem else "answered"
    log_decision("probed", resource=f"{KIND.name}/{name}", outcome=outcome, why=problem)
    return answer
