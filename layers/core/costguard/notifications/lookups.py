"""Ports that the guard uses too: small Protocols that load no message and no channel."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from costguard.notifications.delivery import Delivery
from costguard.resources.model import ResourceRef


class CreatorLookup(Protocol):
    """Reads creators."""

    def creator(self, ref: ResourceRef, /) -> str | None:
        """Return who created a resource; None if no CloudTrail call was seen."""


class DeliveryLookup(Protocol):
    """Reads deliveries by recipient."""

    def find(self, delivery: Delivery, /) -> Delivery | None:
        """Read the same delivery as it is now."""

    def recent(self, to: str, since: datetime, /) -> Sequence[Delivery]:
        """Read the newest deliveries to a recipient since a moment, without their notices."""


class DeliveryReader(DeliveryLookup, Protocol):
    """Reads many deliveries together, too."""

    def find_each(self, rows: Iterable[Delivery], /) -> Mapping[Delivery, Delivery | None]:
        """Read several as they are now; one that cannot be read is left out."""
