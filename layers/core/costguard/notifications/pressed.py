"""Say what came of a press where the button stands."""

from copy import replace
from datetime import timedelta

from costguard.notifications.attempt import Attempt
from costguard.notifications.delivery import Busy, Down, Sent
from costguard.notifications.hand_over import recipient_now
from costguard.notifications.message import Message, Section, sanitized
from costguard.notifications.ports import NotificationPorts
from costguard.notifications.press import PressOutcome
from costguard.notifications.schedule import MOST_ATTEMPTS, backoff
from costguard.notifications.sender import write_to
from costguard.notifications.standing import as_told

_TITLE = "Answered"


def reply_to_press(
    ports: NotificationPorts, outcome: PressOutcome, attempt: Attempt
) -> timedelta | None:
    """Write the message anew, or tell the one who pressed; return how long to wait."""
    sent = ports.presses.reply(outcome, _written_anew(ports, outcome, attempt))
    attempt.log("press answered", recipient=outcome.user, outcome=type(sent).__name__.lower())
    if isinstance(sent, Sent):
        return None
    attempt.result.numbers["ChannelFailures"] += 1
    if attempt.number < MOST_ATTEMPTS and isinstance(sent, Busy | Down):
        return sent.after if isinstance(sent, Busy) else backoff(attempt.number)
    return None


def _written_anew(
    ports: NotificationPorts, outcome: PressOutcome, attempt: Attempt
) -> Message | None:
    """Write the recipient's message again, with the answer and without the answered buttons."""
    on = outcome.on
    notice = ports.known.as_published(on.notice, on.told) if on else None
    if on is None or notice is None:
        return None
    to, told = recipient_now(ports, on.to, notice), as_told(ports, on.to, notice)
    message = write_to(ports, to, (told,), attempt.now)
    left = (each for each in message.buttons if outcome.done and each.action not in outcome.done)
    answer = Section(title=_TITLE, text=outcome.says)
    return sanitized(replace(message, sections=(answer, *message.sections), buttons=tuple(left)))
