"""Rosters: files in S3 as AWS answers for them, and the ledger's rows of the last good ones."""

from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from itertools import islice
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from costguard.adapters.dynamodb.rosters import DynamoDbRosters
from costguard.adapters.dynamodb.unreadable import unreadable_rows
from costguard.adapters.roster_bucket import RosterBucket
from costguard.app.ports import RosterFile
from costguard.bootstrap.policy import PolicySource
from costguard.common.errors import SourceUnavailableError
from costguard.ownership.course import Member, Role
from costguard.ownership.kept_roster import KeptPerson, KeptRoster, kept_roster
from costguard.ownership.roster_text import RosterInvalid
from costguard.policy.loader import parse_policy
from tests.integration.aws import refusal
from tests.integration.test_table import table
from tests.names import names

NOW = datetime(2027, 1, 11, 12, tzinfo=UTC)
COURSE = '[[courses]]\nname = "C"\nstart = 2027-01-11\nend = 2027-03-19\nroster = "c.csv"\n'


class Bucket:
    """S3 with one answer after the other; its answers are no JSON."""

    def __init__(self, *answers: Any) -> None:
        self.asked: list[dict[str, Any]] = []
        self._answers = iter(answers)

    def get_object(self, **asked: Any) -> Any:
        self.asked.append(asked)
        found = next(self._answers)
        if isinstance(found, Exception):
            raise found
        return found

    def at(self, place: str) -> RosterBucket:
        client: Any = self
        return RosterBucket(lambda: client, place)


def test_a_roster_is_read_from_its_folder_and_only_if_it_has_changed() -> None:
    bucket = Bucket({"Body": BytesIO(b"name\n"), "ETag": '"1"'}, refusal("304"))
    there = bucket.at("uni/rosters/")
    assert there.changed_roster("c.csv", "") == RosterFile(data=b"name\n", version='"1"')
    assert there.changed_roster("c.csv", '"1"') is None
    first, second = bucket.asked
    assert first == {"Bucket": "uni", "Key": "rosters/c.csv"}
    assert second == {"Bucket": "uni", "Key": "rosters/c.csv", "IfNoneMatch": '"1"'}


def test_a_roster_that_cannot_be_read_names_its_place() -> None:
    for error in (refusal("AccessDenied"), ReadTimeoutError(endpoint_url="s3")):
        with pytest.raises(SourceUnavailableError, match=r"s3://uni/c\.csv: .*(Denied|timeout)"):
            Bucket(error).at("uni").changed_roster("c.csv", "")


def roster(*people: KeptPerson, version: str = "1") -> KeptRoster:
    return KeptRoster(version=version, read=NOW, people=people)


ANN = KeptPerson(name="Ann Núñez", email="ann@x.org", logins=("al",), role=Role.STAFF, left=NOW)


def test_a_cold_start_finds_what_was_kept() -> None:
    ledger = table()
    DynamoDbRosters(ledger).keep_roster("c.csv", roster(ANN))
    assert DynamoDbRosters(ledger).kept_rosters(["c.csv", "d.csv"]) == {"c.csv": roster(ANN)}


def test_the_long_row_is_read_only_if_the_version_has_changed() -> None:
    ledger, other = table(), table()
    rosters, writer = DynamoDbRosters(ledger), DynamoDbRosters(ledger)
    writer.keep_roster("c.csv", roster(ANN))
    known = rosters.kept_roster("c.csv")
    assert rosters.kept_roster("c.csv") is known
    writer.keep_roster("c.csv", roster(version="2"))
    assert rosters.kept_roster("c.csv") == roster(version="2")
    assert DynamoDbRosters(other).kept_roster("c.csv") is None


def test_a_row_that_cannot_be_read_is_no_roster_and_is_said() -> None:
    ledger = table()
    for people in ("bm90IHppcA==", "%", "eJwDAAAAAAE="):
        ledger.put({"pk": "roster", "sk": "c.csv", "version": "1"})
        ledger.put({"pk": "roster", "sk": "people of: c.csv", "people": people})
        assert DynamoDbRosters(ledger).kept_roster("c.csv") is None
        assert "roster/people of: c.csv" in str(unreadable_rows()[0])


def address(number: int) -> str:
    """Make an address that hardly compresses."""
    return f"{sha256(str(number).encode()).hexdigest()[:12]}@uni.edu"


def test_five_thousand_people_fit_into_a_row_and_far_more_are_refused() -> None:
    many = [Member(name=n, email=address(i)) for i, n in enumerate(islice(names(), 40_000))]
    rosters = DynamoDbRosters(table())
    rosters.keep_roster("c.csv", kept_roster(many[:5000], "1", None, now=NOW))
    with pytest.raises(RosterInvalid) as refused:
        rosters.keep_roster("c.csv", kept_roster(many, "2", None, now=NOW))
    assert "fewer people" in refused.value.problems[0].expected


def test_the_policy_is_the_same_one_until_a_roster_changes() -> None:
    ledger = table()
    source = PolicySource(parse_policy(COURSE), DynamoDbRosters(ledger))
    empty = source.enrolled()
    assert (source.enrolled() is empty, empty.directory.people) == (True, ())
    DynamoDbRosters(ledger).keep_roster("c.csv", roster(KeptPerson(name="Ann Lee")))
    enrolled = source.enrolled()
    assert [each.name for each in enrolled.directory.people] == ["Ann Lee"]
    assert source.enrolled() is enrolled
