"""Deadlines as they are heard: a full grace counts from when a channel took the warning."""

from datetime import datetime, timedelta


def accepted_deadline(planned: datetime, grace: timedelta | None, accepted: datetime) -> datetime:
    """Answer the deadline of a warning that a channel took at a moment: never an earlier one.

    `grace` is what the violation has in full; None, in a warning of an earlier version, adds none.
    """
    return max(planned, accepted + (grace or timedelta()))
