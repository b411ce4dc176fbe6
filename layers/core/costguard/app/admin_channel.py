"""The admins' topic as a channel: only while somebody has confirmed a subscription to it.

SNS accepts what nobody reads: a topic without a confirmed subscription has told nobody.
"""

from datetime import datetime

from costguard.app.ports import SweepPorts, TimeMarks

REACHED, UNREACHED = "admin-topic-subscribed", "admin-topic-unsubscribed"


def check_admin_channel(ports: SweepPorts, now: datetime) -> None:
    """Look, once a sweep, whether the admins' topic has a confirmed subscription; note a change."""
    reached = ports.texts.confirmed_subscriptions() > 0
    if reached is not is_admin_channel(ports.marks):
        ports.marks.mark_time(REACHED if reached else UNREACHED, now)
    if not reached:
        ports.count({"AdminsUnreachable": 1})
        ports.log("admin topic checked", outcome="unreachable", why="no confirmed subscription")


def is_admin_channel(marks: TimeMarks) -> bool:
    """Tell whether the topic had a confirmed subscription when it was last looked at.

    Before it was ever looked at, nobody is known to read it.
    """
    reached, unreached = marks.last_time(REACHED), marks.last_time(UNREACHED)
    return reached is not None and (unreached is None or reached > unreached)
