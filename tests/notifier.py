"""The notifier without AWS, with all its ports in memory."""

import json
from collections import deque
from collections.abc import Mapping
from copy import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from costguard.enforcement.case import Case, is_still_due
from costguard.enforcement.given_warnings import standing_warnings
from costguard.enforcement.notice_builder import build_notice
from costguard.notifications.batch import BatchResult, QueueMessage
from costguard.notifications.deadlines import StandingWarning
from costguard.notifications.delivery import (
    SendOutcome,
    Sent,
)
from costguard.notifications.dispatcher import deliver
from costguard.notifications.message import Message
from costguard.notifications.notice import DeferredMessage, Notice, NoticeFinding
from costguard.notifications.notice import NoticeStage as Say
from costguard.notifications.ports import NotificationPorts
from costguard.notifications.press import PressOutcome
from costguard.notifications.schema import encode_deferred, encode_notice
from costguard.ownership.channel import Channel
from costguard.ownership.directory import Person
from costguard.policy.loader import parse_policy
from costguard.resources.model import ResourceRef
from tests.factories import LogLines, at, notebook, policy
from tests.fakes import InMemoryDeliveries, InMemoryLinks

MINUTE = timedelta(minutes=1)
SLACK, EMAIL, SNS = Channel.SLACK, Channel.EMAIL, Channel.SNS


class FakeNotifier:
    """Notification ports in memory: a queue, a ledger, and channels with scripted outcomes."""

    def __init__(self, settings: str = "digest_above = 100", *channels: Channel) -> None:
        self.policy = replace(policy(), notify=parse_policy(f"[notify]\n{settings}").notify)
        self.outcomes: dict[Channel, deque[SendOutcome] | SendOutcome] = {}
        self.delivered: list[tuple[str, str, str]] = []  # channel, person, heading
        self.messages: list[Message] = []
        self.deliveries = InMemoryDeliveries()
        self.rows, self.unreached = self.deliveries.rows, self.deliveries.lost
        self.queue: list[QueueMessage] = []
        self.numbers: list[dict[str, int]] = []
        self.log = LogLines()
        self.creators: dict[str, str] = {}
        self.cases: dict[str, Case] = {}
        self.published: dict[str, Notice] = {}
        self.channels = channels or (SLACK, EMAIL, SNS)
        self.links = InMemoryLinks()
        self.replies: list[tuple[PressOutcome, Message | None]] = []
        self.reply_outcomes: deque[SendOutcome] = deque()
        self.refuses_to_defer = 0  # so many times
        self.lowered: set[str] = set()  # rules that may stop nothing
        self.now = at(0)
        self.hidden: dict[str, datetime] = {}  # until when a message of the queue is
        self._names = count()

    def put(self, *notices: Notice) -> None:
        for each in notices:
            self.published[each.id] = each
            self.forge(each)

    def forge(self, notice: Notice) -> None:
        self.enqueue(json.dumps(encode_notice(notice)))

    def enqueue(self, body: str) -> None:
        """Put a message into the queue, whoever wrote it."""
        name = f"m{next(self._names)}"
        self.queue.append(QueueMessage(id=name, body=body, tries=1, sent=self.now))

    def run(self) -> BatchResult:
        """Take everything off the queue as one batch, once nothing of it is hidden any more."""
        batch, self.queue = self.queue, []
        self.now = max([self.now, *(self.hidden.get(m.id, self.now) for m in batch)])
        done = deliver(self.ports, batch, now=lambda: self.now)
        self.hidden |= {name: self.now + wait for name, wait in done.again.items()}
        self.queue += [replace(m, tries=m.tries + 1) for m in batch if m.id in done.again]
        return done

    def creator(self, ref: ResourceRef) -> str | None:
        return self.creators.get(ref.key)

    def find(self, notice: Notice, _sent: datetime, _now: datetime) -> Notice | None:
        return self.published.get(notice.id)

    def as_published(self, name: str, _at: datetime) -> Notice | None:
        return self.published.get(name)

    def reply(self, outcome: PressOutcome, message: Message | None) -> SendOutcome:
        self.replies.append((outcome, message))
        left = self.reply_outcomes
        return left.popleft() if left else Sent()

    def token(self) -> str:
        return "of the ledger"

    def is_still_due(self, ref: ResourceRef, deadline: datetime) -> bool:
        return is_still_due(self.cases.get(ref.key), deadline)

    def standing(self, ref: ResourceRef, to: str) -> Mapping[str, StandingWarning]:
        return standing_warnings(self.cases.get(ref.key), to)

    def defer(self, later: DeferredMessage, _now: datetime) -> None:
        if self.refuses_to_defer:
            self.refuses_to_defer -= 1
            raise OSError
        self.enqueue(encode_deferred(later))

    @property
    def ports(self) -> NotificationPorts:
        return NotificationPorts(
            policy=self.policy,
            senders={channel: Counter(self, channel) for channel in self.channels},
            creators=self,
            warnings=self,
            known=self,
            enforces=lambda rule, _kind: rule not in self.lowered,
            deliveries=self.deliveries,
            turns=self.deliveries,
            deferrals=self,
            presses=self,
            count=lambda numbers: self.numbers.append(dict(numbers)),
            log=self.log,
            links=self.links,
        )


class Counter:
    """Where one channel is handed its messages; it answers as it was told."""

    def __init__(self, dispatcher: FakeNotifier, channel: Channel) -> None:
        self.dispatcher, self.channel = dispatcher, channel

    def send(self, message: Message, person: Person) -> SendOutcome:
        outcomes = self.dispatcher.outcomes.get(self.channel, Sent())
        outcome = outcomes
        if isinstance(outcomes, deque):
            outcome = outcomes.popleft() if outcomes else Sent()
        if isinstance(outcome, Sent):
            self.dispatcher.delivered.append((self.channel.value, person.name, message.heading))
            self.dispatcher.messages.append(message)
        assert not isinstance(outcome, deque)
        return outcome


def make_notice(
    name: str = "DoeJohn-A", stage: Say = Say.WARNING, hours: float = 0, **changes: Any
) -> Notice:
    """Make a notice of a notebook, so many hours into the day, with a deadline at four."""
    tags = {"Name": "Jane Roe" if name.startswith("RoeJane") else "John Doe"}
    point = NoticeFinding(rule="missing-tags", reason="no tags", remedy="add them", deadline=at(4))
    given = notebook(name, tags=tags)
    made = build_notice(stage, given, [point], policy(), now=at(hours))
    return replace(made, **changes)
