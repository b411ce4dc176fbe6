"""The documents describe what the code does."""

import re
import tomllib
from pathlib import Path

import pytest

from costguard.policy.loader import parse_policy
from costguard.rules import RULES
from docs.make import architecture, costs, coverage, reference, rules, schema
from docs.make.reference import WORDS, table_of
from docs.make.walk import Setting, settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("docs/adr/*.md")),
    *sorted(ROOT.glob(".github/**/*.md")),
    *sorted(ROOT.glob("tests/**/*.md")),
    ROOT / "benchmarks/README.md",
    ROOT / "layers/policy/policy.toml",
]
PROGRAMS = [
    *(
        path
        for where in ("benchmarks", "cli", "docs", "functions", "layers/core", "lifecycle", "local")
        for path in sorted((ROOT / where).rglob("*.py"))
    ),
    *(path for path in sorted((ROOT / "scripts").iterdir()) if path.is_file()),
    *sorted(ROOT.glob(".github/**/*.yml")),
    ROOT / "Makefile",
    ROOT / "pyproject.toml",
    ROOT / "samconfig.toml",
    ROOT / "spoke.yaml",
    ROOT / "template.yaml",
]
SETTINGS = {each.path: each for each in settings()}
REQUIRED = {
    "people[]": 'name = "John Doe"',
    "contact": 'name = "the admins"',
    "courses[]": 'name = "CS229"\nstart = 2027-01-11\nend = 2027-03-19',
    "courses[].class_hours[]": 'days = ["tue"]\nhours = "14:00-15:50"',
    "courses[].people[]": 'name = "Jane Roe"',
    "exemptions[]": 'names = ["x"]\nwhy = "x"\nby = "x"\nuntil = 2026-12-24T18:00:00Z',
}
LINK = re.compile(r"""(?:\]\(|(?:src|srcset|href)=")([^)"\s]+)""")
MENTION = re.compile(r"(?<![\w/.-])((?:docs|benchmarks|tests)/[\w/-]+\.md|[A-Z]{4,}\.md)\b")
TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+)")
UPSTREAM = {"COSTING.md"}  # of the workshop's own repository
MADE = {
    "architecture": architecture,
    "reference": reference,
    "costs": costs,
    "coverage": coverage,
    "rules": rules,
    "schema": schema,
}


@pytest.mark.parametrize("made", MADE)
def test_what_is_made_from_the_code_is_as_the_code_is_now(made: str) -> None:
    module = MADE[made]
    written = module.PATH.read_text(encoding="utf-8")
    assert written == module.document(), "run `make docs`"


def test_every_setting_is_explained_and_nothing_else_is() -> None:
    assert list(WORDS) == list(SETTINGS)


def policy_of(setting: Setting) -> str:
    """Write a policy with the setting's example where it belongs."""
    example, table = WORDS[setting.path]["example"], table_of(setting)
    needed = REQUIRED.get(table, "")
    key = example.partition(" =")[0]
    others = [line for line in needed.splitlines() if not line.startswith(f"{key} =")]
    written = {"accounts.<account>": '[accounts."222233334444"]', "rules.<rule>": "[rules.idle]"}
    header = {"": ""}.get(table, written.get(table, f"[{table}]"))
    if table.endswith("[]"):
        header = f"[[{table.replace('[]', '')}]]"
    parent = table.rpartition("[].")[0]
    above = f"[[{parent}]]\n{REQUIRED[f'{parent}[]']}\n" if parent else ""
    return above + "\n".join((header, *others, example))


@pytest.mark.parametrize("path", SETTINGS)
def test_an_example_is_what_the_policy_takes_and_sets_what_it_is_for(path: str) -> None:
    policy = policy_of(SETTINGS[path])
    parse_policy(policy)
    name = path.rpartition(".")[2]
    assert re.search(rf"(^|\.){name}\b", WORDS[path]["example"])


def test_a_setting_that_is_required_says_so() -> None:
    required = {path for path, each in SETTINGS.items() if each.default == "*required*"}
    assert required == {
        "contact.name",
        "people[].name",
        *(f"courses[].{name}" for name in ("name", "start", "end", "people[].name")),
        *(f"courses[].class_hours[].{name}" for name in ("days", "hours")),
        *(f"exemptions[].{name}" for name in ("names", "why", "by", "until")),
    }


