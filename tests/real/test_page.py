"""Every page and e-mail that people read under axe-core: no violation, in light and in dark."""

import json
from pathlib import Path
from typing import Any

import pytest

from costguard.reports.answer_page import outcome_page
from local.paths import PROJECT
from tests.factories import at
from tests.local.browser import Browser
from tests.real.environments import python_of
from tests.scenarios.test_link_door import untagged
from tests.scenarios.visits import look, mail_link, own_link
from tests.unit.reports.test_summary import WORLD, FakeReporter

_RUN = "axe.run({}).then(found => JSON.stringify([found.violations, found.passes.length]))"
_LANDMARKS = ("landmark-one-main", "region")
"""Rules about whole pages: an e-mail is shown inside the page of its client."""


@pytest.fixture(scope="module")
def axe() -> str:
    """Give the source of axe-core from the pinned wheel."""
    environment = python_of("page-axe").parents[1]
    (found,) = environment.glob("lib/python*/site-packages/axe_playwright_python/axe.min.js")
    return found.read_text(encoding="utf-8")


def check(
    page: Path, axe: str, *, dark: bool = False, without: tuple[str, ...] = (), width: int = 1200
) -> tuple[list[dict[str, Any]], int]:
    """Run axe-core in a page; return the violations, and the number of rules that pass."""
    rules = json.dumps({"rules": {rule: {"enabled": False} for rule in without}})
    with Browser() as browser:
        browser.open(page, width, dark=dark)
        browser.ask("document.querySelectorAll('details').forEach(each => each.open = true)")
        browser.call("Runtime.evaluate", expression=axe)
        answer = browser.call("Runtime.evaluate", expression=_RUN.format(rules), awaitPromise=True)
        violations, passes = json.loads(answer["result"]["value"])
        return violations, passes


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a report with every section, as the function does."""
    world = FakeReporter(*WORLD)
    world.chart_js = (PROJECT / "functions" / "report" / "chart.js").read_text(encoding="utf-8")
    world.report()
    file = tmp_path_factory.mktemp("page") / "page.html"
    file.write_text(world.page, encoding="utf-8")
    return file


@pytest.mark.parametrize("dark", [False, True])
def test_the_report_page_has_no_violation(report: Path, axe: str, *, dark: bool) -> None:
    violations, passes = check(report, axe, dark=dark)
    assert [(each["id"], each["help"], len(each["nodes"])) for each in violations] == []
    assert passes > 20


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(
    "name", ["letters/warning.html", "letters/warning-with-a-link.html", "cli/audit.html"]
)
def test_an_email_and_an_audit_have_no_violation(name: str, axe: str, *, dark: bool) -> None:
    without = _LANDMARKS if name.startswith("letters") else ()
    violations, _ = check(PROJECT / "tests" / "golden" / name, axe, dark=dark, without=without)
    assert [(each["id"], each["help"], len(each["nodes"])) for each in violations] == []


def test_a_page_with_a_violation_has_one(tmp_path: Path, axe: str) -> None:
    page = tmp_path / "page.html"
    page.write_text('<!doctype html><html><body><img src="x.png"></body></html>', encoding="utf-8")
    found = {each["id"] for each in check(page, axe)[0]}
    assert {"image-alt", "html-has-lang", "document-title"} <= found


def pages() -> dict[str, str]:
    """Give the pages that links open."""
    guard = untagged()
    return {
        "resource": look(guard, mail_link(guard, "johndoe", at(0)), at(0.1)),
        "own": look(guard, own_link(guard, "johndoe", at(0)), at(0.1)),
        "no link": look(guard, "/", at(0.1)),
        "outcome": outcome_page("Done.")["body"],
    }


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["resource", "own", "no link", "outcome"])
def test_a_page_of_the_public_door_has_no_violation_on_a_phone(
    name: str, axe: str, tmp_path: Path, *, dark: bool
) -> None:
    file = tmp_path / "page.html"
    file.write_text(pages()[name], encoding="utf-8")
    violations, passes = check(file, axe, dark=dark, width=390)
    assert [(each["id"], each["help"], len(each["nodes"])) for each in violations] == []
    assert passes > 10
