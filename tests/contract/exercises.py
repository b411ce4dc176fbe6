"""Every port used once, with all that it can be asked about."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from costguard.common.calendar import UTC
from costguard.common.errors import NotTold
from costguard.costs.budgets import stand
from costguard.costs.prices import Prices
from costguard.costs.usage import Usage
from costguard.enforcement.case import case_of
from costguard.enforcement.notice_builder import notice
from costguard.notifications.delivery import Delivery, Sent, Status
from costguard.notifications.message import Letter
from costguard.notifications.notice import Later, NoticeStage
from costguard.ownership.directory import Person
from costguard.policy.model import Policy
from costguard.resources.events import Sighting
from costguard.resources.registry import KINDS
from tests.contract.reach import Port
from tests.factories import at, notebook, resource

NOW = at(2)
ALL = [resource(kind, "one") for kind in KINDS]
JOB = resource("training-job", "one")
TOLD = notice(NoticeStage.WARNING, JOB, [], Policy(), now=NOW)
STANDING = stand((), Prices(), UTC.info, NOW)
OPEN = Usage(kind="training-job", name="one", component="training", region="", start=at(0))
SENT = Delivery(to="jane", notice="1", at=NOW, status=Status.CLAIMED)
LATER = Later(due=NOW, to="jane")
LETTER = Letter(stage="warning", subject="s", heading="h", intro="i", thread="arn")
JANE = Person(name="Jane", email="jane@example.org", slack="#costguard")


def _fetch(ports: Any) -> None:
    with suppress(NotTold):  # the list that it is given is empty
        ports.fetch("us-east-2", NOW)


def _read_all(ports: Any) -> None:
    for read in ports.others.values():
        list(read(at(0), at(0), NOW).pieces)


def _save_usage(meter: Any) -> None:
    meter.save(OPEN, None, NOW)
    meter.save(replace(OPEN, end=NOW), OPEN, NOW)


def _every_way(post: Any) -> None:
    outcomes = [way(LETTER, JANE) for way in post.ways.values()]
    assert outcomes == [Sent()] * len(outcomes)


def _is_there(ports: Any) -> None:
    assert ports


_WATCHED: dict[str, Callable[[Any], object]] = {
    "policy": _is_there,
    "place": _is_there,
    "meter": _is_there,
    "look": lambda p: [p.look(each.ref) for each in ALL],
    "running": lambda p: p.running(NOW),
    "tags": lambda p: [p.tags(each.arn) for each in ALL],
    "activity": lambda p: p.activity([notebook("one")], NOW, lambda _resource, _known: NOW),
    "remembered": lambda p: p.remembered(Sighting(ref=JOB.ref, time=NOW, creator="jane")),
    "case": lambda p: p.case(JOB.ref),
    "cases": lambda p: list(p.cases()),
    "save": lambda p: p.save(case_of(JOB), None, NOW),
    "audit": lambda p: p.audit("told", JOB, NOW, {}),
    "recall": lambda p: p.recall("swept"),
    "note": lambda p: p.note("swept", NOW),
    "take_place": lambda p: p.take_place(JOB.ref, NOW, 1),
    "created_by": lambda p: p.created_by(JOB.ref, "jane", NOW),
    "tell": lambda p: p.tell(TOLD),
    "summarise": lambda p: p.summarise("text"),
    "hand_over": lambda p: p.hand_over([JOB.ref], NOW),
    "stop": lambda p: [p.stop(each) for each in ALL],
    "count": lambda p: p.count({}),
    "together": lambda p: p.together([]),
}
_METERED: dict[str, Callable[[Any], object]] = {
    "known": lambda m: list(m.known(JOB.ref)),
    "open": lambda m: list(m.open()),
    "save": _save_usage,
    "pieces": lambda m: list(m.pieces(at(0), NOW)),
    "notebooks": lambda m: list(m.notebooks()),
    "prices": lambda m: m.prices(NOW),
    "standing": lambda m: m.standing(),
    "keep_standing": lambda m: m.keep_standing(STANDING),
}
_REPORTED: dict[str, Callable[[Any], object]] = {
    "policy": _is_there,
    "place": _is_there,
    "timezone": _is_there,
    "render": _is_there,
    "fetch": _fetch,
    "prices": lambda p: p.prices(NOW),
    "keep_prices": lambda p: p.keep_prices(Prices()),
    "pieces": lambda p: list(p.pieces(at(0), NOW)),
    "cases": lambda p: list(p.cases()),
    "actions": lambda p: list(p.actions(at(0), NOW)),
    "unreached": lambda p: p.unreached(at(0)),
    "ask": lambda p: p.ask({}, at(0).date(), (NOW + timedelta(days=1)).date(), ("us-east-2",)),
    "others": _read_all,
    "publish": lambda p: p.publish("day/2026-11-23.html", "<html>"),
    "tell": lambda p: p.tell("subject", "text"),
}
_POSTED: dict[str, Callable[[Any], object]] = {
    "policy": _is_there,
    "ways": _every_way,
    "creator": lambda p: p.creator(JOB.ref),
    "case": lambda p: p.case(JOB.ref),
    "find": lambda p: p.find(SENT),
    "recent": lambda p: p.recent("jane", NOW),
    "waiting": lambda p: p.waiting("jane", NOW),
    "claim": lambda p: p.claim(SENT, NOW),
    "mark": lambda p: p.mark(SENT),
    "unreached": lambda p: p.unreached(SENT),
    "take_turn": lambda p: p.take_turn("thing", "1", NOW, NOW),
    "later": lambda p: p.later(LATER),
    "count": lambda p: p.count({}),
}
EXERCISES: dict[Port, Callable[[Any], object]] = {
    **{("Ports", name): act for name, act in _WATCHED.items()},
    **{("Meter", name): act for name, act in _METERED.items()},
    **{("ReportPorts", name): act for name, act in _REPORTED.items()},
    **{("Post", name): act for name, act in _POSTED.items()},
    ("NotifyQueue", "hide"): lambda q: q.hide("receipt", timedelta(minutes=1)),
}
