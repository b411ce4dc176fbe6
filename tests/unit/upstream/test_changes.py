"""What a newer botocore changes is said in words: each sort of change, once."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from costguard.resources.kinds.notebook_instance import KIND as NOTEBOOK
from upstream import __main__ as command
from upstream.changes import changes, of_kind
from upstream.functions import RELIANCES, Reliance

OLD: dict[str, Any] = {
    "operations": {
        "CreateNotebookInstance": {"input": {"shape": "Asked"}},
        "DescribeNotebookInstance": {"output": {"shape": "Told"}},
        "ListNotebookInstances": {},
        "StopNotebookInstance": {},
        "GoneNow": {},
    },
    "shapes": {
        "Asked": {"required": ["RoleArn"], "members": {"RoleArn": {}}},
        "Told": {"members": {"NotebookInstanceStatus": {"shape": "NotebookInstanceStatus"}}},
        "NotebookInstanceStatus": {"enum": ["InService", "Stopped", "Old"]},
        "InstanceType": {"enum": ["ml.t3.medium"]},
    },
}


def newer() -> dict[str, Any]:
    model = deepcopy(OLD)
    del model["operations"]["GoneNow"]
    model["operations"] |= {"CreateQuantumJob": {}, "CreateProject": {}, "DescribeQuantumJob": {}}
    model["shapes"]["Asked"] = {
        "required": ["SubnetId"],
        "members": {"RoleArn": {}, "SubnetId": {}},
    }
    model["shapes"]["NotebookInstanceStatus"]["enum"] = ["InService", "Stopped", "Parked"]
    model["shapes"]["InstanceType"]["enum"].append("ml.q1.large")
    return model


def said(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Say what changed; these models have notebook instances alone."""
    return list(changes({"sagemaker": old}, {"sagemaker": new}))


@pytest.mark.parametrize(
    "sentence",
    [
        "sagemaker: CreateQuantumJob may cost, and is in no list: add it to operations.csv.",
        ("sagemaker: new operations: CreateProject (told), CreateQuantumJob, DescribeQuantumJob."),
        "sagemaker: operations that are gone: GoneNow.",
        "notebook instance: CreateNotebookInstance now requires SubnetId.",
        "notebook instance: CreateNotebookInstance no longer requires RoleArn.",
        "notebook instance: the input of CreateNotebookInstance has new members: SubnetId.",
        "notebook instance: statuses that its file does not know: Parked.",
        "NotebookInstanceStatus: new status: Parked.",
        "NotebookInstanceStatus: no longer a status: Old.",
        "InstanceType: new instance type: ml.q1.large.",
    ],
)
def test_each_change_is_one_sentence(sentence: str) -> None:
    assert said(OLD, newer()).count(sentence) == 1


def test_without_a_change_there_is_nothing_to_say() -> None:
    same = {**OLD, "shapes": {**OLD["shapes"], "NotebookInstanceStatus": {"enum": ["InService"]}}}
    assert list(of_kind(NOTEBOOK, same, same)) == []
    assert not any("sagemaker:" in line or ": new " in line for line in said(same, same))


def test_a_call_or_a_service_that_is_gone_or_new_is_named() -> None:
    less = deepcopy(OLD)
    del less["operations"]["StopNotebookInstance"]
    assert "notebook instance: StopNotebookInstance is gone." in said(OLD, less)
    found = list(
        changes({"sagemaker-old": OLD}, {"sagemaker-new": {"operations": {}, "shapes": {}}})
    )
    assert "The service sagemaker-old is gone." in found
    assert "The service sagemaker-new is new." in found


def test_a_function_is_told_apart_by_its_code_and_not_by_its_comments(tmp_path: Path) -> None:
    reliance = Reliance("p", "m.py", "f", "x")
    prints = []
    for text in (
        "def f(): return 1",
        "def f():  # why\n    return 1",
        "def f(): return 2",
        "g = 1",
    ):
        (tmp_path / "m.py").write_text(text)
        prints.append(reliance.fingerprint(tmp_path))
    assert prints[0] == prints[1] != prints[2]
    assert prints[3] is None
    assert Reliance("p", "no.py", "f", "x").fingerprint(tmp_path) is None


def test_every_function_that_is_relied_on_is_pinned() -> None:
    pinned = json.loads(command.PINNED.read_text(encoding="utf-8"))
    assert set(pinned["functions"]) == {each.key for each in RELIANCES}
    assert all(pinned["functions"].values())
    assert {each.package for each in RELIANCES} | set(command.ALSO) == set(pinned["versions"])
