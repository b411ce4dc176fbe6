"""The right to delete is there only where an admin asks for it, and for two operations at most."""

import pytest

from costguard.resources.registry import KINDS
from tests.contract.template import EVERYTHING, NOTHING, TEMPLATE, TRANSLATED, USUAL, Deployment

DELETED = {"DeleteApp", "DeleteEndpoint"}
OWN = {"Parker", "ParkerRole", "ParkerLogs", "ParkQueue", "ParkDeadLetterQueue", "ParkDeadLetters"}


def test_it_is_off_unless_an_admin_says_so() -> None:
    assert TEMPLATE["Parameters"]["Park"]["Default"] == "no"
    assert TEMPLATE["Parameters"]["Park"]["AllowedValues"] == ["yes", "no"]


@pytest.mark.parametrize("deployment", [USUAL, NOTHING, Deployment({})])
def test_without_it_nothing_of_it_is_there(deployment: Deployment) -> None:
    assert not [name for name in deployment.translated if name.startswith("Park")]
    deletes = [
        action
        for name, each in deployment.translated.items()
        if each["Type"] == "AWS::IAM::Role"
        for action, _ in deployment.grants_of(name)
        if action.startswith("sagemaker:Delete")
    ]
    assert deletes == []
    for function in deployment.functions.keys() - {"Probe", "Report"}:
        given = deployment.environment(function)
        assert given.get("PARK_QUEUE_URL", "") == ""
        assert given.get("PARK", "no") == "no"


def test_everything_of_it_has_its_condition() -> None:
    named = {n: each for n, each in TRANSLATED["Resources"].items() if n.startswith("Park")}
    assert named.keys() >= OWN
    assert {each.get("Condition") for each in named.values()} == {"Parks"}


def test_it_deletes_what_its_kinds_declare_and_each_on_its_own_resources_alone() -> None:
    deletes = {(a, on) for a, on in EVERYTHING.grants("Parker") if "sagemaker:Delete" in a}
    parked = [kind for kind in KINDS.values() if kind.is_deleted]
    assert {a for a, _ in deletes} == {
        f"sagemaker:{call}" for kind in parked for call in kind.grants["park"]
    }
    assert {on.rsplit(":", 1)[-1] for _, on in deletes} == {f"{k.arn_part}/*" for k in parked}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_kind_deletes_only_by_the_two_operations_that_lose_nothing(kind: object) -> None:
    assert set(getattr(kind, "grants")["park"]) <= DELETED  # noqa: B009 - any kind


def test_its_queue_is_its_own() -> None:
    senders = {
        f
        for f in EVERYTHING.functions
        for action, on in EVERYTHING.grants(f)
        if action == "sqs:SendMessage" and on.endswith("ParkQueue")
    }
    assert senders == {"Watch", "Sweep", "Respond", "Door"}
