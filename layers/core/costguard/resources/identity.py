"""How AWS names a resource: by one member of its answers, or by several.

A resource of one part is named by that part. One of several is named by all of them, joined by
slashes: `d-1/jane/JupyterLab/default` is an app of a Studio domain.
"""

import re
from collections.abc import Mapping
from functools import cache
from itertools import product
from typing import Any

from msgspec import Struct

from costguard.common.observed import printable

_LONGEST_ARN = 2048
_ARN = re.compile(r"arn:[a-z-]+:sagemaker:[a-z0-9-]*:\d*:[^/\s]+/\S+")


def is_arn(text: str) -> bool:
    """Tell whether a text is the ARN of something in SageMaker: its parts are read as such."""
    return len(text) <= _LONGEST_ARN and _ARN.fullmatch(text) is not None


class Identity(Struct, frozen=True):
    """The members that name a resource, in the order of its ARN.

    `UserProfileName|SpaceName` is one part, held by whichever of the two a resource has.
    """

    parts: tuple[str, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """List every member that can name one, without alternatives."""
        return _fields(self.parts)

    @property
    def has_alternatives(self) -> bool:
        """Tell whether a name alone does not determine its members."""
        return len(self.fields) > len(self.parts)

    def address(self, raw: Mapping[str, Any]) -> dict[str, str] | None:
        """Read what names one from an answer; None where a part is missing."""
        found: dict[str, str] = {}
        for choices in _choices(self.parts):
            for field in choices:
                if value := printable(raw.get(field)):
                    found[field] = value
                    break
            else:
                return None
        return found

    def name_in(self, raw: Mapping[str, Any]) -> str | None:
        """Read the name of one from an answer; None where a part is missing."""
        found = self.address(raw)
        return None if found is None else "/".join(found.values())

    def name_in_arn(self, arn: str) -> str:
        """Read the name from an ARN, which may spell it in lower case."""
        return "/".join(arn.split("/")[-len(self.parts) :])

    def addresses(self, name: str) -> tuple[dict[str, str], ...]:
        """List the addresses that a name may have: several where a part has alternatives."""
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


@cache
def _fields(parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(field for choices in _choices(parts) for field in choices)


@cache
def _choices(parts: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(part.split("|")) for part in parts)
