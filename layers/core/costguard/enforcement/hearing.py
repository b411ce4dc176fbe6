"""Hearing: whether all present recipients have received a warning, and since when.

A warning is received when a channel has accepted it for each recipient. The app reads this from
the deliveries in the ledger, and passes it in as values.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct, field

from costguard.notifications.deadlines import accepted_deadline

WARN_AGAIN_AFTER = timedelta(days=1)
"""A warning that no channel accepted is sent once more after this long."""


class Warned(Struct, frozen=True):
    """The notice that carried a warning to one recipient: its id and its time."""

    notice: str
    at: datetime


class GivenWarning(Struct, frozen=True, kw_only=True):
    """A warning: of the finding opened at `since`, with its whole grace, to each recipient."""

    since: datetime
    grace: timedelta
    to: Mapping[str, Warned] = field(default_factory=dict)


class GraceWaiver(Struct, frozen=True, kw_only=True):
    """A recipient's answer to a warning: stop it now, without the rest of the grace.

    It is about the finding opened at `since`, and ends with it.
    """

    rule: str
    since: datetime
    to: str  # the recipient's key
    by: str  # the person's name
    at: datetime


class Hearing(Struct, frozen=True, kw_only=True):
    """The present recipients, and the state of the warnings to them.

    `accepted` and `refused` are keyed by recipient and notice. `earlier` are, by rule,
    warnings that an earlier version gave and did not store. Warnings from before `valid_since`
    do not count: the guard did not run, or its ledger was restored. While the guard is `asleep`,
    no stop with a grace period is due.
    """

    recipients: tuple[str, ...] = ()
    accepted: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    earlier: Mapping[str, GivenWarning] = field(default_factory=dict)
    refused: frozenset[tuple[str, str]] = frozenset()
    valid_since: datetime | None = None
    asleep: bool = False

    def counts(self, since: datetime) -> bool:
        """Return whether a warning from that time still counts."""
        return self.valid_since is None or since >= self.valid_since

    def not_addressed(self, given: GivenWarning, now: datetime) -> tuple[str, ...]:
        """List the recipients who have no warning yet, or whose warning no channel accepted."""
        return tuple(
            key
            for key in self.recipients
            if key not in given.to or self._is_lost(key, given.to[key], now)
        )

    def due_at(
        self, given: GivenWarning, deadline: datetime, waived: Mapping[str, datetime]
    ) -> datetime | None:
        """Return when all recipients have had the whole grace; None if one has no warning.

        A recipient who waived the rest of the grace, and when, is in `waived`.
        """
        wait = [key for key in self.recipients if key not in waived]
        asked = [(key, given.to[key].notice) for key in wait if key in given.to]
        heard = [self.accepted[key] for key in asked if key in self.accepted]
        if not self.recipients or len(heard) < len(wait):
            return None
        ends = [accepted_deadline(deadline, given.grace, moment) for moment in heard]
        return max([*ends, *(waived[key] for key in self.recipients if key in waived)])

    def _is_lost(self, key: str, warned: Warned, now: datetime) -> bool:
        refused = (key, warned.notice) in self.refused
        return refused and now - warned.at >= WARN_AGAIN_AFTER
