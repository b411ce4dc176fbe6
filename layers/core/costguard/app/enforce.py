"""Enforce: evaluate due resources again, and stop those that are still due."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from costguard.app.ending import end_due
from costguard.app.ports import EnforcePorts
from costguard.enforcement.outcomes import StopOutcome
from costguard.resources.model import ResourceRef


def enforce(
    ports: EnforcePorts, refs: Sequence[ResourceRef], *, now: datetime
) -> Mapping[str, StopOutcome]:
    """Evaluate each again and stop those that are still due; return the outcomes by key."""
    return end_due(ports, ports.stopper.stop, refs, now=now)
