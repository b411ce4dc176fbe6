"""What CONTRIBUTING says of a new kind and of a new rule, done on a copy."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from costguard.resources.registry import KINDS

ROOT = Path(__file__).parents[2]
COPIED = ("layers/core/costguard", "layers/policy", "scripts", "template.yaml", "spoke.yaml")
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
KIND = """
import json

from costguard.costs.components import COMPONENTS
from costguard.costs.price_list import parse_products
from costguard.policy.loader import parse_policy
from costguard.resources.events import parse_event
from costguard.resources.registry import KINDS, kind_of_arn
from tests.factories import at
from tests.unit.costs.test_prices import product

call = {"clusterName": "lab"}
created = {"eventSource": "sagemaker.amazonaws.com", "eventName": "CreateCluster"}
event = {
    "detail-type": "AWS API Call via CloudTrail",
    "time": "2026-11-23T14:00:00Z",
    "detail": {**created, "requestParameters": call},
}
line = product("USE1-Cluster:ml.p5.48xlarge", "66.048")
print(
    json.dumps(
        {
            "kinds": list(KINDS),
            "by_arn": kind_of_arn("arn:aws:sagemaker:us-east-1:1:cluster/0123456789ab").title,
            "heard": parse_event(event).ref.name,
            "priced": [
                component
                for _, component, _ in parse_products([line], region="us-east-1", now=at(0)).table
            ],
            "billed": COMPONENTS.on_the_bill("USE1-Cluster:ml.p5.48xlarge"),
            "grace": str(parse_policy('grace = { cluster = "1h" }').grace.of("cluster")),
        }
    )
)
"""


def _order(name: str) -> tuple[int, str]:
    """Sort kinds as the registry does; a new one has no place of its own."""
    return (KINDS[name].order if name in KINDS else 100, name)


RULE_MODULE = '''
"""Does it have a name that anybody can say?"""

from msgspec import Struct

from costguard.resources.model import Resource
from costguard.rules.base import PASS, EvaluationContext, Fail, Rule, Verdict


class Options(Struct, frozen=True, kw_only=True):
    """`most` characters that a name may have."""

    most: int = 30


def check(resource: Resource, options: Options, _ctx: EvaluationContext) -> Verdict:
    """Fail a name that is too long."""
    if len(resource.name) <= options.most:
        return PASS
    return Fail(f"its name has more than {options.most} characters", "Take a shorter one.")


RULE = Rule(id="long-name", title="The name is too long", options=Options(), check=check)
'''
RULE = """
import json

from costguard.enforcement.evaluation import evaluate
from costguard.policy.loader import parse_policy
from tests.factories import at, training_job

policy = parse_policy("[rules.long-name]\\nmost = 5")
found = evaluate(training_job("churn-2026"), policy, now=at(0)).violations
print(json.dumps({rule: fail.reason for rule, fail in found.items()}))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy what is to be changed."""
    for name in COPIED:
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return tmp_path


def run(copy: Path, program: str) -> Any:
    """Run a program with the copy's core, and the tests of this tree."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": f"{copy / 'layers' / 'core'}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return json.loads(done.stdout)


def test_a_new_kind_is_one_file(copy: Path) -> None:
    kinds = copy / "layers" / "core" / "costguard" / "resources" / "kinds"
    shutil.copy(ROOT / "tests" / "kinds" / "cluster.py", kinds)
    assert run(copy, KIND) == {
        "kinds": sorted([*KINDS, "cluster"], key=_order),
        "by_arn": "HyperPod cluster",
        "heard": "lab",
        "priced": ["hyperpod-cluster"],
        "billed": True,
        "grace": "1:00:00",
    }


def test_its_grants_and_patterns_are_generated(copy: Path) -> None:
    kinds = copy / "layers" / "core" / "costguard" / "resources" / "kinds"
    shutil.copy(ROOT / "tests" / "kinds" / "cluster.py", kinds)
    subprocess.run([sys.executable, copy / "scripts" / "template"], check=True)  # noqa: S603 - ours
    before = (ROOT / "template.yaml").read_text(encoding="utf-8").splitlines()
    text = (copy / "template.yaml").read_text(encoding="utf-8")
    after = text.splitlines()
    told = text.partition("make template: told")[2].partition("<<<")[0]
    assert ("- CreateCluster\n" in text, "- CreateCluster\n" in told) == (True, False)  # moved
    assert [line.strip() for line in after if line not in before] == [
        "- sagemaker:DescribeCluster",
        "- !Sub arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:cluster/*",
        *(
            "- sagemaker:ListClusterNodes",
            "- !Sub arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:cluster/*",
        )
        * 2,  # of those who look, and of `park`
    ]


def test_a_new_rule_is_one_file_and_its_place_in_the_catalogue(copy: Path) -> None:
    rules = copy / "layers" / "core" / "costguard" / "rules"
    (rules / "long_name.py").write_text(RULE_MODULE, encoding="utf-8")
    catalogue = (rules / "__init__.py").read_text(encoding="utf-8")
    named = catalogue.replace("    long_running,\n", "    long_name,\n    long_running,\n", 1)
    listed = named.replace("        naming,\n", "        naming,\n        long_name,\n", 1)
    (rules / "__init__.py").write_text(listed, encoding="utf-8")
    assert run(copy, RULE) == {"long-name": "its name has more than 5 characters"}


@pytest.mark.parametrize("heading", ["## Add a rule", "## Add a kind"])
def test_every_file_that_the_steps_name_exists(heading: str) -> None:
    steps = GUIDE.split(f"{heading}\n")[1].split("\n## ")[0]
    named = [word for word in steps.split("`")[1::2] if "/" in word and "<" not in word]
    core = ROOT / "layers" / "core" / "costguard"
    assert named
    assert [
        name for name in named if not (ROOT / name).exists() and not (core / name).exists()
    ] == []
