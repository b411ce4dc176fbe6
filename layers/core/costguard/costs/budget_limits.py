"""What a project or an owner may spend, found by any spelling of its name."""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property

from msgspec import Struct, field

from costguard.common.forms import TagPattern, Words
from costguard.ownership.confusables import fold_name
from costguard.ownership.directory import CostLabels
from costguard.ownership.spelling import owner_key

KEYS: Mapping[str, Callable[[str], str]] = {"owner": owner_key, "project": fold_name}
"""What makes two spellings one, by dimension: of an owner, the words in any order."""
_ADDRESS = re.compile(r"^.*<(.*)>$")


class Budgets(Struct, frozen=True, kw_only=True, dict=True):
    """USD a month, by project and by owner; `*` is everybody else's. Absent: no budget."""

    per_project: Mapping[TagPattern, Decimal] = field(default_factory=dict)
    per_owner: Mapping[Words, Decimal] = field(default_factory=dict)
    tell_at: int = 80  # percent of the month's budget at which a notice is sent
    seven_days: int = 100  # percent of the month's budget that any seven days may take

    def limits(self, labels: CostLabels) -> Iterator[tuple[str, str, Decimal]]:
        """Yield every budget that applies to some usage: dimension, name, USD."""
        for dimension, name in (("project", labels.project), ("owner", labels.owner)):
            limit = self._limit(dimension, name) if name else None
            if limit is not None:
                yield dimension, name, limit

    def _limit(self, dimension: str, name: str) -> Decimal | None:
        key, limits = KEYS[dimension], self._by_key[dimension]
        own = (key(name), key(_ADDRESS.sub(r"\1", name)))  # of two who share a name, by the address
        return next((limits[each] for each in own if each in limits), limits.get("*"))

    @cached_property
    def _by_key(self) -> Mapping[str, Mapping[str, Decimal]]:
        tables = {"project": self.per_project, "owner": self.per_owner}
        return {d: {_key(d, n): usd for n, usd in t.items()} for d, t in tables.items()}


def _key(dimension: str, name: str) -> str:
    return name if name == "*" else KEYS[dimension](name)
