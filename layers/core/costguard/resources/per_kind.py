"""A setting that may differ by kind: one value for all, or a table with `*` for the rest."""

from collections.abc import Mapping

from msgspec import Struct, field


class PerKind[T](Struct, frozen=True):
    """`grace = "1h"`, or `grace = { notebook-instance = "4h", "*" = "0s" }`."""

    values: Mapping[str, T] = field(default_factory=dict)

    def of(self, kind: str) -> T | None:
        """Return the value of one kind; None where the table leaves it out."""
        return self.values.get(kind, self.values.get("*"))


def for_all[T](value: T) -> PerKind[T]:
    """Use one value for every kind."""
    return PerKind({"*": value})
