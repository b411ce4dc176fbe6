"""The soak's judge reads letters as people do: by their words, in every channel."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from costguard.notifications.templates import UNREACHED
from tests.soak.hearing import Hearing
from tests.soak.letters import CLEAR, REMINDER, STOPPED, WARNING, Letter, plain, posted
from tests.soak.people import address
from tests.soak.receivers import ADMINS

GOLDEN = Path(__file__).parents[1] / "golden" / "letters"
NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)
NAME = "DoeJohn-ExploreSageMaker"


def mailed(name: str) -> Letter:
    """Read a letter of the golden files, in the zone of the soak."""
    text = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").replace(" CST", " UTC")
    subject, _, body = text.partition("\n")
    return Letter(NOW, "john", "email", subject, plain(body))


def slack(name: str) -> Letter:
    text = (GOLDEN / f"{name}.slack.json").read_text(encoding="utf-8").replace(" CST", " UTC")
    return Letter(NOW, "john", "slack", *posted(json.loads(text)))


@pytest.mark.parametrize("read", [mailed, slack])
def test_a_warning_is_read_with_its_rules_and_its_earliest_deadline(read: object) -> None:
    assert callable(read)
    letter = read("warning")
    [said] = letter.statements()
    assert (said.stage, said.name, said.listed) == (WARNING, NAME, False)
    assert said.rules == {"missing-tags", "naming"}
    assert said.deadline == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert len(letter.notices) == 1


@pytest.mark.parametrize("read", [mailed, slack])
@pytest.mark.parametrize(
    ("name", "stage"), [("reminder", REMINDER), ("stopped", STOPPED), ("all-clear", CLEAR)]
)
def test_every_other_word_of_one_resource_is_read(read: object, name: str, stage: str) -> None:
    assert callable(read)
    assert [said.stage for said in read(name).statements()] == [stage]


@pytest.mark.parametrize("read", [mailed, slack])
@pytest.mark.parametrize("name", ["warning", "reminder", "digest", "stopped", "all-clear"])
def test_a_letter_that_announces_a_stop_is_known_by_its_words(read: object, name: str) -> None:
    assert callable(read)
    assert read(name).announces_a_stop is (name in {"warning", "reminder", "digest"})


@pytest.mark.parametrize("read", [mailed, slack])
def test_every_line_of_a_digest_is_read(read: object) -> None:
    assert callable(read)
    lines = list(read("digest").statements())
    assert read("digest").is_digest
    assert not read("warning").is_digest
    assert [said.stage for said in lines] == [WARNING, STOPPED, STOPPED, CLEAR]
    assert lines[0].deadline == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert lines[0].rules == {"missing-tags", "naming"}
    assert lines[3].rules == {"missing-tags"}
    assert all(said.listed for said in lines)


class Mailbox:
    """A mailbox of the admins, in which one person's letter came that nothing took."""

    def __init__(self, *letters: Letter) -> None:
        self.letters = list(letters)

    def refused(self, _address: str, _since: datetime, _until: datetime) -> bool:
        return True


def test_what_one_person_could_not_be_told_no_other_has_heard() -> None:
    letter = mailed("warning")
    letter.to = ADMINS
    letter.text = f"{UNREACHED.format('Alan Turing', 'x')} {letter.text}"
    hearing = Hearing(Mailbox(letter))
    hearing.read()
    heard = {
        name: hearing.heard(NAME, "naming", {address(name)}, NOW, NOW)
        for name in ("Alan Turing", "Marie Curie")
    }
    assert heard == {"Alan Turing": NOW, "Marie Curie": None}
