"""The billing components of the kinds, derived from their billing facts.

Usage rows and prices are stored by component name, which may outlive its kind.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from costguard.resources.billing import BillingComponent, Metered
from costguard.resources.kind import Kind
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.registry import KINDS, kind_of_arn

REGION = r"(?:[A-Z]{2,4}\d?-)?"  # how a usage type names its region


class Components:
    """The billing components of some kinds."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._kinds = kinds
        every = [(kind.name, part) for kind in kinds.values() for part in kind.billing]
        self._named = {p.name: p for _, p in every if p.metered is not Metered.CHILDREN}
        self._first = {(kind, part.metered): part.name for kind, part in reversed(every)}

    def __iter__(self) -> Iterator[BillingComponent]:
        """List each once."""
        return iter(self._named.values())

    def get(self, name: str) -> BillingComponent | None:
        """Find one by name."""
        return self._named.get(name)

    def kind_of(self, resource: Resource) -> Kind:
        """Answer the kind of a resource."""
        return self._kinds[resource.kind]

    def is_volume(self, name: str) -> bool:
        """Return whether a component is storage, which is billed while it exists."""
        found = self.get(name)
        return found is not None and found.metered is Metered.VOLUME

    def metered_as(self, resource: Resource) -> str | None:
        """Return the component of a run; None if only the jobs that it starts are metered.

        A kind without a billing component is metered under its own name, which has no price.
        """
        if not self._kinds[resource.kind].billing:
            return resource.kind
        return resource.billing.component or self.of(resource, Metered.RUN)

    def metered_ref(self, resource: Resource) -> ResourceRef:
        """Name what it is metered with: of a warm pool, its job."""
        of = kind_of_arn(resource.belongs_to) if resource.belongs_to else None
        if of is None or self.metered_as(resource) is not None:
            return resource.ref
        return resource.beside(of.name, resource.name)

    def priced_as(self, resource: Resource) -> str | None:
        """Return the component whose rates its instances have; None: not defined for the kind."""
        own = resource.billing.component or self.of(resource, Metered.RUN)
        return own or self.of(resource, Metered.CHILDREN)

    def of(self, resource: Resource, metered: Metered) -> str | None:
        """Name the component of a resource that is measured in some way; None: it has none."""
        return self._first.get((resource.kind, metered))

    def on_the_bill(self, usage_type: str) -> bool:
        """Return whether Costguard meters a usage type of the bill."""
        return self._on_the_bill.fullmatch(usage_type) is not None

    @cached_property
    def _on_the_bill(self) -> re.Pattern[str]:
        begins = "|".join(re.escape(begin) for part in self for begin in part.bill)
        return re.compile(rf"{REGION}(?:{begins}).*")


COMPONENTS = Components(KINDS)
