"""The admins' topic as a channel: only while somebody has confirmed a subscription to it.

SNS accepts messages that nobody reads: a topic without a confirmed subscription notifies nobody.
"""

from datetime import datetime

from costguard.app.ports import SweepPorts, TimeMarks

REACHED, UNREACHED = "admin-topic-subscribed", "admin-topic-unsubscribed"


def check_admin_channel(ports: SweepPorts, now: datetime) -> None:
    """Check whether the admins' topic has a confirmed subscription; store a change."""
    reached = ports.texts.confirmed_subscriptions() > 0
    if reached is not is_admin_channel(ports.marks):
        ports.marks.mark_time(REACHED if reached else UNREACHED, now)
    if not reached:
        ports.count({"AdminsUnreachable": 1})
        ports.log("admin topic checked", outcome="unreachable", why="no confirmed subscription")


def is_admin_channel(marks: TimeMarks) -> bool:
    """Return whether the topic had a confirmed subscription at the last check.

    Before the first check, the topic does not count as read.
    """
    reached, unreached = marks.last_time(REACHED), marks.last_time(UNREACHED)
    return reached is not None and (unreached is None or reached > unreached)
