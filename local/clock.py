"""One clock for the local AWS: real time plus an offset, which a demo can freeze or move."""

import heapq
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

logger = logging.getLogger(__name__)


class Clock:
    """Tell the time and call back when a moment comes; safe to use from any thread.

    While a callback runs, `now()` is the moment it was due, in every thread. `after_each` comes
    after each callback, to wait for what it set off. A callback must not move the clock.
    """

    def __init__(
        self,
        start: datetime | None = None,
        *,
        frozen: bool = False,
        after_each: Callable[[], None] | None = None,
    ) -> None:
        self.after_each = after_each
        begin = start.astimezone(UTC) if start else datetime.now(UTC)
        self._offset = begin - datetime.now(UTC) if start else timedelta(0)
        self._pinned = begin if frozen else None
        self._frozen = frozen
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = count()
        self._changed = threading.Condition()
        self._moving = threading.Lock()
        self._ticker: threading.Thread | None = None
        self._closed = False

    def now(self) -> datetime:
        """Say the present moment, in UTC."""
        with self._changed:
            return self._pinned or datetime.now(UTC) + self._offset

    def reading(self) -> tuple[datetime | None, timedelta]:
        """Say the moment it stands still at, if it does, and how far real time is behind it."""
        with self._changed:
            return self._pinned, self._offset

    def call_at(self, when: datetime, call: Callable[[], None]) -> None:
        """Call back at a moment; one that has passed is called as soon as the clock moves."""
        with self._changed:
            heapq.heappush(self._due, (when.astimezone(UTC), next(self._order), call))
            if not self._frozen and self._ticker is None:
                self._ticker = threading.Thread(target=self._tick, name="clock", daemon=True)
                self._ticker.start()
            self._changed.notify()

    def call_in(self, delta: timedelta, call: Callable[[], None]) -> None:
        """Call back after a while."""
        self.call_at(self.now() + delta, call)

    def advance(self, delta: timedelta) -> None:
        """Move the clock forward, calling what falls due on the way, in order."""
        self.advance_to(self.now() + delta)

    def advance_to(self, target: datetime) -> None:
        """Move the clock forward to a moment; never backward."""
        target = target.astimezone(UTC)
        with self._moving:
            try:
                while (call := self._next_until(target)) is not None:
                    call()
                    if self.after_each:
                        self.after_each()
            finally:
                self._arrive(target)

    def close(self) -> None:
        """Stop the background thread; callbacks still due are dropped."""
        with self._changed:
            self._closed = True
            self._due.clear()
            self._changed.notify()

    def _next_until(self, target: datetime) -> Callable[[], None] | None:
        """Take the next callback due by `target`, with the time pinned to its moment."""
        with self._changed:
            if not self._due or self._due[0][0] > target:
                return None
            when, _, call = heapq.heappop(self._due)
            self._pinned = max(when, self._pinned or when)
            return call

    def _arrive(self, target: datetime) -> None:
        """Go on from the target: stand still there, or let real time pass again."""
        with self._changed:
            if self._frozen:
                self._pinned = max(target, self._pinned or target)
            else:
                self._pinned = None
                self._offset = max(self._offset, target - datetime.now(UTC))

    def _tick(self) -> None:
        """Fire callbacks as real time passes."""
        while True:
            with self._changed:
                if self._closed:
                    return
                wait = (self._due[0][0] - self.now()).total_seconds() if self._due else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
            try:
                self.advance_to(self.now())
            except Exception:  # one failing callback must not stop the clock
                logger.exception("a callback failed")
