"""Every operation of SageMaker that may start or grow cost is in exactly one list.

The operations are those of the pinned botocore, whatever the layer ships: `make newest
ARGS="pin VERSION"` raises the pin, and then a test here names what is new.
"""

import csv
import json
from collections import Counter
from collections.abc import Mapping
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from costguard.policy.loader import parse_policy
from costguard.resources.coverage import COVERAGE, SAGEMAKER, Coverage, CoverageContract
from costguard.resources.kinds.endpoint import KIND as ENDPOINT
from costguard.resources.registry import KINDS, Registry
from costguard.resources.unwatched import UNWATCHED_KINDS
from docs.make.coverage import billable, document
from tests.contract.template import EVERYTHING, TRANSLATED
from tests.iam import PolicySimulator

PINNED = json.loads((Path(__file__).parents[2] / "upstream" / "pinned.json").read_text("utf-8"))
OPERATIONS = {(s, each) for s, listed in PINNED["operations"].items() for each in listed}
ONLY_IAM = {"CreateReservedCapacity", "DeployHubModel", "TrainHubModel"}
"""Actions of the service authorization reference (2026-10-27) that no operation is called by."""
LONGEST_PATTERN = 2048  # characters of an event pattern, the default quota of EventBridge
ROWS = list(COVERAGE.listed(*Coverage))
TELLING = [row for row in ROWS if row.coverage is Coverage.TOLD]


def unlisted(operations: set[tuple[str, str]], contract: CoverageContract = COVERAGE) -> list[str]:
    """Name the operations that nobody has classified."""
    return sorted(" ".join(each) for each in operations if contract.of(*each) is None)


def test_every_operation_that_may_cost_is_in_a_list() -> None:
    assert unlisted(OPERATIONS) == []


def test_what_a_newer_model_adds_is_named() -> None:
    newer = OPERATIONS | {(SAGEMAKER, "CreateQuantumJob"), ("sagemaker-moon", "StartLanding")}
    assert unlisted(newer) == ["sagemaker CreateQuantumJob", "sagemaker-moon StartLanding"]


def test_no_operation_has_two_rows_and_each_row_is_an_operation() -> None:
    text = (files("costguard.resources") / "operations.csv").read_text("utf-8")
    keys = [(row["service"], row["operation"]) for row in csv.DictReader(text.splitlines())]
    assert [key for key, count in Counter(keys).items() if count > 1] == []
    assert {operation for _, operation in set(keys) - OPERATIONS} == ONLY_IAM
    assert keys == sorted(keys)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.operation)
def test_a_row_says_why_it_is_in_its_list(row: Any) -> None:
    assert row.why
    assert row.coverage is not Coverage.GUARDED  # only the registry makes it so
    harmless = row.coverage is Coverage.HARMLESS
    assert row.source.startswith("https://") if harmless else not row.source
    assert not (harmless and row.kind)


def test_what_makes_or_grows_a_kind_of_the_guard_is_guarded() -> None:
    for kind in KINDS.values():
        for operation in (*kind.events.creates, *kind.guardrail.later):
            assert COVERAGE.of(SAGEMAKER, operation) is Coverage.GUARDED
    assert COVERAGE.kind_of(SAGEMAKER, "StartNotebookInstance") == "notebook-instance"


def test_a_kind_that_is_added_takes_its_operations_out_of_the_other_lists() -> None:
    without = [kind for kind in KINDS.values() if kind.name != "endpoint"]
    before, after = (CoverageContract(Registry(each)) for each in (without, [*without, ENDPOINT]))
    for operation in ("CreateEndpoint", "UpdateEndpoint", "CreateEndpointConfig"):
        assert before.of(SAGEMAKER, operation) in {Coverage.TOLD, Coverage.DENIED}
        assert after.of(SAGEMAKER, operation) is Coverage.GUARDED
    assert before.told("CreateEndpoint")
    assert not after.told("CreateEndpoint")


def test_the_document_has_every_operation_that_may_cost_and_every_kind() -> None:
    written = [row["operations"].split() for row in billable()]
    named = set(chain.from_iterable(written))
    for row in COVERAGE.listed(Coverage.GUARDED, Coverage.TOLD, Coverage.DENIED):
        assert row.operation in named
    services = {row.operation: row.service for row in ROWS}
    guarded = {COVERAGE.kind_of(services.get(each, SAGEMAKER), each) for each in named}
    assert set(KINDS) <= guarded
    assert all(COVERAGE.of(services.get(each, SAGEMAKER), each) for each in named)
    text = document()
    assert all(f"found by `{kind.list.operation}`" in text for kind in UNWATCHED_KINDS)


def patterns() -> list[Mapping[str, Any]]:
    """Give the event patterns of the rules that CloudFormation makes."""
    rules = [r for r in TRANSLATED["Resources"].values() if r["Type"] == "AWS::Events::Rule"]
    return [r["Properties"]["EventPattern"] for r in rules if "EventPattern" in r["Properties"]]


def test_the_guard_hears_of_every_call_that_it_tells_of() -> None:
    details = [pattern.get("detail", {}) for pattern in patterns()]
    ours = [d for d in details if d.get("eventSource") == ["sagemaker.amazonaws.com"]]
    heard = set(chain.from_iterable(detail["eventName"] for detail in ours))
    assert {row.operation for row in COVERAGE.listed(Coverage.TOLD)} <= heard
    assert all(row.service == SAGEMAKER for row in TELLING)  # others have other event sources


def test_no_pattern_is_longer_than_eventbridge_takes() -> None:
    assert [
        p for p in patterns() if len(json.dumps(p, separators=(",", ":"))) > LONGEST_PATTERN
    ] == []
    assert any("CostCall" in name for name in EVERYTHING.functions["Watch"]["Events"])


def test_what_is_not_guarded_and_may_cost_is_denied_at_the_door() -> None:
    policy = parse_policy("[rules]")
    loose, tight = PolicySimulator.of(policy), PolicySimulator.of(policy, only_watched=True)
    for row in COVERAGE.listed(Coverage.TOLD, Coverage.DENIED):
        assert loose.allows(row.action)
        assert not tight.allows(row.action)
    for row in COVERAGE.listed(Coverage.HARMLESS):
        assert tight.allows(row.action)
