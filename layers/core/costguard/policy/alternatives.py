"""Allowed instance types that cost less."""

import re
from collections.abc import Iterator
from copy import replace
from decimal import Decimal
from fnmatch import fnmatchcase

from costguard.costs.prices import Prices
from costguard.policy.model import Policy
from costguard.resources.instance_types import known_instance_types
from costguard.resources.model import InstanceGroup, Resource
from costguard.rules.instance_type import RULE as INSTANCE_TYPE

_ACCELERATED = re.compile(r"ml\.(?:p|g|trn|inf|dl)\d")


def cheaper_types(
    resource: Resource, policy: Policy, prices: Prices
) -> Iterator[tuple[str, Decimal]]:
    """Find allowed types that cost less, with an accelerator where the resource's type has one."""
    asked = resource.instance_types
    if len(asked) != 1 or INSTANCE_TYPE.id not in policy.rules:
        return
    allowed = policy.rules[INSTANCE_TYPE.id].options.allowed.of(resource.kind)
    limit = prices.hourly(_as_type(resource, asked[0]))
    for type_ in sorted(known_instance_types()):
        if allowed is not None and not any(fnmatchcase(type_, each) for each in allowed):
            continue
        if bool(_ACCELERATED.match(type_)) != bool(_ACCELERATED.match(asked[0])):
            continue
        hourly = prices.hourly(_as_type(resource, type_))
        if hourly is not None and (limit is None or hourly < limit):
            yield type_, hourly


def _as_type(resource: Resource, type_: str) -> Resource:
    """Return one instance of a type, of the same kind and place."""
    return replace(resource, groups=(InstanceGroup(type_, 1),))
