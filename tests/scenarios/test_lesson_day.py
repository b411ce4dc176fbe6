"""A lesson with 30 learners, as docs/clients.md shows that its SDK calls arrive: none is tagged.

Each opens a notebook, trains at 10 and embeds at 11; sweeps come each ten minutes, by the shipped
policy and a roster of the class.
"""

from collections import Counter
from copy import replace
from datetime import timedelta
from typing import Any

import pytest

from costguard.notifications.recipients import recipients_of
from costguard.ownership.channel import Channel
from costguard.ownership.directory import Person
from costguard.policy.loader import parse_policy
from costguard.resources.model import Resource, ResourceRef, ResourceStatus
from tests.factories import GOOD_TAGS, at, notebook, on, processing_job, training_job
from tests.scenarios.account import Account
from tests.scenarios.test_owners import SHIPPED

GIVEN, FAMILY = (
    ["Ada", "Ben", "Cleo", "Dan", "Eve", "Finn"],
    ["Alder", "Birch", "Cedar", "Dogwood", "Elm"],
)
CLASS = tuple(
    Person(name=f"{one} {other}", email=f"{one}.{other}@example.org".lower())
    for one in GIVEN
    for other in FAMILY
)
SWEEP = 1 / 6  # of an hour
GRACE = 4  # hours, of a notebook
LIMIT = {"max_runtime": timedelta(hours=2)}


def notebook_of(person: Person) -> str:
    given, family = person.name.split()
    return f"sinkorswim-{family}{given}-TrainClassifier"


def key_of(person: Person) -> str:
    return person.name.replace(" ", "").lower()


class Day:
    """The class and its account. Everybody is `apart` hours behind the one before."""

    def __init__(self, apart: float) -> None:
        self.account = Account(replace(parse_policy(SHIPPED), people=CLASS))
        self._todo: list[tuple[float, Any]] = []
        for number, person in enumerate(CLASS):
            late, box = apart * number, notebook_of(person)
            stamp = f"2026-11-23-10-00-00-{number:03}"
            self._runs(notebook, box, late, None)
            self._runs(training_job, f"{box}-{stamp}", 1 + late, 0.5, **LIMIT, **on("ml.m5.large"))
            embeds = f"WattBot-embed-gte-large-{stamp}"
            self._runs(processing_job, embeds, 2 + late, 0.5, **LIMIT, **on("ml.g5.xlarge"))

    def tag(self, person: Person, when: float) -> None:
        """Plan that somebody tags the notebook."""
        self._todo.append((when, lambda: self._change(notebook_of(person), when, tags=GOOD_TAGS)))

    def until(self, end: float) -> None:
        """Let the day pass."""
        number = 0
        for when, do in sorted(self._todo, key=lambda each: each[0]):
            while number * SWEEP < when:
                self.account.run(at(number * SWEEP))
                number += 1
            do()
        while number * SWEEP <= end:
            self.account.run(at(number * SWEEP))
            number += 1

    def heard(self) -> Counter[tuple[str, str, str]]:
        """Count what everybody was told: to whom, what, and of which resource."""
        account = self.account
        return Counter(
            (to.key, notice.stage.value, notice.resource.name)
            for notice in account.published
            for to in recipients_of(
                notice,
                account.policy,
                tuple(Channel),
                account.marks.creator(ResourceRef(notice.resource.kind, notice.resource.name)),
            )
        )

    def names(self) -> list[str]:
        """List what the day had."""
        return [resource.name for resource in self.account.resources.values()]

    def _runs(self, make: Any, name: str, when: float, for_: float | None, **more: Any) -> None:
        made: Resource = make(name, tags={}, created=at(when), started=at(when), **more)

        def start() -> None:
            self.account.resources[made.ref.key] = made
            self.account.event(name, at(when))

        self._todo.append((when, start))
        if for_ is not None:
            end, ended = when + for_, ResourceStatus.STOPPED
            self._todo.append((end, lambda: self._change(name, end, status=ended)))

    def _change(self, name: str, when: float, **changes: Any) -> None:
        self.account.change(name, **changes)
        self.account.event(name, at(when))


@pytest.fixture(scope="module")
def day() -> Day:
    """A day on which every second learner tags the notebook at noon."""
    day = Day(apart=1 / 60)
    for person in CLASS[::2]:
        day.tag(person, 3.0)
    day.until(9)
    return day


def test_a_job_of_the_lesson_is_never_stopped(day: Day) -> None:
    assert all(name in map(notebook_of, CLASS) for name in day.account.stopped)


def test_who_tags_the_notebook_keeps_it(day: Day) -> None:
    assert not {notebook_of(person) for person in CLASS[::2]} & set(day.account.stopped)


def test_who_does_not_is_stopped_once_and_not_before_the_grace_is_over(day: Day) -> None:
    assert Counter(day.account.stopped) == Counter(map(notebook_of, CLASS[1::2]))
    warned = {
        each.resource.name: each.time for each in day.account.published if each.stage == "warning"
    }
    for notice in day.account.published:
        if notice.stage == "stopped":
            assert notice.time - warned[notice.resource.name] >= timedelta(hours=GRACE)


def test_everybody_hears_each_thing_once(day: Day) -> None:
    heard = day.heard()
    assert set(heard.values()) == {1}
    for person in CLASS:
        box = notebook_of(person)
        told = {(stage, name) for to, stage, name in heard if to == key_of(person)}
        jobs = {name for name in day.names() if name.startswith(f"{box}-")}
        last = "all-clear" if person in CLASS[::2] else "stopped"
        assert told == {("warning", name) for name in (box, *jobs)} | {(last, box)}


def test_the_admins_hear_of_what_names_nobody_and_no_text_twice(day: Day) -> None:
    told = {name for to, _, name in day.heard() if to == "admins"}
    assert told == {name for name in day.names() if name.startswith("WattBot-")}
    assert len(set(day.account.summaries)) == len(day.account.summaries)


def test_a_class_that_opens_at_once_is_held_back_and_the_admins_hear_it_once() -> None:
    day = Day(apart=0)
    day.until(GRACE + 1)
    assert day.account.stopped == []
    held = [each for each in day.heard().items() if each[0][:2] == ("admins", "held-back")]
    assert held == [(("admins", "held-back", "30 resources"), 1)]
