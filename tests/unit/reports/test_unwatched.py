"""What the guard only tells of: how it is read, and what is said of it."""

from decimal import Decimal
from typing import Any

import pytest

from costguard.costs.prices import Price, Prices
from costguard.reports.unwatched import hourly_of, says_of, unread_of
from costguard.resources.model import InstanceGroup
from costguard.resources.unwatched import (
    UNWATCHED_KINDS,
    Facts,
    Unwatched,
    UnwatchedKind,
    UnwatchedList,
)
from tests.factories import at

REGION = "us-east-2"
P5 = "ml.p5.48xlarge"
PRICES = Prices({(REGION, "hyperpod-cluster", P5): Price(Decimal("66.048"), "a test", "2026")})


def kind(title: str) -> UnwatchedKind:
    return next(each for each in UNWATCHED_KINDS if each.title == title)


def cluster(*groups: InstanceGroup, **more: Any) -> Unwatched:
    return Unwatched(
        kind="HyperPod cluster",
        name="lab",
        status="InService",
        groups=groups,
        component="hyperpod-cluster",
        **more,
    )


def test_a_cluster_says_what_it_runs_and_costs_an_hour() -> None:
    lab = cluster(InstanceGroup(P5, 8))
    assert hourly_of(lab, REGION, PRICES) == Decimal("528.384")
    assert says_of(lab, REGION, PRICES) == (
        "HyperPod cluster lab (InService, 8 x ml.p5.48xlarge, $528.38/h)"
    )


@pytest.mark.parametrize(
    "group", [InstanceGroup("ml.p6.48xlarge", 1), InstanceGroup(P5, None), InstanceGroup(None, 1)]
)
def test_what_has_no_known_price_says_so_and_is_never_zero(group: InstanceGroup) -> None:
    lab = cluster(InstanceGroup(P5, 1), group)
    assert hourly_of(lab, REGION, PRICES) is None
    assert "price not known" in says_of(lab, REGION, PRICES)


def test_what_has_no_instances_says_what_is_known() -> None:
    app = Unwatched(kind="partner app", name="lab", status="Available", note="comet, tier small")
    assert says_of(app, REGION, PRICES) == "partner app lab (Available, comet, tier small)"
    assert says_of(Unwatched(kind="inference router", name="x"), REGION, PRICES) == (
        "inference router x"
    )


def test_a_name_cannot_break_the_line() -> None:
    odd = Unwatched(kind="partner app", name="a\nCOULD NOT LOOK")
    assert "\n" not in says_of(odd, REGION, PRICES)


def test_what_could_not_be_looked_at_says_why() -> None:
    seen = UnwatchedList(time=at(0), region=REGION, unread={"training plan": "AccessDenied"})
    assert list(unread_of(seen)) == ["training plans (AccessDenied)"]


GROUP = {"InstanceGroupName": "a", "InstanceType": P5, "CurrentCount": 8}


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([GROUP], Facts((InstanceGroup(P5, 8),))),
        ([GROUP | {"CurrentCount": 0}], Facts()),
        ([{"InstanceType": P5}], Facts((InstanceGroup(P5, None),))),
        (
            [{"InstanceTypeDetails": [{"InstanceType": "ml.g5.8xlarge", "CurrentCount": 2}]}],
            Facts((InstanceGroup("ml.g5.8xlarge", 2),)),
        ),
        ([GROUP | {"TrainingPlanArn": "arn"}], Facts((), "8 of a training plan, paid ahead")),
        (["odd"], Facts((InstanceGroup(None, None),))),
        (None, Facts()),
    ],
)
def test_a_cluster_is_read_group_by_group(groups: Any, expected: Facts) -> None:
    assert kind("HyperPod cluster").read({"InstanceGroups": groups}) == expected
    assert kind("HyperPod cluster").read({"RestrictedInstanceGroups": groups}) == expected


@pytest.mark.parametrize(
    ("raw", "note"),
    [
        (
            {
                "UpfrontFee": "40000.00",
                "CurrencyCode": "USD",
                "EndTime": at(24),
                "TotalInstanceCount": 2,
                "AvailableInstanceCount": 1,
            },
            "paid ahead: 40000.00 USD, until 2026-11-24, 1 of 2 instances unused",
        ),
        ({}, "paid ahead: an amount that is not told"),
    ],
)
def test_a_plan_says_what_was_paid_and_what_nobody_uses(raw: Any, note: str) -> None:
    facts = kind("training plan").read(raw)
    assert facts
    assert facts.note.strip() == note


def test_a_feature_group_without_an_online_store_costs_nothing() -> None:
    read = kind("feature group").read
    assert read({}) is None
    assert read({"OnlineStoreConfig": {"EnableOnlineStore": False}}) is None
    assert read({"OnlineStoreConfig": {"EnableOnlineStore": True}}) == Facts(
        note="online store, Standard, OnDemand"
    )
    memory = {
        "OnlineStoreConfig": {"EnableOnlineStore": True, "StorageType": "InMemory"},
        "ThroughputConfig": {"ThroughputMode": "Provisioned"},
    }
    assert read(memory) == Facts(note="online store, InMemory, Provisioned")


def test_a_shadow_test_has_the_instances_of_its_variants() -> None:
    config = {"RealTimeInferenceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2}}
    raw = {
        "ModelVariants": [{"InfrastructureConfig": config}],
        "Schedule": {"EndTime": at(48)},
    }
    expected = Facts((InstanceGroup("ml.m5.large", 2),), "until 2026-11-25")
    assert kind("shadow test").read(raw) == expected
    assert kind("shadow test").read({}) == Facts()


def test_an_app_says_its_type_and_tier() -> None:
    assert kind("partner app").read({"Type": "comet", "Tier": "small"}) == Facts(
        note="comet, small"
    )
    assert kind("MLflow app").read({}) == Facts()
