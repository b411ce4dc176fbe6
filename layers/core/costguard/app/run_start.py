"""The start of a run that is interrupted or changed: the ledger knows it, AWS does not.

A notebook reports one moment, its last change of state. Maintenance may move it, no document
says whether it does, and the age of the run must not begin again. Nor must that of an MLflow
server that is updated.
"""

from copy import replace

from costguard.app.ports import GuardPorts
from costguard.costs.components import COMPONENTS
from costguard.enforcement.case import Case
from costguard.enforcement.run import is_interrupted, with_known_start
from costguard.resources.model import Resource


def with_run_start(ports: GuardPorts, resource: Resource, case: Case | None) -> Resource:
    """Give what AWS interrupts, and what goes on after it, the start of its run."""
    known = with_known_start(resource, case)
    if known is not resource or not is_interrupted(resource) or resource.started is None:
        return known
    component = COMPONENTS.metered_as(resource)
    rows = (row for row in ports.usage.known(resource.ref) if row.component == component)
    since = resource.created or resource.started
    begun = [row.start for row in rows if row.end is None and since <= row.start]
    return replace(resource, started=min([*begun, resource.started]))
