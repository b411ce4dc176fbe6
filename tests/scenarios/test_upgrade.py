"""An upgrade from 8c92c59, in the middle of everything: nothing is lost, nothing is said twice.

The rows and messages are those that build left (tests/fixtures/before). The account in front of
them is made by the same calls of SageMaker, while no guard watches it.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from copy import replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any

import pytest

from local.faults import FaultRates
from tests.fixtures.old_build import fixture
from tests.soak.build import Build, QueuedMessage
from tests.soak.letters import Letter
from tests.soak.simulation import Simulation

CALM = FaultRates(calls={}, outages=0, hours=(0, 0))
LEFT: Mapping[str, Any] = fixture("upgrade")
SINCE = datetime.fromisoformat(LEFT["at"])
HOUR, SWEPT = timedelta(hours=1), timedelta(minutes=11)
LABS = [f"DoeJohn-Lab{number}" for number in range(4)]


class Upgrade:
    """An account that the guard of this build takes over, and what comes of it."""

    def __init__(self) -> None:
        self.on = False
        self.told: list[tuple[str, str, datetime]] = []
        self.letters: list[tuple[str, datetime]] = []
        self.stops: list[tuple[str, datetime]] = []
        whole = Build()
        build = replace(whole, watch=self._if_on(whole.watch), sweep=self._if_on(whole.sweep))
        calls = [(datetime.fromisoformat(when), *asked) for when, *asked in LEFT["calls"]]
        self.world = Simulation(3, calls[0][0] - HOUR, LEFT["policy"], CALM, build)
        for when, operation, asked in calls:
            self.world.clock.call_at(when, partial(self._call, operation, asked))
        self.world.clock.advance_to(SINCE)
        self._take_over()
        self.world.clock.advance_to(SINCE + 5 * HOUR)

    def _call(self, operation: str, asked: Mapping[str, Any]) -> None:
        self.world.account.call(operation, asked)

    def _if_on(self, job: Any) -> Any:
        return lambda *given, **named: job(*given, **named) if self.on else "off"

    def _take_over(self) -> None:
        """Put this build in front of the ledger and the queues as they were left."""
        world, self.on = self.world, True
        world.on_published, world.receivers.on_letter = self._published, self._delivered
        world.cloud.after_stop = lambda _kind, name, _outcome: self._note(self.stops, name)
        for row in LEFT["rows"]:
            world.table.put({"Item": row})
        for number, left in enumerate(LEFT["stops"]):
            world.clock.call_in(
                timedelta(seconds=1), partial(world._enforce, _queued(number, left))
            )
        for number, left in enumerate(LEFT["notices"]):
            comes = datetime.fromisoformat(json.loads(left["body"]).get("due", LEFT["at"]))
            world.clock.call_at(comes, partial(world._arrive, _queued(-number, left)))
        world.start_schedule()

    def _published(self, topic: str, said: Mapping[str, Any]) -> None:
        if topic == "alerts":
            self.told.append((said["stage"], said["resource"]["name"], self.world.clock.now()))

    def _delivered(self, letter: Letter) -> None:
        self._note(self.letters, f"{letter.subject} {letter.text}")

    def _note(self, to: list[tuple[str, datetime]], what: str) -> None:
        to.append((what, self.world.clock.now()))

    @cached_property
    def deadlines(self) -> dict[str, datetime]:
        """When the warnings that were left run out."""
        return {
            case["name"]: datetime.fromisoformat(mark["deadline"])
            for case in _cases()
            for mark in case["marks"].values()
            if mark["stage"] == "warned" and not case["outbox"]
        }

    def letters_about(self, name: str, since: datetime, until: datetime) -> int:
        """Count the letters that tell of something in a period."""
        return sum(name in words for words, when in self.letters if since <= when < until)


def _queued(number: int, left: Mapping[str, Any]) -> QueuedMessage:
    sent = datetime.fromisoformat(left["sent"])
    return QueuedMessage(f"left-{number}", left["body"], sent, left["tries"])


def _cases() -> Iterator[dict[str, Any]]:
    return (json.loads(row["case"]["S"]) for row in LEFT["rows"] if "case" in row)


def _digests() -> dict[str, timedelta]:
    """Give the graces of the warnings that waited for a digest when the upgrade came."""
    waiting = [row for row in LEFT["rows"] if row.get("status") == {"S": "waiting"}]
    bodies = [json.loads(row["body"]["S"]) for row in waiting]
    return {
        body["resource"]["name"]: _time(body["deadline"]) - _time(body["time"])
        for body in bodies
        if body["stage"] == "warning"
    }


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture(scope="module")
def upgrade() -> Upgrade:
    return Upgrade()


def test_much_was_left_to_do() -> None:
    assert [case["name"] for case in _cases() if case["outbox"]] == ["RoeJane-Unheard"]
    assert [case["name"] for case in _cases() if case["stopping"]] == ["RoeJane-Stopping"]
    versions = {json.loads(left["body"])["schema"] for left in LEFT["stops"]}
    assert versions == {"costguard.stop/1", "costguard.stop/2"}
    waiting = [row for row in LEFT["rows"] if row.get("status") == {"S": "waiting"}]
    assert len(waiting) == 5
    assert [left["tries"] for left in LEFT["notices"]].count(0) == 1


def test_nothing_is_told_twice_and_nothing_is_left_untold(upgrade: Upgrade) -> None:
    stopped = ["RoeJane-Stopping", "due-1", "due-2", "RoeJane-Unheard", "RoeJane-Warned", *LABS]
    said = Counter((stage, name) for stage, name, _ in upgrade.told)
    assert said == Counter(
        [("warning", "RoeJane-Unheard"), *(("stopped", name) for name in stopped)]
    )


def test_what_was_warned_of_is_stopped_once_it_was_heard_for_a_whole_grace(
    upgrade: Upgrade,
) -> None:
    when = dict(upgrade.stops)
    assert upgrade.deadlines.keys() == {"RoeJane-Warned", *LABS}
    assert _digests().keys() < set(LABS)
    for name, deadline in upgrade.deadlines.items():
        heard = min(at for words, at in upgrade.letters if name in words)
        due = max(deadline, heard + _digests()[name]) if name in _digests() else deadline
        assert due <= when[name] <= due + SWEPT


def test_who_hears_of_a_warning_only_now_has_its_whole_grace(upgrade: Upgrade) -> None:
    [heard] = [when for stage, _, when in upgrade.told if stage == "warning"]
    stopped = dict(upgrade.stops)["RoeJane-Unheard"]
    grace = timedelta(minutes=15)
    assert heard <= SINCE + SWEPT
    assert heard + grace <= stopped <= heard + grace + SWEPT


def test_nothing_is_stopped_twice(upgrade: Upgrade) -> None:
    names = [name for name, _ in upgrade.stops]
    assert Counter(names) == Counter(["due-1", "due-2", "RoeJane-Unheard", *upgrade.deadlines])


def test_what_waited_for_a_digest_is_delivered_once_to_each(upgrade: Upgrade) -> None:
    waiting = Counter(row["notice"]["S"] for row in LEFT["rows"] if "body" in row)
    about = {notice: _name(notice) for notice in waiting}
    for notice, readers in waiting.items():
        assert upgrade.letters_about(about[notice], SINCE, SINCE + HOUR) == readers


def test_a_notice_in_the_queue_is_delivered_once(upgrade: Upgrade) -> None:
    assert upgrade.letters_about("ALL-CLEAR RoeJane-Tagged", SINCE, SINCE + 5 * HOUR) == 1


def test_who_was_to_be_reminded_is_reminded_once(upgrade: Upgrade) -> None:
    ends = upgrade.deadlines["RoeJane-Warned"]
    assert upgrade.letters_about("RoeJane-Warned", SINCE, ends) == 1
    assert upgrade.letters_about("RoeJane-Warned", ends - HOUR, ends) == 1


def test_no_row_or_message_of_that_build_is_a_dead_letter(upgrade: Upgrade) -> None:
    assert (upgrade.world.dead_letters, upgrade.world.unexpected_errors) == ([], [])


def test_every_delivery_that_waited_is_written_down_as_sent(upgrade: Upgrade) -> None:
    waited = [(row["pk"]["S"], row["sk"]["S"]) for row in LEFT["rows"] if "body" in row]
    now = [upgrade.world.table.rows[pk][sk]["status"]["S"] for pk, sk in waited]
    assert now == ["sent"] * len(waited)


def _name(notice: str) -> str:
    body = next(r["body"]["S"] for r in LEFT["rows"] if "body" in r and r["notice"]["S"] == notice)
    return str(json.loads(body)["resource"]["name"])
