"""Every port used once, with all that it can be asked about."""

from collections.abc import Callable
from contextlib import suppress
from copy import replace
from datetime import timedelta
from typing import Any

from costguard.common.calendar import UTC
from costguard.common.errors import SourceUnavailableError
from costguard.costs.budgets import sum_spend
from costguard.costs.prices import Prices
from costguard.costs.usage import Usage
from costguard.enforcement.case import open_case
from costguard.enforcement.notice_builder import build_notice
from costguard.notifications.delivery import Delivery, DeliveryStatus, Sent
from costguard.notifications.message import Message
from costguard.notifications.notice import DeferredMessage, NoticeStage
from costguard.ownership.directory import Person
from costguard.policy.model import Policy
from costguard.resources.events import ResourceEvent
from costguard.resources.registry import KINDS
from tests.contract.reach import Port
from tests.factories import at, notebook, resource

NOW = at(2)
ALL = [resource(kind, "one") for kind in KINDS]
JOB = resource("training-job", "one")
TOLD = build_notice(NoticeStage.WARNING, JOB, [], Policy(), now=NOW)
STANDING = sum_spend((), Prices(), UTC.info, NOW)
OPEN = Usage(kind="training-job", name="one", component="training", region="", start=at(0))
SENT = Delivery(to="jane", notice="1", at=NOW, status=DeliveryStatus.CLAIMED)
LATER = DeferredMessage(due=NOW, to="jane")
LETTER = Message(stage="warning", subject="s", heading="h", intro="i", thread="arn")
JANE = Person(name="Jane", email="jane@example.org", slack="#costguard")


def _fetch(ports: Any) -> None:
    with suppress(SourceUnavailableError):  # the list that it is given is empty
        ports.fetch_prices("us-east-2", NOW)


def _read_all(ports: Any) -> None:
    for read in ports.other_regions.values():
        list(read(at(0), at(0), NOW).slices)


def _save_usage(meter: Any) -> None:
    meter.save(OPEN, None, NOW)
    meter.save(replace(OPEN, end=NOW), OPEN, NOW)


def _every_way(post: Any) -> None:
    outcomes = [way(LETTER, JANE) for way in post.senders.values()]
    assert outcomes == [Sent()] * len(outcomes)


def _is_there(ports: Any) -> None:
    assert ports


_GUARDING: dict[tuple[str, str], Callable[[Any], object]] = {
    ("GuardPorts", "policy"): _is_there,
    ("GuardPorts", "place"): _is_there,
    ("GuardPorts", "count"): lambda p: p.count({}),
    ("GuardPorts", "log"): lambda p: p.log("looked"),
    ("GuardPorts", "run_concurrently"): lambda p: p.run_concurrently([]),
    ("Inventory", "describe"): lambda i: [i.describe(each.ref) for each in ALL],
    ("Inventory", "running"): lambda i: i.running(NOW),
    ("Inventory", "tags"): lambda i: [i.tags(each.arn) for each in ALL],
    ("Inventory", "with_volumes"): lambda i: list(i.with_volumes()),
    ("ActivityObserver", "observe"): lambda a: a.observe(
        [notebook("one")], NOW, lambda _resource, _known: NOW
    ),
    ("CaseStore", "get"): lambda c: c.get(JOB.ref),
    ("CaseStore", "all"): lambda c: list(c.all()),
    ("CaseStore", "save"): lambda c: c.save(open_case(JOB), None, NOW),
    ("AuditTrail", "record"): lambda a: a.record("told", JOB, NOW, {}),
    ("TimeMarks", "last_time"): lambda m: m.last_time("swept"),
    ("TimeMarks", "mark_time"): lambda m: m.mark_time("swept", NOW),
    ("EventMemory", "event_context"): lambda m: m.event_context(
        ResourceEvent(ref=JOB.ref, time=NOW, creator="jane")
    ),
    ("EventMemory", "record_creator"): lambda m: m.record_creator(JOB.ref, "jane", NOW),
    ("EventMemory", "acquire_stop_slot"): lambda m: m.acquire_stop_slot(JOB.ref, NOW, 1),
    ("UsageStore", "known"): lambda u: list(u.known(JOB.ref)),
    ("UsageStore", "open"): lambda u: list(u.open()),
    ("UsageStore", "save"): _save_usage,
    ("UsageStore", "slices"): lambda u: list(u.slices(at(0), NOW)),
    ("UsageStore", "prices"): lambda u: u.prices(NOW),
    ("UsageStore", "spend"): lambda u: u.spend(),
    ("UsageStore", "keep_spend"): lambda u: u.keep_spend(STANDING),
    ("NoticePublisher", "publish"): lambda n: n.publish(TOLD),
    ("TextPublisher", "publish"): lambda t: t.publish("text"),
    ("StopRequests", "enqueue"): lambda q: q.enqueue([JOB.ref], NOW),
    ("Stopper", "stop"): lambda s: [s.stop(each) for each in ALL],
}
_REPORTED: dict[str, Callable[[Any], object]] = {
    "policy": _is_there,
    "place": _is_there,
    "timezone": _is_there,
    "render": _is_there,
    "fetch_prices": _fetch,
    "prices": lambda p: p.prices(NOW),
    "keep_prices": lambda p: p.keep_prices(Prices()),
    "slices": lambda p: list(p.slices(at(0), NOW)),
    "cases": lambda p: list(p.cases()),
    "audit_entries": lambda p: list(p.audit_entries(at(0), NOW)),
    "unreached": lambda p: p.unreached(at(0)),
    "ask_bill": lambda p: p.ask_bill(
        "Project", at(0).date(), (NOW + timedelta(days=1)).date(), ("us-east-2",)
    ),
    "other_regions": _read_all,
    "publish_page": lambda p: p.publish_page("day/2026-11-23.html", "<html>"),
    "publish_text": lambda p: p.publish_text("subject", "text"),
}
_POSTED: dict[str, Callable[[Any], object]] = {
    "policy": _is_there,
    "senders": _every_way,
    "creator": lambda p: p.creator(JOB.ref),
    "is_still_due": lambda p: p.is_still_due(JOB.ref, NOW),
    "find": lambda p: p.find(SENT),
    "recent": lambda p: p.recent("jane", NOW),
    "waiting": lambda p: p.waiting("jane", NOW),
    "claim": lambda p: p.claim(SENT, NOW),
    "mark": lambda p: p.mark(SENT),
    "unreached": lambda p: p.unreached(SENT),
    "take_turn": lambda p: p.take_turn("thing", "1", NOW, NOW),
    "defer": lambda p: p.defer(LATER),
    "count": lambda p: p.count({}),
    "log": lambda p: p.log("sent"),
}
EXERCISES: dict[Port, Callable[[Any], object]] = {
    **_GUARDING,
    **{("ReportPorts", name): act for name, act in _REPORTED.items()},
    **{("NotificationPorts", name): act for name, act in _POSTED.items()},
    ("SqsNotifyQueue", "hide"): lambda q: q.hide("receipt", timedelta(minutes=1)),
}
