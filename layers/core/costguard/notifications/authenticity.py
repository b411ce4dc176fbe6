"""Check that a message in the notify queue is Costguard's: others may write there too.

A message only names a notice. Its text and its recipients come from the ledger's copy. That a
channel took a message, of which the ledger knows nothing, or what came of a press, is believed with
the ledger's token.
"""

from copy import replace
from datetime import datetime
from hmac import compare_digest

from costguard.notifications.notice import DeferredMessage, Notice
from costguard.notifications.ports import KnownNotices


def authentic(
    known: KnownNotices, content: Notice | DeferredMessage, sent: datetime, now: datetime
) -> Notice | DeferredMessage | None:
    """Return the message with the notice from the ledger; None if the ledger does not have it.

    A message that only names a recipient is accepted: the text of its notices is in the ledger.
    """
    token = known.token()  # here, since it is needed where the ledger refuses
    if isinstance(content, Notice):
        return known.find(content, sent, now)
    needs_proof = content.taken or content.press
    if needs_proof and not compare_digest(content.token.encode(), token.encode()):
        return None
    if content.remind is None:
        return content
    ours = known.find(content.remind, sent, now)
    return replace(content, remind=ours) if ours else None
