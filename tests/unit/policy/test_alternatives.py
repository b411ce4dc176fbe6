"""Cheaper types, of a resource that has one type."""

from costguard.costs.prices import bundled_prices
from costguard.policy.alternatives import cheaper_types
from costguard.resources.model import InstanceGroup
from tests.factories import policy, training_job


def test_for_several_types_there_is_no_other_to_name() -> None:
    two = (InstanceGroup("ml.m5.xlarge", 1), InstanceGroup("ml.g5.xlarge", 1))
    assert not list(cheaper_types(training_job("x", groups=two), policy(), bundled_prices()))
