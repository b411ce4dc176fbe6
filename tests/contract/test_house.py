"""The house rules of the core: one name for one thing, and nothing longer than it must be."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "layers" / "core" / "costguard"
MODULES = sorted(CORE.rglob("*.py"))
SHARED = {
    *("check", "Options", "RULE"),  # each rule
    "KIND",  # each kind
    "render",  # each renderer, and the page
}
LONGEST_FUNCTION, LONGEST_MODULE = 30, 200
REASON = "longer than"
"""Stands where the reason for a longer function or module is given: in words beside it."""


def _public(module: Path) -> set[str]:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    named = (ast.FunctionDef, ast.ClassDef)
    found = {node.name for node in tree.body if isinstance(node, named)}
    found |= {n.name.id for n in tree.body if isinstance(n, ast.TypeAlias)}
    return {name for name in found if not name.startswith("_")}


def test_a_public_name_stands_for_one_thing() -> None:
    places = defaultdict[str, list[str]](list)
    for module in MODULES:
        for name in _public(module) - SHARED:
            places[name].append(str(module.relative_to(CORE)))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(CORE)))
def test_what_is_long_says_why(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert len(lines) <= LONGEST_MODULE or REASON in (ast.get_docstring(ast.parse(text)) or "")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno is not None
            body = lines[node.lineno - 1 : node.end_lineno]
            reasoned = any(REASON in line for line in body)
            assert len(body) <= LONGEST_FUNCTION or reasoned, node.name


def test_only_bootstrap_chooses_whose_client_asks() -> None:
    """The cached clients use the function's credentials; the command line has its user's."""
    ours = [*MODULES, *(CORE.parents[2] / "cli").rglob("*.py")]
    found = {
        str(module.relative_to(CORE.parents[2]))
        for module in ours
        if "bootstrap" not in module.parts
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "costguard.adapters.clients"
        for each in node.names
        if each.name in {"client", "clients_of", "session"}
    }
    assert found == set()


def test_whoever_names_a_resource_says_in_which_place() -> None:
    """Two accounts may have the same name: a reference without its place is one to home."""
    found = {
        f"{module.relative_to(CORE)}:{node.lineno}"
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ResourceRef"
        if len(node.args) + len(node.keywords) < 3
    }
    assert found == set()
