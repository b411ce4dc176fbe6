"""Where code comes from: pinned, hashed, from the public index, with the reasons beside it."""

import re
import tomllib
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # no types

from tests.contract.template import PATH

ROOT = PATH.parent
LOCKS = ["uv.lock", "scripts/template-security.lock"]
PUBLIC = "https://pypi.org/simple"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def locked(lock: str) -> list[dict[str, Any]]:
    found = tomllib.loads((ROOT / lock).read_text(encoding="utf-8"))["package"]
    return [package for package in found if "registry" in package["source"]]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_locked_by_hash_from_the_public_index(lock: str) -> None:
    packages = locked(lock)
    assert len(packages) > 50
    assert {package["source"]["registry"] for package in packages} == {PUBLIC}
    files = [f for p in packages for f in (*p.get("wheels", ()), *filter(None, [p.get("sdist")]))]
    assert [f["url"] for f in files if not f["hash"].startswith("sha256:")] == []
    assert {f["url"].split("/")[2] for f in files} == {"files.pythonhosted.org"}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_only_read_and_runs_what_is_pinned_by_commit(workflow: Any) -> None:
    text = workflow.read_text(encoding="utf-8")
    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
    actions = re.findall(r"uses: (\S+)", text)
    assert actions
    assert [a for a in actions if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", a)] == []


@pytest.mark.parametrize("kind", ["functions", "layers", "cli", "local"])
def test_what_bandit_is_not_to_ask_of_a_line_has_its_reason_there(kind: str) -> None:
    lines = [line for f in (ROOT / kind).rglob("*.py") for line in f.read_text().splitlines()]
    silenced = [line for line in lines if re.search(r"# noqa: S\d", line)]
    assert [line for line in silenced if not re.search(r"# noqa: S[\w, ]+ - \w", line)] == []


def test_every_check_of_the_template_that_is_left_out_has_its_reason() -> None:
    text = (ROOT / ".checkov.yaml").read_text(encoding="utf-8")
    left_out = text.partition("skip-check:\n")[2]
    assert re.fullmatch(r"(?:(?:  # .+\n)+(?:  - CKV_AWS_\d+\n)+)+", left_out)
