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
from costguard.enforcement.audit import AuditRecord
from costguard.enforcement.case import open_case
from costguard.enforcement.notice_builder import build_notice
from costguard.notifications.delivery import Delivery, DeliveryStatus, Sent
from costguard.notifications.links import page_link
from costguard.notifications.message import Message
from costguard.notifications.notice import DeferredMessage, NoticeStage
from costguard.notifications.press import PressOutcome
from costguard.ownership.directory import Person
from costguard.ownership.kept_roster import KeptRoster
from costguard.policy.exceptions import ExceptionRequest
from costguard.policy.model import Policy
from costguard.resources.activity import WorkMemory
from costguard.resources.events import ResourceEvent
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.registry import KINDS
from costguard.resources.unwatched import UnwatchedList
from costguard.resources.use import UseMetric
from tests.contract.reach import Port
from tests.factories import a_name, address_of, at, notebook, resource

NOW = at(2)
NAMES = [(kind, a_name(kind.name, "one")) for kind in KINDS.values()]
ALL = [
    resource(k.name, name, address=address_of(k.name, name) if k.identity.exceeds_name else None)
    for k, name in NAMES
]
JOB = resource("training-job", "one")
USED = UseMetric(name="Invocations", dimensions=(("EndpointName", "one"),))
ENDPOINT = resource("endpoint", "one", use=(USED,))
TOLD = build_notice(NoticeStage.WARNING, JOB, [], Policy(), now=NOW)
ROSTER = KeptRoster(version="1", read=NOW, people=())
STANDING = sum_spend((), Prices(), UTC.info, NOW)
OPEN = Usage(kind="training-job", name="one", component="training", region="", start=at(0))
SENT = Delivery(to="jane", notice="1", at=NOW, status=DeliveryStatus.CLAIMED)
ASKED = ExceptionRequest(
    id="1",
    kind="training-job",
    name="one",
    rules=("idle",),
    by="Jane",
    why="demo",
    asked=NOW,
    until=NOW,
)
LATER = DeferredMessage(due=NOW, to="jane")
LETTER = Message(stage="warning", subject="s", heading="h", intro="i", thread="arn")
JANE = Person(name="Jane", email="jane@example.org", slack="#costguard")


def _fetch(source: Any) -> None:
    with suppress(SourceUnavailableError):  # the list that it is given is empty
        source.fetch("us-east-2", NOW)


def _read_all(ports: Any) -> None:
    for each in ports.other_regions.values():
        list(each.read(at(0), at(0), NOW).slices)


def _save_usage(meter: Any) -> None:
    meter.save([(replace(OPEN, component=f"part-{number}"), None) for number in range(9)], NOW)
    meter.save([(OPEN, None)], NOW)
    meter.save([(replace(OPEN, end=NOW), OPEN)], NOW)


def _every_way(post: Any) -> None:
    outcomes = [way.send(LETTER, JANE) for way in post.senders.values()]
    assert outcomes == [Sent()] * len(outcomes)


def _is_stopped(each: Resource) -> bool:
    stop = KINDS[each.kind].api.stop
    return stop is not None and not stop.deletes


def _is_deleted(each: Resource) -> bool:
    return KINDS[each.kind].is_deleted


def _due(requests: Any) -> list[ResourceRef]:
    """Name one of each sort that the queues of a deployment take."""
    return [JOB.ref, *([ENDPOINT.ref] if requests.park_url else [])]


_OUTCOME = PressOutcome(channel="D0", message="1.0", user="U0", says="done")


def _is_there(ports: Any) -> None:
    assert ports


