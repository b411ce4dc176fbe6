"""Since when a place cannot be read is kept, and written only where it changed."""

from costguard.app.place_health import note_unread_places
from tests.factories import at
from tests.fakes import InMemoryPlaceHealth

ONE, TWO = "222233334444/eu-west-1", "222233334444/us-west-2"


def test_the_first_failure_is_kept_until_the_place_is_read_again() -> None:
    ledger = InMemoryPlaceHealth()
    assert note_unread_places(ledger, {ONE}, at(1)) == {ONE: at(1)}
    assert note_unread_places(ledger, {TWO, ONE}, at(2)) == {ONE: at(1), TWO: at(2)}
    assert note_unread_places(ledger, {TWO}, at(3)) == {TWO: at(2)}
    assert note_unread_places(ledger, {ONE}, at(4)) == {ONE: at(4)}
    assert note_unread_places(ledger, (), at(5)) == {}


def test_it_is_written_only_where_it_changed_and_once_in_place_of_what_is_unreadable() -> None:
    ledger = InMemoryPlaceHealth()
    for hour in range(3):
        note_unread_places(ledger, (), at(hour))
    assert ledger.writes == 1
    for hour in range(3):
        note_unread_places(ledger, {ONE}, at(hour))
    assert ledger.writes == 2


def test_a_time_of_the_future_is_now() -> None:
    ledger = InMemoryPlaceHealth()
    note_unread_places(ledger, {ONE}, at(5))
    assert note_unread_places(ledger, {ONE}, at(1)) == {ONE: at(1)}