def test_a_default_is_what_an_empty_policy_has() -> None:
    whole = "\n".join(
        f"{path} = {each.default}"
        for path, each in SETTINGS.items()
        if "." not in path and each.default
    )
    written, empty = parse_policy(whole), parse_policy("")
    assert {name: getattr(written, name) for name in tomllib.loads(whole)} == {
        name: getattr(empty, name) for name in tomllib.loads(whole)
    }


@pytest.mark.parametrize("rule", RULES)
def test_a_rules_defaults_are_those_that_it_runs_on(rule: str) -> None:
    own = [each for path, each in SETTINGS.items() if path.startswith(f"rules.{rule}.")]
    lines = [
        f"{each.path.removeprefix(f'rules.{rule}.')} = {each.default}"
        for each in own
        if each.default and ".office." not in each.path
    ]
    assert (
        parse_policy("\n".join((f"[rules.{rule}]", *lines))).rules[rule].options
        == RULES[rule].options
    )


def path_of(path: Path) -> str:
    """Name a test by the file that it reads."""
    return str(path.relative_to(ROOT))


def anchors(document: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a document."""
    text = re.sub(r"(?ms)^```.*?^```", "", document.read_text(encoding="utf-8"))
    headings = re.findall(r"(?m)^#+ +(.+?) *$", text)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def opens(link: str, document: Path) -> bool:
    """Tell whether the file of a relative link exists, with the heading that it names."""
    file, _, anchor = link.partition("#")
    target = document.parent / file if file else document
    return target.exists() and (not anchor or anchor in anchors(target))


@pytest.mark.parametrize("document", DOCUMENTS, ids=path_of)
def test_a_relative_link_opens(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))
    ours = [link for link in links if not link.startswith(("http://", "https://", "mailto:"))]
    assert [link for link in ours if not opens(link, document)] == []


def test_a_document_that_the_code_names_exists() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in PROGRAMS}
    named = {
        (path_of(path), name) for path, text in texts.items() for name in MENTION.findall(text)
    }
    assert named
    assert [
        each for each in sorted(named) if each[1] not in UPSTREAM and not (ROOT / each[1]).exists()
    ] == []


def test_a_test_that_a_document_names_is_there() -> None:
    named = {
        each
        for document in DOCUMENTS
        for each in TEST.findall(document.read_text(encoding="utf-8"))
    }
    assert len(named) > 20
    for file, name in sorted(named):
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), name


def test_the_layers_are_drawn_from_the_import_contract() -> None:
    found = architecture.layers()
    core = ROOT / "layers" / "core" / "costguard"
    packages = {path.name for path in core.iterdir() if (path / "__init__.py").exists()}
    assert {package for layer in found for package in layer} == packages


def test_every_decision_is_in_the_index() -> None:
    index = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    decisions = [path.name for path in ROOT.glob("docs/adr/0*.md")]
    assert decisions
    assert [name for name in decisions if f"({name})" not in index] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_make_command_that_is_named_is_there(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = re.findall(r"(?:^|`)make ([a-z]+)", document.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) <= targets


def test_the_readme_says_what_a_month_costs_as_it_was_measured() -> None:
    text = " ".join((ROOT / "README.md").read_text("utf-8").split())
    for size in costs.SIZES:
        assert all(costs.usd(size, which) in text for which in costs.SUMS)


def test_pictures_are_small() -> None:
    pictures = list(ROOT.glob("docs/images/*.png"))
    assert pictures
    assert [path.name for path in pictures if path.stat().st_size > 150_000] == []


def test_the_readme_counts_the_clients_as_the_run_recorded_them() -> None:
    counted = re.compile(r"\d+ requests of \d+ clients were recorded")
    [told] = counted.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [told] == counted.findall((ROOT / "docs/clients.md").read_text(encoding="utf-8"))


def test_the_readme_says_how_much_of_the_matrix_was_watched() -> None:
    counted = re.compile(r"(\d+) of (\d+) (?:cases|plays)")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    page = (ROOT / "docs/idle-evidence.md").read_text(encoding="utf-8")
    assert counted.findall(readme)[0] in counted.findall(page)