_GUARDING: dict[tuple[str, str], Callable[[Any], object]] = {
    ("GuardPorts", "policy"): _is_there,
    ("GuardPorts", "place"): _is_there,
    ("GuardPorts", "spokes"): _is_there,
    ("GuardPorts", "sweep_interval"): _is_there,
    ("GuardPorts", "count"): lambda p: p.count({}),
    ("GuardPorts", "log"): lambda p: p.log("looked"),
    ("GuardPorts", "run_concurrently"): lambda p: p.run_concurrently([]),
    ("GuardPorts", "unreadable"): lambda p: p.unreadable(),
    ("Inventory", "describe"): lambda i: [i.describe(each.ref) for each in ALL],
    ("Inventory", "running"): lambda i: i.running(NOW),
    ("Inventory", "tags"): lambda i: [i.tags(each.arn) for each in ALL],
    ("Inventory", "check_deletion"): lambda i: [
        i.check_deletion(each, NOW) for each in ALL if _is_deleted(each)
    ],
    ("Inventory", "with_volumes"): lambda i: list(i.with_volumes("")),
    ("ActivityObserver", "observe"): lambda a: a.observe(
        [notebook("one")], NOW, lambda _resource, _known: NOW
    ),
    ("ActivityObserver", "remember"): lambda a: a.remember(
        {"notebook-instance/one": notebook("one")}, {"notebook-instance/one": WorkMemory()}, NOW
    ),
    ("UseMeter", "measure"): lambda u: u.measure([ENDPOINT], at(0), NOW),
    ("CaseStore", "get"): lambda c: c.get(JOB.ref),
    ("CaseStore", "get_each"): lambda c: c.get_each([JOB.ref]),
    ("CaseStore", "all"): lambda c: list(c.all()),
    ("CaseStore", "save"): lambda c: c.save(open_case(JOB), None, NOW),
    ("CaseStore", "save_each"): lambda c: c.save_each([(open_case(JOB), None)], NOW),
    ("AuditTrail", "record"): lambda a: a.record("told", JOB, NOW, {}),
    ("AuditTrail", "record_each"): lambda a: a.record_each([AuditRecord("told", JOB, {})], NOW),
    ("DeliveryReader", "find"): lambda d: d.find(SENT),
    ("DeliveryReader", "find_each"): lambda d: d.find_each([SENT]),
    ("DeliveryReader", "recent"): lambda d: d.recent("jane", NOW),
    ("TimeMarks", "last_time"): lambda m: m.last_time("swept"),
    ("TimeMarks", "last_times"): lambda m: m.last_times(["swept"]),
    ("TimeMarks", "mark_time"): lambda m: m.mark_time("swept", NOW),
    ("TimeMarks", "mark_times"): lambda m: m.mark_times(["swept"], NOW),
    ("TimeMarks", "take_in_hand"): lambda m: m.take_in_hand("swept", NOW, NOW),
    ("Creators", "who_created"): lambda c: c.who_created([JOB.ref]),
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
    ("NoticePublisher", "publish_each"): lambda n: n.publish_each([TOLD, replace(TOLD, id="2")]),
    ("NoticeReceipts", "begin"): lambda r: r.begin(NOW),
    ("NoticeReceipts", "oldest_untaken"): lambda r: r.oldest_untaken(NOW),
    ("TextPublisher", "publish"): lambda t: t.publish("text"),
    ("TextPublisher", "confirmed_subscriptions"): lambda t: t.confirmed_subscriptions(),
    ("UnwatchedReader", "unwatched"): lambda u: u.unwatched(),
    ("UnwatchedLedger", "last_unwatched"): lambda u: u.last_unwatched(),
    ("UnwatchedLedger", "keep_unwatched"): lambda u: u.keep_unwatched(
        UnwatchedList(time=NOW, region="us-east-2")
    ),
    ("StopRequests", "enqueue"): lambda q: q.enqueue(_due(q), NOW),
    ("Deleter", "delete"): lambda d: [d.delete(each) for each in ALL if _is_deleted(each)],
    ("NotificationPorts", "takes_answers"): _is_there,
    ("PressReplies", "reply"): lambda r: r.reply(_OUTCOME, None),
    ("SlackMembers", "app"): lambda m: m.app(),
    ("SlackMembers", "member"): lambda m: m.member(Person(name="x", email="x@example.org")),
    ("SlackMembers", "open_form"): lambda m: m.open_form("t", {}),
    ("PressQueue", "say"): lambda q: q.say(_OUTCOME, NOW),
    ("KnownNotices", "as_published"): lambda k: k.as_published("one", NOW),
    ("LinkMaker", "make"): lambda m: m.make(page_link("jane", NOW)),
    ("RespondPorts", "policy"): _is_there,
    ("RespondPorts", "place"): _is_there,
    ("RespondPorts", "spokes"): _is_there,
    ("RespondPorts", "log"): lambda p: p.log("answered"),
    ("LinkStore", "link"): lambda s: s.link("a" * 32),
    ("LinkStore", "taken"): lambda s: s.taken("one#"),
    ("LinkStore", "begin"): lambda s: s.begin("one#keep", NOW, NOW),
    ("LinkStore", "finish"): lambda s: s.finish("one#keep", "kept", NOW, NOW),
    ("MeterReader", "open"): lambda m: list(m.open()),
    ("MeterReader", "prices"): lambda m: m.prices(NOW),
    ("MeterReader", "spend"): lambda m: m.spend(),
    ("PageRequests", "defer"): lambda q: q.defer(DeferredMessage(due=NOW, to="j", page=True), NOW),
    ("ExceptionReader", "requests"): lambda e: e.requests(),
    ("ExceptionStore", "requests"): lambda e: e.requests(),
    ("ExceptionStore", "request"): lambda e: e.request("one"),
    ("ExceptionStore", "ask"): lambda e: e.ask(ASKED),
    ("ExceptionStore", "decide"): lambda e: e.decide(ASKED),
    ("Tagger", "add_tags"): lambda t: [t.add_tags(each, {"Project": "one"}) for each in ALL],
    ("SweepPorts", "enrolled"): lambda p: p.enrolled(),
    ("SweepPorts", "unwatched_places"): _is_there,
    ("RosterFiles", "changed_roster"): lambda r: r.changed_roster("cs229.csv", ""),
    ("RosterStore", "kept_roster"): lambda r: r.kept_roster("cs229.csv"),
    ("RosterStore", "keep_roster"): lambda r: r.keep_roster("cs229.csv", ROSTER),
    ("Stopper", "stop"): lambda s: [s.stop(each) for each in ALL if _is_stopped(each)],
}
_REPORTING: dict[Port, Callable[[Any], object]] = {
    ("ReportPorts", "policy"): _is_there,
    ("ReportPorts", "place"): _is_there,
    ("ReportPorts", "spokes"): _is_there,
    ("ReportPorts", "timezone"): _is_there,
    ("ReportPorts", "assets"): _is_there,
    ("ReportPorts", "unreadable"): lambda p: p.unreadable(),
    ("ReportPorts", "other_regions"): _read_all,
    ("PriceSource", "fetch"): _fetch,
    ("PriceStore", "prices"): lambda p: p.prices(NOW),
    ("PriceStore", "keep_prices"): lambda p: p.keep_prices(Prices()),
    ("UsageHistory", "slices"): lambda u: list(u.slices(at(0), NOW)),
    ("CaseReader", "all"): lambda c: list(c.all()),
    ("AuditReader", "entries"): lambda a: list(a.entries(at(0), NOW)),
    ("UnreachedReader", "unreached_since"): lambda u: u.unreached_since(at(0)),
    ("UnwatchedHistory", "last_unwatched"): lambda u: u.last_unwatched(),
    ("MarkReader", "last_time"): lambda m: m.last_time("a word"),
    ("CreditSource", "credits"): lambda c: c.credits("123456789012", NOW),
    ("BillSource", "accounts"): lambda b: b.accounts(
        at(0).date(), (NOW + timedelta(days=1)).date(), ("us-east-2",)
    ),
    ("BillSource", "ask"): lambda b: b.ask(
        "Project", at(0).date(), (NOW + timedelta(days=1)).date(), ("us-east-2",)
    ),
    ("AwsBudgetSource", "read"): lambda b: b.read(),
    ("PagePublisher", "publish"): lambda p: p.publish("day/2026-11-23.html", "<html>"),
    ("SummaryPublisher", "publish_with_subject"): lambda t: t.publish_with_subject("s", "text"),
}
_NOTIFYING: dict[Port, Callable[[Any], object]] = {
    ("NotificationPorts", "policy"): _is_there,
    ("NotificationPorts", "senders"): _every_way,
    ("NotificationPorts", "enforces"): lambda p: p.enforces("missing-tags", TOLD),
    ("NotificationPorts", "count"): lambda p: p.count({}),
    ("NotificationPorts", "log"): lambda p: p.log("sent"),
    ("CreatorLookup", "creator"): lambda c: c.creator(JOB.ref),
    ("KnownNotices", "find"): lambda k: k.find(TOLD, NOW, NOW),
    ("KnownNotices", "token"): lambda k: k.token(),
    ("WarningLookup", "standing"): lambda w: w.standing(JOB.ref, "johndoe"),
    ("WarningLookup", "is_still_due"): lambda w: w.is_still_due(JOB.ref, NOW),
    ("DeliveryStore", "find"): lambda d: d.find(SENT),
    ("DeliveryStore", "recent"): lambda d: d.recent("jane", NOW),
    ("DeliveryStore", "waiting"): lambda d: d.waiting("jane", NOW),
    ("DeliveryStore", "claim"): lambda d: d.claim(SENT, NOW),
    ("DeliveryStore", "mark"): lambda d: d.mark(SENT),
    ("DeliveryStore", "unreached"): lambda d: d.unreached(SENT),
    ("TurnKeeper", "take_turn"): lambda t: t.take_turn("thing", "1", NOW, NOW),
    ("DeferralQueue", "defer"): lambda q: q.defer(LATER, NOW),
    ("SqsNotifyQueue", "hide"): lambda q: q.hide("receipt", timedelta(minutes=1)),
}
EXERCISES: dict[Port, Callable[[Any], object]] = {**_GUARDING, **_REPORTING, **_NOTIFYING}
