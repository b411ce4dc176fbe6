"""Whom a warning has to reach, as the documents say; no code of the guard is asked.

The owner, by the name, else by the tag; where nobody is known the one who created it, or the
admins; and the admins for whom no channel reaches (policy-reference, DESIGN law 2).
"""

from local.sagemaker.resource import Resource
from tests.soak.oracle import owner
from tests.soak.people import PEOPLE, address
from tests.soak.receivers import ADMINS


def whom(resource: Resource, creator: str) -> frozenset[str]:
    """Name who must have heard: one of them, where several are named."""
    if (found := owner(resource)) in PEOPLE:
        return frozenset({address(found)})
    return frozenset({ADMINS, address(creator)} if creator in PEOPLE else {ADMINS})
