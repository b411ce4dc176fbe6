"""One notebook's Jupyter activity: facts only; URLs and cookies are neither returned nor logged."""

from typing import Any

from costguard.adapters.jupyter import probe_notebook
from costguard.adapters.logs import log_decision, logged
from costguard.adapters.metrics import alive
from costguard.bootstrap.prober import sagemaker_in
from costguard.resources.kinds.notebook_instance import KIND
from costguard.resources.places import HOME, within


@logged
@alive
def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Return the activity of kernels and terminals of `event["notebook"]`, or the problem.

    With `event["kernels"]` each kernel that is not listed busy is asked whether it is free. With
    `event["place"]` the notebook is in that account and Region.
    """
    name, place = str(event["notebook"]), str(event.get("place") or HOME)
    answer = probe_notebook(sagemaker_in(place), name, kernels=bool(event.get("kernels")))
    problem = str(answer.get("problem", ""))
    outcome = "unobservable" if problem else "answered"
    log_decision(
        "probed", resource=within(place, f"{KIND.name}/{name}"), outcome=outcome, why=problem
    )
    return answer
