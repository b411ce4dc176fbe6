"""The time of messages: quiet hours, reminders, retries, and queue messages."""

import json
from copy import replace
from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from costguard.common.calendar import UTC, DailyWindow, Zone
from costguard.common.errors import EventInvalid, PolicyInvalid
from costguard.common.sanitize import multi_line
from costguard.enforcement.notice_builder import build_held_back, build_notice
from costguard.notifications.composer import RecipientContext, write_message
from costguard.notifications.notice import (
    REMINDER,
    Audience,
    CostEstimate,
    DeferredMessage,
    Notice,
    NoticeFinding,
)
from costguard.notifications.notice import NoticeStage as Stage
from costguard.notifications.recipients import Recipient
from costguard.notifications.schedule import (
    backoff,
    held_until,
    plan_reminder,
    quiet_until,
)
from costguard.notifications.schema import (
    decode_notice,
    encode_deferred,
    encode_notice,
    encode_outbox,
    encode_published,
    parse_message,
)
from costguard.notifications.templates import title_of
from costguard.ownership.channel import Channel
from costguard.ownership.directory import Person
from costguard.policy.loader import parse_policy
from tests.factories import JOHN, at, notebook, policy

TO = Recipient(key="johndoe", person=JOHN, channels=())
BARE = {"schema": "costguard.notice/1", "id": "n", "time": at(0).isoformat(), "stage": "failed"}
NIGHT = replace(policy().notify, quiet=DailyWindow(time(22), time(7)), remind=timedelta(hours=1))
RULES = replace(policy(), notify=NIGHT)
EVENING, MORNING = at(15), at(23)  # 23:00 and 07:00 in Chicago


def make_notice(stage: Stage = Stage.WARNING, deadline: datetime | None = None) -> Notice:
    finding = NoticeFinding(
        rule="missing-tags", reason="no tags", remedy="add them", deadline=deadline
    )
    return build_notice(stage, notebook(), [finding], RULES, now=EVENING)


def waits(remind: str, within: str, *, reminder: bool, hours: float) -> timedelta:
    """Answer how long a notice waits for a digest, at so many hours before its deadline."""
    text = f'[notify]\nremind = "{remind}"\ndigest_within = "{within}"\ndigest_above = 0'
    settings = replace(policy(), notify=parse_policy(text).notify)
    notice, now = make_notice(deadline=at(40)), at(40 - hours)
    notice = replace(notice, id=f"{notice.id}{REMINDER}") if reminder else notice
    until = held_until(replace(notice, time=now), TO, [], settings, now)
    return until - now if until else timedelta()


@given(remind=integers(1, 600), within=integers(1, 600))
def test_a_reminder_keeps_most_of_its_time(remind: int, within: int) -> None:
    taken = waits(f"{remind}m", f"{within}m", reminder=True, hours=remind / 60)
    assert taken <= timedelta(minutes=remind) / 4


def test_a_reminder_of_an_hour_waits_a_quarter_and_a_warning_the_whole_digest() -> None:
    assert waits("1h", "30m", reminder=True, hours=1) == timedelta(minutes=15)
    assert waits("1h", "30m", reminder=False, hours=1) == timedelta(minutes=30)


def test_waits_double_up_to_a_quarter_of_an_hour() -> None:
    assert [backoff(n).total_seconds() for n in (1, 2, 3, 8, 9, 99)] == [5, 10, 20, 640, 900, 900]


@pytest.mark.parametrize(
    ("notice", "now", "until"),
    [
        (make_notice(Stage.ALL_CLEAR), EVENING, MORNING),
        (make_notice(deadline=at(30)), EVENING, MORNING),
        (make_notice(deadline=at(23)), EVENING, None),
        (make_notice(Stage.STOPPED), EVENING, None),
        (make_notice(Stage.FAILED), EVENING, None),
        (make_notice(Stage.ALL_CLEAR), at(4), None),
        (make_notice(Stage.ALL_CLEAR), at(20), MORNING),
        (make_notice(Stage.ALL_CLEAR), at(23), None),
    ],
)
def test_the_night_is_quiet_but_for_what_cannot_wait(
    notice: Notice, now: datetime, until: datetime | None
) -> None:
    assert quiet_until(notice, TO, RULES, now) == until


