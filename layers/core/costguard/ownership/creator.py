"""The creator of a resource, from CloudTrail's record of the call that made it."""

from datetime import datetime, timedelta

from msgspec import Struct

_SAME_CALL = timedelta(minutes=1)
"""AWS writes down the creation within this long of the call, as a rule within a second."""


class Creator(Struct, frozen=True):
    """The login that created a resource, and the time of the call."""

    login: str
    told: datetime

    def replaces(self, known: "Creator | None") -> bool:
        """Return whether it must be stored: it is later, or the same person made it again.

        Events come twice and late.
        """
        if known is None:
            return True
        again = _SAME_CALL if self.login == known.login else timedelta(0)
        return self.told - known.told > again

    def made(self, created: datetime | None) -> bool:
        """Return whether its call can have made what was created then.

        An earlier call made another resource, which was deleted and had the same name.
        """
        return created is None or created - self.told <= _SAME_CALL
