"""An upgrade and the way back, played while people watch their mail."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.fixtures.old_build import BUILD
from tests.local.guard import NOTEBOOK
from tests.local.watched import JANE, JOHN, WatchedGuard, sources_of, watched_guard

pytestmark = pytest.mark.real

GRACE = timedelta(hours=1)
SEEN_WITHIN = timedelta(minutes=5)
"""How much later than it came a letter may be seen."""
JOHNS, JANES = "DoeJohn-Explore", "RoeJane-Explore"


@pytest.fixture(scope="module", params=[BUILD, "HEAD~1"])
def upgraded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WatchedGuard]:
    """Deploy an earlier revision, let it warn two people, upgrade, and let two hours pass."""
    at = tmp_path_factory.mktemp("upgrade")
    with watched_guard(at) as watched:
        watched.before = sources_of(request.param, at / "before")
        watched.deploy(watched.before)
        watched.guard.aws.subscribe(watched.guard.outputs)
        for name in (JOHNS, JANES):
            watched.guard.open(name)
            watched.look()
        watched.live(0.4, JOHNS, JANES)
        watched.deploy()
        watched.live(2, JOHNS, JANES)
        yield watched


@pytest.mark.parametrize(("who", "name"), [(JOHN, JOHNS), (JANE, JANES)])
def test_who_was_warned_before_an_upgrade_is_stopped_once_and_not_early(
    upgraded: WatchedGuard, who: str, name: str
) -> None:
    [warned] = upgraded.read(who, "Please fix", name)
    [stop] = upgraded.stopped[name]
    assert stop - warned >= GRACE - SEEN_WITHIN
    assert len(upgraded.read(who, "Stopped:", name)) == 1


def test_an_earlier_build_goes_on_with_what_the_later_one_wrote(upgraded: WatchedGuard) -> None:
    guard = upgraded.guard
    upgraded.deploy(upgraded.before)
    guard.sagemaker.start_notebook_instance(NotebookInstanceName=JOHNS)
    upgraded.live(0.5, JOHNS)
    assert guard.status(NOTEBOOK, JOHNS) in {"Stopping", "Stopped"}  # stopped for it before
    upgraded.deploy()
    upgraded.live(0.5, JOHNS)
    assert len(upgraded.read(JOHN, "Stopped:", JOHNS)) == 2
    assert guard.dead_letters() == []
