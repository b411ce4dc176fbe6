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


_WATCHED: dict[str, Callable[[Any], object]] = {
    "policy": _is_there,
    "place": _is_there,
    "meter": _is_there,
    "describe": lambda p: [p.describe(each.ref) for each in ALL],
    "running": lambda p: p.running(NOW),
    "tags": lambda p: [p.tags(each.arn) for each in ALL],
    "observe_activity": lambda p: p.observe_activity(
        [notebook("one")], NOW, lambda _resource, _known: NOW
    ),
    "event_context": lambda p: p.event_context(
        ResourceEvent(ref=JOB.ref, time=NOW, creator="jane")
    ),
    "case": lambda p: p.case(JOB.ref),
    "cases": lambda p: list(p.cases()),
    "save": lambda p: p.save(open_case(JOB), None, NOW),
    "audit": lambda p: p.audit("told", JOB, NOW, {}),
    "last_time": lambda p: p.last_time("swept"),
    "mark_time": lambda p: p.mark_time("swept", NOW),
    "acquire_stop_slot": lambda p: p.acquire_stop_slot(JOB.ref, NOW, 1),
    "record_creator": lambda p: p.record_creator(JOB.ref, "jane", NOW),
    "publish_notice": lambda p: p.publish_notice(TOLD),
    "publish_text": lambda p: p.publish_text("text"),
    "enqueue_stops": lambda p: p.enqueue_stops([JOB.ref], NOW),
    "stop": lambda p: [p.stop(each) for each in ALL],
    "count": lambda p: p.count({}),
    "log": lambda p: p.log("looked"),
    "together": lambda p: p.together([]),
}
_METERED: dict[str, Callable[[Any], object]] = {
    "known": lambda m: list(m.known(JOB.ref)),
    "open": lambda m: list(m.open()),
    "save": _save_usage,
    "slices": lambda m: list(m.slices(at(0), NOW)),
    "with_volumes": lambda m: list(m.with_volumes()),
    "prices": lambda m: m.prices(NOW),
    "spend": lambda m: m.spend(),
    "keep_spend": lambda m: m.keep_spend(STANDING),
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
    **{("Ports", name): act for name, act in _WATCHED.items()},
    **{("Meter", name): act for name, act in _METERED.items()},
    **{("ReportPorts", name): act for name, act in _REPORTED.items()},
    **{("NotificationPorts", name): act for name, act in _POSTED.items()},
    ("NotifyQueue", "hide"): lambda q: q.hide("receipt", timedelta(minutes=1)),
}