def test_quiet_hours_are_the_readers_own() -> None:
    far = replace(TO, person=Person(name="Far", timezone=Zone.parse("Asia/Tokyo")))
    assert quiet_until(make_notice(Stage.ALL_CLEAR), far, RULES, EVENING) is None


def test_a_zone_that_does_not_exist_says_what_is_expected() -> None:
    with pytest.raises(ValueError, match="an IANA time zone"):
        Zone.parse("Chicago/America")


def test_without_quiet_hours_nothing_waits() -> None:
    assert quiet_until(make_notice(Stage.ALL_CLEAR), TO, policy(), EVENING) is None


def test_hours_of_one_day_end_on_that_day() -> None:
    noon = DailyWindow(time(12), time(13))
    assert noon.end_after(at(-2), UTC) == at(-1)
    assert noon.end_after(at(0), UTC) is None


def test_a_reminder_comes_so_long_before_the_deadline() -> None:
    later = plan_reminder(make_notice(deadline=at(30)), "johndoe", RULES, EVENING)
    assert later
    assert later.due == at(29)
    read = parse_message(encode_deferred(later))
    assert isinstance(read, DeferredMessage)
    assert encode_deferred(read) == encode_deferred(later)


@pytest.mark.parametrize(
    ("notice", "now"),
    [
        (make_notice(Stage.STOPPED), EVENING),
        (make_notice(), EVENING),
        (make_notice(deadline=at(30)), at(29.5)),
    ],
)
def test_there_is_no_reminder_of_anything_else(notice: Notice, now: datetime) -> None:
    assert plan_reminder(notice, "johndoe", RULES, now) is None
    assert plan_reminder(make_notice(deadline=at(30)), "johndoe", policy(), EVENING) is None


def test_a_notice_of_the_contracts_fields_is_enough() -> None:
    found = parse_message(json.dumps(BARE))
    assert isinstance(found, Notice)
    assert (found.audience, found.deadline, found.resource.arn) == ("admins", None, None)


def test_a_whole_notice_comes_back_as_it_was() -> None:
    whole = make_notice(deadline=at(30))
    read = parse_message(json.dumps(encode_notice(whole)))
    assert isinstance(read, Notice)
    assert encode_notice(read) == encode_notice(whole)


@pytest.mark.parametrize("body", ["", "not JSON", "[]", "3", '"x"'])
def test_what_is_no_object_is_refused(body: str) -> None:
    with pytest.raises(EventInvalid, match="body: expected"):
        parse_message(body)


def test_everything_wrong_with_a_notice_is_said_at_once() -> None:
    wrong = {"stage": "shout", "time": "noon", "deadline": "soon", "resource": "x", "owner": []}
    with pytest.raises(EventInvalid) as caught:
        parse_message(json.dumps(wrong | {"owner": 3}))
    said = "\n".join(caught.value.problems)
    assert all(f"{name}:" in said for name in ("schema", "stage", "id", "resource", "owner"))
    assert all(f"{name}:" in said for name in ("time", "deadline"))


def test_a_wrong_list_number_or_budget_in_a_notice_is_said() -> None:
    wrong = {"findings": ["x"], "resources": 3, "stops": "two", "budget": {"name": "x"}}
    raw = BARE | wrong
    with pytest.raises(EventInvalid) as caught:
        parse_message(json.dumps(raw))
    names = [problem.split(":")[0] for problem in caught.value.problems]
    assert names == ["stops", "budget", "findings", "resources"]
    late = {"findings": [{"rule": "naming", "deadline": "soon"}]}
    with pytest.raises(EventInvalid, match=r"findings\[\]\.deadline: expected an ISO time"):
        parse_message(json.dumps(BARE | late))


def test_a_stage_that_was_never_sent_is_refused() -> None:
    with pytest.raises(EventInvalid, match="stage: expected one of would-stop"):
        parse_message(json.dumps(BARE | {"stage": "summary"}))


def test_a_budget_alert_of_the_version_before_is_read_as_one() -> None:
    resource = {"arn": None, "kind": "budget", "name": "project sinkorswim"}
    before = {"stage": "warning", "resource": resource, "rule": "over-budget", "reason": "80 %."}
    found = decode_notice(BARE | before)
    assert (found.stage, found.rules, found.budget) == (Stage.BUDGET, ("over-budget",), None)
    reader = RecipientContext(zone=UTC, contact=JOHN)
    assert write_message(found, reader, {}, now=EVENING).intro == "80 %."


