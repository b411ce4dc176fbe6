"""Send a person the link to their own page, which they asked for at the public door."""

from copy import replace
from datetime import timedelta

from costguard.common.datetimes import say_duration
from costguard.notifications import templates
from costguard.notifications.attempt import Attempt
from costguard.notifications.composer import RecipientContext, reader_values
from costguard.notifications.delivery import CLAIM, Delivery, DeliveryStatus, Sent
from costguard.notifications.links import PAGE_LASTS, is_reached_alone, page_link
from costguard.notifications.message import Message, Section, sanitized
from costguard.notifications.notice import DeferredMessage, NoticeStage
from costguard.notifications.ports import NotificationPorts
from costguard.notifications.recipients import Recipient, recipient_by_key
from costguard.notifications.schedule import MOST_ATTEMPTS, backoff, zone_of

_ROW = "own-page"
_INTRO = "Somebody with the link in a notice to you asked for this: probably you."
_TEXT = (
    "It shows what you run, what it costs, and what is due, and takes your answers. "
    "It is good for {}. Whoever has it may answer for you: do not pass it on."
)


def send_own_page(
    ports: NotificationPorts, asked: DeferredMessage, attempt: Attempt
) -> timedelta | None:
    """Send the link to the roster's address, once for each request; nobody stands in for them."""
    key, now = str(asked.to), attempt.now
    to = recipient_by_key(key, ports.policy, ports.senders, NoticeStage.WARNING)
    if to.key != key or not is_reached_alone(to):
        return None
    row = Delivery(to=key, notice=_ROW, at=asked.due, status=DeliveryStatus.CLAIMED)
    if not ports.deliveries.claim(replace(row, until=now + CLAIM), now):
        stored = ports.deliveries.find(row)
        return None if stored and stored.is_settled else backoff(attempt.number)
    if not (url := ports.links.make(page_link(key, now))):
        return None  # there was a door when it was asked for
    message = _write(ports, to, url)
    for channel in to.channels:
        if isinstance(ports.senders[channel].send(message, to.person), Sent):
            ports.deliveries.mark(replace(row, status=DeliveryStatus.SENT, sent=attempt.now))
            return None
    if attempt.number < MOST_ATTEMPTS:
        ports.deliveries.mark(row.with_status(DeliveryStatus.RETRY))
        return backoff(attempt.number)
    ports.deliveries.mark(row.with_status(DeliveryStatus.FAILED))
    return None


def _write(ports: NotificationPorts, to: Recipient, url: str) -> Message:
    reader = RecipientContext(
        zone=zone_of(to, ports.policy), contact=ports.policy.directory.contact
    )
    text = _TEXT.format(say_duration(PAGE_LASTS))
    return sanitized(
        Message(
            stage=_ROW,
            subject="[Costguard] Your page",
            heading="Your page",
            intro=_INTRO,
            sections=(
                Section(text=text, links=(("Open my page", url),)),
                Section(text=templates.ASK.format_map(reader_values(reader))),
            ),
            ref=_ROW,
        )
    )
