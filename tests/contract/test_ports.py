"""Types limit the use cases: only `enforce` stops, only `park` deletes; mypy refuses the rest."""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "layers" / "core"
CACHE = ROOT / ".mypy_cache" / "ports"
"""Apart from the one of `make lint`, which other options would empty; kept, as that is."""
SETS = {
    name: getattr(import_module(".".join(module.relative_to(CORE).with_suffix("").parts)), name)
    for module in (CORE / "costguard").rglob("*.py")
    for name in re.findall(r"^class (\w+Ports)\b", module.read_text(encoding="utf-8"), re.MULTILINE)
}
STOPS = """
from datetime import datetime

from costguard.app.enforce import enforce
from costguard.app.park import park
from {module} import {ports}
from costguard.resources.model import Resource


def directly(ports: {ports}, resource: Resource) -> None:
    ports.stopper.stop(resource)


def through_enforce(ports: {ports}, now: datetime) -> None:
    enforce(ports, [], now=now)


def delete_directly(ports: {ports}, resource: Resource) -> None:
    ports.deleter.delete(resource)


def delete_through_park(ports: {ports}, now: datetime) -> None:
    park(ports, [], now=now)
"""
ENDS = {
    "EnforcePorts": ("stopper", "enforce"),
    "ParkPorts": ("deleter", "park"),
}
"""Who may end something: its port, and the function of the use case that uses it."""


def _parts(hint: Any) -> Iterator[Any]:
    """Give a type and all that it is made of: a mapping of stoppers would stop as well."""
    yield hint
    for part in get_args(hint):
        yield from _parts(part)


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Let mypy read, in one run, code that stops something with each set of ports."""
    folder = tmp_path_factory.mktemp("snippets")
    snippets = {name: folder / f"stops_with_{name.lower()}.py" for name in SETS}
    for name, path in snippets.items():
        path.write_text(STOPS.format(ports=name, module=SETS[name].__module__), encoding="utf-8")
    return _checked(snippets)


def _checked(snippets: dict[str, Path]) -> dict[str, list[str]]:
    options = ("--follow-imports=silent", f"--cache-dir={CACHE}", "--no-error-summary")
    command = (sys.executable, "-m", "mypy", *options, *map(str, snippets.values()))
    ran = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603
    assert ran.stderr == ""
    lines = ran.stdout.splitlines()
    return {
        name: [line for line in lines if Path(line.partition(":")[0]).name == path.name]
        for name, path in snippets.items()
    }


@pytest.mark.parametrize(
    ("verb", "only"), [("stop", ("EnforcePorts", "stopper")), ("delete", ("ParkPorts", "deleter"))]
)
def test_only_one_set_of_ports_has_something_that_ends(verb: str, only: tuple[str, str]) -> None:
    assert SETS.keys() > {"WatchPorts", "SweepPorts", "EnforcePorts", "ParkPorts"}
    holders = {
        (name, field)
        for name, made in SETS.items()
        for field, hint in get_type_hints(made).items()
        if any(hasattr(part, verb) for part in _parts(hint))
    }
    assert holders == {only}


@pytest.mark.parametrize("name", sorted(SETS))
def test_anything_that_ends_in_another_way_than_its_own_is_a_type_error(
    name: str, complaints: dict[str, list[str]]
) -> None:
    text = "\n".join(complaints[name])
    for holder, (port, use) in ENDS.items():
        refused = f'"{use}" has incompatible type "{name}"; expected "{holder}"' in text
        assert (f'"{name}" has no attribute "{port}"' in text) is (name != holder)
        assert refused is (name != holder)
    assert len(complaints[name]) == 2 * len(ENDS.keys() - {name})
