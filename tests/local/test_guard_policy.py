"""A policy with mistakes is never deployed."""

from pathlib import Path

import pytest

from local import sam
from local.sam_cli import SamError
from tests.local.guard import POLICY

MISTAKES = {
    'mode = "enforce"': 'mode = "shout"',
    "max_stops = 5": 'max_stops = "five"',
    'timezone = "America/Chicago"': 'timezone = "Mars/Olympus"',
    'grace = "1h"': 'grace = "soon"',
    'limit = "8h"': 'limit = "8h"\nran_on = "24h"',
}
SAID = [
    "mode: expected one of observe, warn, enforce, got 'shout'",
    "max_stops: expected a whole number, zero or more, got 'five'",
    "timezone: expected an IANA time zone such as 'America/Chicago', got 'Mars/Olympus'",
    "grace: expected a duration such as '90s', '15m', '4h' or '2d', ten years at most, got 'soon'",
    "rules.long-running.ran_on: no such setting",
]


def test_a_policy_with_five_mistakes_fails_the_build_with_all_five(tmp_path: Path) -> None:
    text = POLICY.read_text()
    for right, wrong in MISTAKES.items():
        text = text.replace(right, wrong, 1)
    (tmp_path / "policy.toml").write_text(text)
    with pytest.raises(SamError) as caught:
        sam.build(sam.copy_sources(tmp_path / "policy.toml", tmp_path / "stack"))
    assert [problem for problem in SAID if problem not in str(caught.value)] == []
