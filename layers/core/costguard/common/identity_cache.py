"""What was found about an object, kept as long as it is that very object."""

from collections.abc import Callable

_MOST = 20_000
"""Objects that are kept alive by it: a few megabytes. Beyond that it begins anew."""


class IdentityCache[K, V]:
    """Answers of one function by the identity of its argument, which never changes its value."""

    def __init__(self, find: Callable[[K], V]) -> None:
        self._find = find
        self._found: dict[int, tuple[K, V]] = {}

    def of(self, thing: K) -> V:
        """Answer what was found of it, or find it."""
        known = self._found.get(id(thing))
        if known is None:  # it holds the object: no other can have the same id
            known = (thing, self._find(thing))
            if len(self._found) >= _MOST:
                self._found.clear()
            self._found[id(thing)] = known
        return known[1]
