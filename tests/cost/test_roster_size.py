"""A roster of 5,000: read in less than a second of processor, and within 30 MB.

Calls and memory are counted, which no neighbour changes. With this many calls a quiet
machine takes half a second; one that shares its caches with another test takes a whole one.
"""

import cProfile
import gc
import tracemalloc
from hashlib import sha256
from itertools import islice

import pytest

from costguard.common import transliteration
from costguard.ownership import spelling
from costguard.ownership.kept_roster import kept_roster
from costguard.ownership.roster_file import read_roster
from costguard.policy.loader import parse_policy
from costguard.policy.model import Policy
from costguard.policy.rosters import with_rosters
from tests.factories import at, notebook
from tests.names import names

PEOPLE, MOST_BYTES = 5000, 30_000_000
MOST_CALLS = 700  # of functions, for each person: 590 are made
pytestmark = pytest.mark.no_cover  # tracing doubles the time
COURSE = '[[courses]]\nname = "C"\nstart = 2026-11-01\nend = 2026-12-18\nroster = "c.csv"\n'


@pytest.fixture(scope="module")
def data() -> bytes:
    lines = (
        f'"{name}",{sha256(name.encode()).hexdigest()[:8]}@uni.edu,student'
        for name in islice(names(), PEOPLE)
    )
    return "\r\n".join(("Name,Email,Role", *lines)).encode("utf-8-sig")


def read(data: bytes) -> Policy:
    """Read a roster, keep it, and find somebody by it, with nothing remembered."""
    transliteration.folded_words.cache_clear()
    spelling.owner_key.cache_clear()
    kept = kept_roster(read_roster(data), "1", None, now=at(0))
    policy = with_rosters(parse_policy(COURSE), {"c.csv": kept.members})
    owner = policy.directory.owner(notebook("AdeyemiAaliyah-Explore", tags={}))
    assert owner.name == "Aaliyah Adeyemi"
    assert policy.directory.seats.of(owner.name, "", at(1))
    return policy


def test_the_work_for_each_person_is_small(data: bytes) -> None:
    with cProfile.Profile() as profile:
        read(data)
    calls = sum(entry.callcount for entry in profile.getstats())
    assert calls / PEOPLE < MOST_CALLS


def test_it_keeps_less_than_thirty_megabytes(data: bytes) -> None:
    gc.collect()
    tracemalloc.start()
    try:
        policy = read(data)
        gc.collect()
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(policy.directory.people) == PEOPLE
    assert kept < MOST_BYTES
    assert peak < 2 * MOST_BYTES
