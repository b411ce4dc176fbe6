"""How AWS names a resource: by one member of its answers, or by several.

A resource of one part is named by that part. One of several is named by all of them, joined by
slashes: `d-1/jane/JupyterLab/default` is an app of a Studio domain. What has an ARN alone is named
by its end: `churn/execution/p4jn9xou8a8s` is a run of the pipeline `churn`.
"""

import re
from collections.abc import Mapping
from functools import cache
from itertools import product
from typing import Any

from msgspec import Struct

from costguard.common.observed import printable

_LONGEST_ARN, _LONGEST_NAME = 2048, 256
_ARN = re.compile(r"arn:[a-z-]+:sagemaker:[a-z0-9-]*:\d*:[^/\s]+/\S+")


def is_arn(text: str) -> bool:
    """Tell whether a text is the ARN of something in SageMaker: its parts are read as such."""
    return len(text) <= _LONGEST_ARN and _ARN.fullmatch(text) is not None


class Identity(Struct, frozen=True):
    """The members that name a resource, in the order of its ARN.

    `UserProfileName|SpaceName` is one part, held by whichever of the two a resource has.
    `of_arn`: the only part is the ARN, and the name is as many of its last steps.
    """

    parts: tuple[str, ...]
    of_arn: int = 0

    @property
    def fields(self) -> tuple[str, ...]:
        """List every member that can name one, without alternatives."""
        return _fields(self.parts)

    @property
    def exceeds_name(self) -> bool:
        """Tell whether a name alone does not determine its members."""
        return bool(self.of_arn) or len(self.fields) > len(self.parts)

    def address(self, raw: Mapping[str, Any]) -> dict[str, str] | None:
        """Read what names one from an answer; None where a part is missing."""
        found: dict[str, str] = {}
        for choices in _choices(self.parts):
            for field in choices:
                if value := printable(raw.get(field), self._longest):
                    found[field] = value
                    break
            else:
                return None
        return found

    def name_in(self, raw: Mapping[str, Any]) -> str | None:
        """Read the name of one from an answer; None where a part is missing."""
        found = self.address(raw)
        if found is None:
            return None
        told = "/".join(found.values())
        return (self.name_in_arn(told) or None) if self.of_arn else told

    def name_in_arn(self, arn: str) -> str:
        """Read the name from an ARN, which may spell it in lower case.

        It is empty where the ARN is too short: that of a pipeline names no run of it.
        """
        first, *steps = arn.split("/")
        if self.of_arn:
            return "/".join(steps) if len(steps) == self.of_arn else ""
        return "/".join((first, *steps)[-len(self.parts) :])

    def addresses(self, name: str) -> tuple[dict[str, str], ...]:
        """List the addresses that a name may have: several where a part has alternatives.

        It has none where only an ARN is one.
        """
        if self.of_arn:
            return ()
        values = name.split("/", len(self.parts) - 1)
        if len(values) != len(self.parts):
            return ()
        combinations = product(*_choices(self.parts))
        return tuple(dict(zip(fields, values, strict=True)) for fields in combinations)

    def in_request(self, parameters: Mapping[str, Any]) -> str | None:
        """Read the name from a call that CloudTrail recorded: its members begin in lower case."""
        return self.name_in(
            {field: parameters.get(field[0].lower() + field[1:]) for field in self.fields}
        )

    @property
    def _longest(self) -> int:
        return _LONGEST_ARN if self.of_arn else _LONGEST_NAME


@cache
def _fields(parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(field for choices in _choices(parts) for field in choices)


@cache
def _choices(parts: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(part.split("|")) for part in parts)