def test_a_case_holds_a_notice_in_the_fields_of_the_version_before() -> None:
    held = build_held_back([notebook()], RULES, now=EVENING)
    assert encode_notice(held)["max_stops"] == RULES.max_stops
    assert list(encode_outbox(held)) == [
        *("schema", "id", "time", "account", "region", "stage", "rule", "resource", "owner"),
        *("reason", "remedy", "deadline", "cost", "audience", "findings", "stops"),
        *("kept", "lost", "restart", "resources"),
    ]
    read = decode_notice(encode_outbox(held))
    assert encode_outbox(read) == encode_outbox(held)


def test_a_finding_without_its_title_is_named_by_its_rule() -> None:
    found = decode_notice(BARE | {"findings": [{"rule": "missing-tags", "reason": "no tags"}]})
    assert title_of(found.findings[0]) == "missing tags"


@pytest.mark.parametrize("grace", [timedelta(), timedelta(minutes=15), timedelta(days=3650), None])
def test_a_finding_says_its_grace_in_seconds(grace: timedelta | None) -> None:
    notice = make_notice(deadline=at(30))
    given = replace(notice, findings=(replace(notice.findings[0], grace=grace),))
    [body] = json.loads(encode_published(given))["findings"]
    assert body.get("grace_seconds") == (None if grace is None else grace.total_seconds())
    assert "grace" not in body
    assert decode_notice(encode_notice(given)).findings == given.findings


@pytest.mark.parametrize("odd", ["4h", -1, 1e300, float("nan"), True, [], {}])
def test_a_grace_that_no_policy_gives_is_not_known(odd: object) -> None:
    found = decode_notice(BARE | {"findings": [{"rule": "naming", "grace_seconds": odd}]})
    assert found.findings[0].grace is None


def test_each_stage_says_who_reads_it_and_whether_it_may_wait() -> None:
    assert [s for s in Stage if s.audience is Audience.ADMINS] == [
        *(Stage.WOULD_STOP, Stage.HELD_BACK, Stage.FAILED, Stage.ASKED)
    ]
    assert [s for s in Stage if s.is_never_quiet] == [
        *(Stage.STOPPED, Stage.HELD_BACK, Stage.FAILED)
    ]
    assert min(Stage, key=lambda stage: stage.order) is Stage.ALL_CLEAR


def costing(amount: object) -> str:
    return json.dumps(BARE | {"cost": {"usd_so_far": amount}})


@pytest.mark.parametrize("amount", [0.05, 3, "1.20", None])
def test_what_a_thing_costs_is_a_number_or_not_known(amount: object) -> None:
    found = parse_message(costing(amount))
    assert isinstance(found, Notice)
    assert found.cost == (amount and CostEstimate(usd_so_far=Decimal(str(amount))))


@pytest.mark.parametrize("amount", ["cheap", "NaN", []])
def test_a_cost_that_is_no_amount_is_refused(amount: object) -> None:
    with pytest.raises(EventInvalid, match=r"cost\.usd_so_far: expected USD or null"):
        parse_message(costing(amount))


def test_inert_text_keeps_its_lines_and_loses_what_is_invisible() -> None:
    assert multi_line("a\u202e b\u200b\r\nc\td\u2028e\x07") == "a b\nc d\ne"
    assert multi_line("abcdef", 4) == "abc…"


def test_a_policy_may_still_name_the_stage_that_no_notice_has() -> None:
    text = '[notify]\nstages = { summary = ["sns"], budget = ["email"] }\nquiet = "22:00-07:00"\n'
    words = '[notify.words.summary]\nask = "x"\n[notify.words.budget]\nask = "y"'
    notify = parse_policy(text + words).notify
    assert notify.stages == {Stage.BUDGET: (Channel.EMAIL,)}
    assert {stage: own.ask for stage, own in notify.words.items()} == {Stage.BUDGET: "y"}
    with pytest.raises(PolicyInvalid, match="notify: expected a table"):
        parse_policy("notify = 3")


def test_every_mistake_in_how_to_speak_is_reported() -> None:
    with pytest.raises(PolicyInvalid) as caught:
        parse_policy('[notify]\nquiet = "x"\nchannels = ["fax"]\nstages = { shout = ["email"] }')
    assert [p.split(":")[0] for p in caught.value.problems] == [
        "notify.channels[0]",
        "notify.quiet",
        "notify.stages.shout",
    ]
