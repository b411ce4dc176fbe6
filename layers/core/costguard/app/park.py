"""Park: evaluate again what only a deletion ends, and delete what can be made again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from costguard.app.ending import end_due
from costguard.app.ports import ParkPorts
from costguard.common.errors import IncompleteDataError
from costguard.enforcement.outcomes import StopOutcome
from costguard.resources.model import Resource, ResourceRef


def park(
    ports: ParkPorts, refs: Sequence[ResourceRef], *, now: datetime
) -> Mapping[str, StopOutcome]:
    """Evaluate each again and delete those that are still due; return the outcomes by key."""
    return end_due(ports, partial(_delete, ports), refs, now=now)


def _delete(ports: ParkPorts, resource: Resource) -> StopOutcome:
    """Delete it; never without a look, just now, that found nothing against it."""
    if resource.deletion is None or resource.deletion.obstacles:
        raise IncompleteDataError(f"nobody has seen that {resource.name} may be deleted")
    return ports.deleter.delete(resource)
