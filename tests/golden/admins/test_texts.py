"""What the admins read of courses, rosters and credits, one file each.

`pytest --golden` rewrites the files; a missing one fails.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from costguard.app.sweep import sweep
from costguard.costs.credits import Credit, Credits
from tests.factories import at
from tests.scenarios.account import Account
from tests.scenarios.test_rosters import BAD, GOOD, account
from tests.unit.reports.test_courses import RAN, Pages
from tests.unit.reports.test_places import several_accounts
from tests.unit.reports.test_summary import NOW

HERE = Path(__file__).parent
MANY_PROBLEMS = b"""\
Name,E-Mail,Slack,Role
Rosa Kane,rosa@uni.edu,U0123456789,student
"Ek, Joe",joe@@uni.edu,@joe,wombat
Ann Lee,ROSA@uni.edu,,Teaching assistant
"",,U999999,
"""
CREDIT = Credit(
    id="77",
    name="AWS Educate",
    left=Decimal("812.40"),
    initial=Decimal(2000),
    begins=NOW - timedelta(days=90),
    ends=NOW + timedelta(days=20),
    services=("Amazon SageMaker", "Amazon EC2"),
)
USED_UP = Credit(
    id="76",
    name="Course credit",
    left=Decimal(0),
    initial=Decimal(500),
    begins=NOW - timedelta(days=90),
    used_up=NOW - timedelta(days=3),
)


def told(given: Account) -> str:
    """Sweep, and answer what the admins are told last."""
    sweep(given.sweep_ports, now=at(1))
    return given.summaries[-1]


def roster_refused() -> str:
    return told(account(MANY_PROBLEMS))


def roster_refused_after_a_good_one() -> str:
    given = account(GOOD)
    sweep(given.sweep_ports, now=at(0.5))
    given.rosters.files["cs229.csv"] = BAD
    return told(given)


def roster_unread() -> str:
    return told(account())


def reporter() -> Pages:
    found = Pages(RAN)
    found.credits = Credits(found=(CREDIT,), past=(USED_UP,))
    found.report()
    return found


def credit_ends() -> str:
    ((subject, text),) = reporter().told
    return f"Subject: {subject}\n\n{text}"


def summary_of_a_course() -> str:
    return reporter().text


def course_file() -> str:
    return reporter().pages["week/2026-11-23-cs-229-learning.csv"].replace("\r\n", "\n")


def summary_of_several_accounts() -> str:
    return several_accounts().text


def several_accounts_file() -> str:
    return several_accounts().files["week/2026-11-23-accounts.csv"].replace("\r\n", "\n")


TEXTS: dict[str, Callable[[], str]] = {
    make.__name__.replace("_", "-"): make
    for make in (
        roster_refused,
        roster_refused_after_a_good_one,
        roster_unread,
        credit_ends,
        summary_of_a_course,
        course_file,
        summary_of_several_accounts,
        several_accounts_file,
    )
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_reads_as_reviewed(name: str, pytestconfig: pytest.Config) -> None:
    path, text = HERE / f"{name}.txt", TEXTS[name]()
    if pytestconfig.getoption("golden"):
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path.name} is missing: look at it with `pytest --golden`"
    assert text == path.read_text(encoding="utf-8")


def test_there_is_no_golden_file_without_its_text() -> None:
    assert {path.stem for path in HERE.glob("*.txt")} == {*TEXTS}
