"""What has to hold before something is deleted for its owner, as a kind declares it.

Only what can be made again of what stays may be deleted.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

MOST_ON_A_PAGE = 100  # of SageMaker's lists
SAGEMAKER, SCALING = "sagemaker", "application-autoscaling"

type _Raw = Mapping[str, Any]


class DeletionCheck(Struct, frozen=True):
    """What a look found: why it is not deleted, and what its owner may do that is gentler."""

    seen: datetime
    obstacles: tuple[str, ...] = ()
    gentler: tuple[str, ...] = ()  # lines for a shell
    lost: bool = False  # not all that it is made of is there, so nothing would make it again


class Needed(Struct, frozen=True, kw_only=True):
    """Something that has to be there, because another is made of it."""

    title: str
    operation: str  # that describes it, by its name
    argument: str
    resource: str  # the resource part of its ARN, for the grant
    names: Callable[[_Raw], Sequence[str]]  # of those that a description refers to


class Hindrance(Struct, frozen=True, kw_only=True):
    """A list without which something may be deleted: whatever it names goes or breaks with it."""

    service: str = SAGEMAKER  # or SCALING
    operation: str
    rows: str
    page: int = MOST_ON_A_PAGE
    arguments: Callable[[str], _Raw]  # for the name of what would be deleted
    applies: Callable[[str, _Raw], bool] = lambda _name, _row: True
    describe: Needed | None = None  # a further read of each row
    says: Callable[[Sequence[_Raw]], str]
    gentler: Callable[[_Raw], str] = lambda _row: ""  # the words of a line; `""` for none


def no_line(_raw: _Raw) -> str:
    """Name nothing gentler than a deletion."""
    return ""
