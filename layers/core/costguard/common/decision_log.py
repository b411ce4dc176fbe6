"""The log lines of the use cases: one for each decision."""

from typing import Protocol


class DecisionLog(Protocol):
    """Write one line. An empty key is left out; a key with the same name replaces a bound one."""

    def __call__(self, decision: str, /, **keys: str) -> None:
        """Log a decision with its keys, such as `resource`, `owner`, `rule` and `outcome`."""
