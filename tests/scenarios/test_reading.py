"""From a sweep to what people read, and when: a night, a weekend, a mailbox that is gone."""

from collections import deque
from copy import replace
from datetime import datetime
from typing import Any

from costguard.enforcement.case import Case
from costguard.notifications.delivery import DeliveryStatus, Refused
from costguard.notifications.notice import Notice
from costguard.policy.model import Policy
from tests.factories import GOOD_TAGS, at, notebook, policy
from tests.notifier import EMAIL, SNS, FakeNotifier
from tests.scenarios.account import Account

NAME = "DoeJohn-ExploreSageMaker"
QUIET = 'quiet = "22:00-07:00"\nremind = "1h"\ndigest_above = 100'
MIDNIGHT, MORNING = 16.0, 23.0  # hours after Monday, 8:00 in Chicago
FRIDAY_EVENING, MONDAY_MORNING = 4 * 24 + 10.0, 7 * 24 + 1.0  # 18:00 and 9:00


class World(Account):
    """An account whose notices are read by people."""

    def __init__(self, settings: str, tags: dict[str, str] | None = None) -> None:
        self.notifier = FakeNotifier(settings, EMAIL, SNS)
        rules = replace(policy(), notify=self.notifier.policy.notify)
        super().__init__(rules, notebook(NAME, tags=tags or {}))
        self.notifier.cases = Cases(self)
        self.notifier.policy = rules

    def publish(self, notice: Notice) -> None:
        super().publish(notice)
        self.notifier.put(notice)

    def lower(self, rules: Policy, lowered: set[str]) -> None:
        """Lower the mode of some rules, as a deployment does."""
        self.policy, self.notifier.lowered = rules, lowered

    def read(self, until: datetime) -> None:
        """Let notify run until a moment."""
        notifier = self.notifier
        while notifier.queue:
            waits = {m.id: notifier.hidden.get(m.id, notifier.now) for m in notifier.queue}
            due = [m for m in notifier.queue if waits[m.id] <= until]
            if not due:
                break
            later = [m for m in notifier.queue if waits[m.id] > until]
            notifier.queue = due
            notifier.run()
            notifier.queue += later
        notifier.now = max(notifier.now, until)

    @property
    def said(self) -> list[tuple[str, str]]:
        """Who read what, in order."""
        return [(person, heading) for _, person, heading in self.notifier.delivered]


class Cases(dict[str, Case]):
    """The account's cases, as notify finds them."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self._account = account

    def get(self, key: str, _default: Any = None) -> Any:
        return next((case for case in self._account.cases.all() if case.ref.key == key), None)


def test_a_student_at_midnight_is_told_at_midnight() -> None:
    world = World(QUIET)
    world.notifier.now = at(MIDNIGHT)
    world.event(NAME, at(MIDNIGHT))
    world.read(at(MORNING))
    assert world.said == [
        ("John Doe", f"Please fix {NAME} before Tue 24 Nov 04:00 CST"),
        ("John Doe", f"Reminder: Please fix {NAME} before Tue 24 Nov 04:00 CST"),
    ]
    sent = [row.sent for row in world.notifier.rows.values()]
    assert sent == [at(MIDNIGHT), at(MIDNIGHT + 3)]


def test_what_a_student_repairs_at_night_is_acknowledged_in_the_morning() -> None:
    world = World(QUIET)
    world.notifier.now = at(MIDNIGHT)
    world.event(NAME, at(MIDNIGHT))
    world.read(at(MIDNIGHT + 1))
    world.change(NAME, tags=GOOD_TAGS)
    world.sweep(at(MIDNIGHT + 1))
    world.read(at(MORNING + 1))
    assert [heading.split()[0] for _, heading in world.said] == ["Please", "All"]
    assert [row.sent for row in world.notifier.rows.values()][-1] == at(MORNING)


def test_a_weekend_in_the_queue_takes_nothing_of_the_grace() -> None:
    world = World(QUIET)
    world.sweep(at(FRIDAY_EVENING))
    world.notifier.now = at(MONDAY_MORNING)
    world.read(at(MONDAY_MORNING))
    assert world.said == [("John Doe", f"Please fix {NAME} before Mon 30 Nov 13:00 CST")]
    [row] = world.notifier.rows.values()
    assert row.sent == at(MONDAY_MORNING)


def test_an_admin_reads_on_friday_what_the_owners_mailbox_refused() -> None:
    world = World(QUIET)
    world.notifier.now = at(FRIDAY_EVENING)
    world.notifier.outcomes[EMAIL] = deque([Refused("mailbox unavailable")] * 2)
    world.sweep(at(FRIDAY_EVENING))
    world.read(at(FRIDAY_EVENING + 1))
    [(who, heading)] = world.said
    assert (who, heading) == ("the admins", f"Please fix {NAME} before Fri 27 Nov 22:00 CST")
    [message] = world.notifier.messages
    assert "This message was for John Doe, who could not be reached" in message.note
    assert "mailbox unavailable" in message.note
    rows = {row.to: row for row in world.notifier.rows.values()}
    assert rows["johndoe"].status is DeliveryStatus.FAILED
    assert (rows["admins"].notice, rows["admins"].at) == (
        rows["johndoe"].notice,
        rows["johndoe"].at,
    )
    assert rows["admins"].sent == at(FRIDAY_EVENING)


def test_nobody_is_reminded_after_the_kill_switch_was_used() -> None:
    world = World(QUIET)
    world.notifier.now = at(0)
    world.sweep(at(0))
    world.read(at(1))
    world.lower(world.policy, {"missing-tags"})
    world.read(at(24))
    assert [heading.split()[0] for _, heading in world.said] == ["Please"]
