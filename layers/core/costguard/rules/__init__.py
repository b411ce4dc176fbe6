"""The catalogue: every rule, in the order in which a notice names them."""

from typing import Any

from costguard.rules import (
    burn_rate,
    idle,
    instance_type,
    long_running,
    missing_tags,
    naming,
    over_budget,
    too_many,
)
from costguard.rules.base import Rule

RULES: dict[str, Rule[Any]] = {
    module.RULE.id: module.RULE
    for module in (
        missing_tags,
        naming,
        instance_type,
        too_many,
        burn_rate,
        long_running,
        idle,
        over_budget,
    )
}
