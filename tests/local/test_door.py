from datetime import timedelta

import pytest

from local.__main__ import brisk
from local.ministack.control_api import duration
from local.sagemaker.timings import Timings


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)),
        ("1d12h", timedelta(days=1, hours=12)),
    ],
)
def test_a_duration_is_read(text: str, means: timedelta) -> None:
    assert duration(text) == means


@pytest.mark.parametrize("text", ["", "2", "h", "2 h", "-1h", "soon"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        duration(text)


def test_a_brisk_account_changes_state_in_seconds_and_lets_jobs_run() -> None:
    pace = brisk(Timings())
    assert pace.notebook_pending == timedelta(seconds=3)
    assert pace.job_running == Timings().job_running
