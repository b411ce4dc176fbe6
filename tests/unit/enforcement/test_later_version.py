"""Going back a version: what a later one wrote into a case stops nothing, and is not lost."""

import json
from copy import replace
from typing import Any

import pytest

from costguard.common.errors import StoredDataInvalid
from costguard.enforcement.case import Case, FindingState, decode_case, encode_case
from costguard.policy.model import Mode
from costguard.resources.model import ResourceStatus
from tests.factories import at, case, mark, notebook, on, policy, step, waiting

DEAR = notebook("DoeJohn-Explore", **on("ml.p4d.24xlarge"))
WARNED = case(
    DEAR,
    findings={"instance-type": mark(FindingState.WARNED, at(0))},
    outbox=(waiting("a-warning"),),
    updated=at(0),
)
FAREWELL = {"schema": "costguard.notice/2", "stage": "farewell", "id": "z"}


def written_later(**changes: Any) -> dict[str, Any]:
    """Write the case as a later version does: another state, another notice, other fields."""
    raw: dict[str, Any] = json.loads(encode_case(WARNED))
    raw["marks"]["instance-type"] |= {"stage": "heard-twice", "by": ["slack"]}
    raw["outbox"].append(FAREWELL)
    return raw | {"mood": {"good": True}} | changes


def read(raw: object) -> Case:
    return decode_case(json.dumps(raw), "case", DEAR.ref.key)


def test_a_state_of_a_later_version_is_read_and_written_back_as_it_was() -> None:
    found = read(written_later())
    assert found.findings["instance-type"].state is FindingState.LATER
    assert [notice.id for notice in found.outbox] == ["a-warning"]
    again = json.loads(encode_case(found))
    assert again["marks"] == written_later()["marks"]
    assert again["outbox"] == written_later()["outbox"]


@pytest.mark.parametrize("mode", Mode)
def test_nothing_is_stopped_for_a_state_of_a_later_version(mode: Mode) -> None:
    planned = step(DEAR, read(written_later()), policy(mode=mode), at(99))
    assert planned.due == ()
    assert planned.after.findings["instance-type"].state is FindingState.LATER


def test_a_state_of_a_later_version_goes_with_the_violation() -> None:
    fixed = replace(DEAR, groups=notebook().groups)
    after = step(fixed, read(written_later()), policy(), at(1)).after
    assert after.findings == {}
    assert json.loads(encode_case(after))["marks"] == {}
    assert json.loads(encode_case(after))["outbox"][-1] == FAREWELL


def test_a_case_whose_notice_only_a_later_version_can_publish_stays() -> None:
    gone = replace(read(written_later()), findings={}, outbox=(), gaps=())
    stopped = step(replace(DEAR, status=ResourceStatus.STOPPED), gone, policy(), at(1)).after
    assert stopped.keep_until(at(1)) is None


@pytest.mark.parametrize("notice", [3, None, [], {}, {"stage": "warning"}, {"time": 1e300}])
def test_a_notice_that_cannot_be_read_costs_only_itself(notice: object) -> None:
    raw = written_later(outbox=[notice])
    assert read(raw).outbox == ()
    assert json.loads(encode_case(read(raw)))["outbox"] == [notice]


@pytest.mark.parametrize(
    "changes",
    [
        {"created": "2026-11-23T14:00:00"},  # without its zone no time compares with it
        {"stopping": "9999-12-31T23:59:59Z"},
        {"updated": "0001-01-01T00:00:00Z"},
        {"stops": 10**30},
        {"returns": {"naming": 10**30}},
        {"version": None},
        {"marks": []},
        {"marks": {"naming": 3}},
        {"marks": {"naming": {"stage": 3}}},
        {"marks": {"naming": {"stage": "heard-twice"}}},
        {"kept": [{"value": "x", "seen": "2026-11-23"}]},
        {"outbox": 3, "kind": None},
        [],
        "x",
    ],
)
def test_a_case_that_cannot_be_weighed_is_one_error_which_says_whose(changes: Any) -> None:
    raw = written_later(**changes) if isinstance(changes, dict) else changes
    with pytest.raises(StoredDataInvalid, match="case/notebook-instance/doejohn-explore"):
        read(raw)


def test_json_of_any_depth_is_one_error() -> None:
    with pytest.raises(StoredDataInvalid):
        decode_case('{"kind":' + "[" * 200_000, "case")
