"""A press of a button in a message: what the button carries, and what is said of it there."""

from msgspec import Struct

from costguard.common.codec import decode, encode
from costguard.common.errors import StoredDataInvalid
from costguard.common.observed import AwareTime, is_weighable

LONGEST = 1000
"""Characters in the value of a button. Slack allows 2,000, and 3,000 of what a form remembers, in
which the value is escaped once more.
"""


class ButtonValue(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a button carries: the notice that it stands under, and what that is about.

    It proves nothing: who presses, and what they may, is looked up.
    """

    notice: str  # its id
    told: AwareTime  # its time
    to: str  # the key of the recipient whose message it is
    resource: str = ""  # the label of its reference
    rules: tuple[str, ...] = ()
    request: str = ""  # for an exception, which the admins decide

    @property
    def value(self) -> str:
        """Write it as the value of a button."""
        return encode(self)


def button_value(value: str) -> ButtonValue | None:
    """Read the value of a button; None for one that no message of ours has."""
    try:
        found = decode(value[: LONGEST + 1], ButtonValue, "button")
    except StoredDataInvalid:
        return None
    return found if is_weighable(found) else None


class PressOutcome(Struct, frozen=True, kw_only=True):
    """What came of a press, to be said where the button stands: to everybody there, or to one."""

    channel: str
    message: str  # the time by which Slack names it
    thread: str = ""  # in which it stands
    user: str
    says: str
    on: ButtonValue | None = None  # the message is written anew; None: only the user reads it
    done: tuple[str, ...] = ()  # the buttons that are answered; empty: all of them
