import threading
from datetime import UTC, datetime, timedelta

import pytest

from local.clock import Clock

START = datetime(2025, 6, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_frozen_clock_moves_only_when_told() -> None:
    clock = Clock(START, frozen=True)
    assert clock.now() == START
    clock.advance(MINUTE)
    assert clock.now() == START + MINUTE


def test_a_running_clock_keeps_running_from_where_it_was_moved_to() -> None:
    clock = Clock(START)
    clock.advance(60 * MINUTE)
    assert START + 60 * MINUTE <= clock.now() < START + 61 * MINUTE


def test_what_falls_due_is_called_in_order_at_its_own_moment() -> None:
    clock = Clock(START, frozen=True)
    seen: list[tuple[str, datetime]] = []
    clock.call_in(3 * MINUTE, lambda: seen.append(("late", clock.now())))
    clock.call_in(MINUTE, lambda: seen.append(("early", clock.now())))
    clock.advance(10 * MINUTE)
    assert seen == [("early", START + MINUTE), ("late", START + 3 * MINUTE)]
    assert clock.now() == START + 10 * MINUTE


def test_what_a_callback_asks_for_is_called_in_the_same_advance() -> None:
    clock = Clock(START, frozen=True)
    seen: list[datetime] = []
    clock.call_in(MINUTE, lambda: clock.call_in(MINUTE, lambda: seen.append(clock.now())))
    clock.advance(2 * MINUTE)
    assert seen == [START + 2 * MINUTE]


def test_nothing_is_called_before_it_is_due() -> None:
    clock = Clock(START, frozen=True)
    seen: list[str] = []
    clock.call_in(2 * MINUTE, lambda: seen.append("called"))
    clock.advance(MINUTE)
    assert seen == []


def test_the_clock_never_goes_back() -> None:
    clock = Clock(START, frozen=True)
    clock.advance_to(START - MINUTE)
    assert clock.now() == START


def test_there_is_a_pause_after_each_callback() -> None:
    pauses: list[datetime] = []
    clock = Clock(START, frozen=True)
    clock.after_each = lambda: pauses.append(clock.now())
    for minutes in (1, 2):
        clock.call_in(minutes * MINUTE, lambda: None)
    clock.advance(5 * MINUTE)
    assert pauses == [START + MINUTE, START + 2 * MINUTE]


def test_a_running_clock_calls_back_by_itself() -> None:
    clock, called = Clock(), threading.Event()
    clock.call_in(timedelta(milliseconds=20), called.set)
    assert called.wait(5)
    clock.close()


def test_a_failing_callback_does_not_stop_a_running_clock(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, called = Clock(), threading.Event()
    clock.call_in(timedelta(0), lambda: 1 // 0)  # type: ignore[arg-type]  # it raises
    clock.call_in(timedelta(milliseconds=20), called.set)
    assert called.wait(5)
    assert "a callback failed" in caplog.text
    clock.close()


def test_a_closed_clock_calls_nothing() -> None:
    clock, called = Clock(), threading.Event()
    clock.call_in(timedelta(milliseconds=50), called.set)
    clock.close()
    assert not called.wait(0.2)


def test_callbacks_may_be_asked_for_from_many_threads() -> None:
    clock = Clock(START, frozen=True)
    seen: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: clock.call_in(n * MINUTE, lambda: seen.append(n)))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock.advance(60 * MINUTE)
    assert seen == list(range(20))
