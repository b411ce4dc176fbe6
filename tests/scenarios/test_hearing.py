"""A stop waits until the present recipients have had the warning for a whole grace period."""

from copy import replace
from datetime import timedelta

import pytest

from costguard.app.silence import WOKE
from costguard.app.sweep import sweep
from costguard.notifications.delivery import DeliveryStatus
from costguard.policy.loader import parse_policy
from costguard.policy.model import Mode, Policy
from costguard.resources.model import ResourceStatus
from tests.factories import GOOD_TAGS, POLICY, at, notebook, on, policy, with_rule
from tests.fakes import Refused, override
from tests.scenarios.account import Account, stages

NAME = "DoeJohn-ExploreSageMaker"
NOBODYS = "scratch"
BIG = on("ml.p4d.24xlarge")  # fifteen minutes of grace
MINUTE = 1 / 60


def untagged(name: str = NAME) -> Account:
    return Account(policy(), notebook(name, tags={}))


def refuse(_text: str) -> None:
    raise Refused


def sweeps(account: Account, since: float, until: float, every: float = 5 * MINUTE) -> None:
    """Run the guard every few minutes."""
    hours = since
    while hours <= until:
        account.run(at(hours))
        hours += every


def test_an_owner_who_becomes_known_in_the_grace_has_a_grace_of_their_own() -> None:
    account = Account(policy(), notebook(NOBODYS, tags={}, **BIG))
    account.event(NOBODYS, at(0))
    assert account.notices[-1].addressees == ["admins"]
    account.change(NOBODYS, tags=GOOD_TAGS)
    account.event(NOBODYS, at(2 * MINUTE))
    assert stages(account.notices) == ["warning", "warning"]
    assert account.notices[-1].addressees != ["admins"]
    sweeps(account, 0.1, 0.27)
    assert account.stopped == []
    sweeps(account, 0.3, 0.4)
    assert account.stopped == [NOBODYS]


@pytest.mark.parametrize("turns", [1, 2, 5])
def test_a_tag_that_goes_to_and_fro_gains_one_grace_for_each_owner(turns: int) -> None:
    account = Account(policy(), notebook(NOBODYS, tags={"Name": "John Doe"}, **BIG))
    account.event(NOBODYS, at(0))
    for turn in range(turns):
        for minute, owner in ((4, "Jane Roe"), (8, "John Doe")):
            account.change(NOBODYS, tags={"Name": owner})
            account.event(NOBODYS, at((minute + 8 * turn) * MINUTE))
    sweeps(account, 50 * MINUTE, 50 * MINUTE)
    assert account.stopped == [NOBODYS]
    assert stages(account.notices).count("warning") == 2


def test_what_nobody_has_heard_is_never_stopped_and_counted() -> None:
    account = untagged()
    account.deaf = True
    account.event(NAME, at(0))
    sweeps(account, 1, 30, every=1)
    assert account.stopped == []
    assert account.counted[-1]["StopsUnheard"] == 1


def test_who_hears_hours_later_has_the_whole_grace_from_then() -> None:
    account = untagged()
    account.deaf = True
    account.event(NAME, at(0))
    account.hear_all(at(10))
    sweeps(account, 10, 13.9, every=0.1)
    assert account.stopped == []
    account.run(at(14))
    assert account.stopped == [NAME]


def test_a_reference_in_the_queue_does_not_come_before_the_hearing() -> None:
    account = untagged()
    account.deaf = True
    account.event(NAME, at(0))
    account.queue = [([account.named(NAME).ref], at(5))]
    account.clock = at(5)
    assert account.enforce() == ["not-due"]


def test_what_no_channel_takes_is_said_once_more_a_day_later() -> None:
    account = untagged()
    account.deaf = True
    account.event(NAME, at(0))
    account.refuse_all(at(0))
    sweeps(account, 1, 23.9, every=1)
    assert stages(account.notices) == ["warning"]
    sweeps(account, 24, 47, every=1)
    assert stages(account.notices) == ["warning", "warning"]


def test_the_admins_hear_for_somebody_unreachable() -> None:
    account = untagged()
    account.deaf = True
    account.event(NAME, at(0))
    account.refuse_all(at(0))
    account.hear_all(at(1), to="admins")
    sweeps(account, 1, 4.9, every=0.1)
    assert account.stopped == []
    account.run(at(5))
    assert account.stopped == [NAME]


def test_an_owners_own_stop_begins_a_whole_grace() -> None:
    account = untagged()
    account.event(NAME, at(0))
    account.change(NAME, status=ResourceStatus.STOPPED)
    account.event(NAME, at(1))
    account.start(NAME, at(100))
    account.event(NAME, at(100))
    sweeps(account, 100.1, 103.9, every=0.1)
    assert account.stopped == []
    account.run(at(104))
    assert account.stopped == [NAME]


def test_an_own_stop_whose_event_was_lost_begins_a_whole_grace_too() -> None:
    account = untagged()
    account.run(at(0))
    account.change(NAME, status=ResourceStatus.STOPPED)
    sweeps(account, 1, 5, every=1)
    account.start(NAME, at(6))
    sweeps(account, 6.1, 10, every=0.1)
    assert account.stopped == []
    account.run(at(10.2))
    assert account.stopped == [NAME]


@pytest.mark.parametrize("stops", [0, 1])
def test_an_exemption_that_came_and_went_unseen_begins_a_whole_grace(stops: int) -> None:
    account = untagged()
    sweeps(account, 0, 3 + stops, every=1)
    assert account.stopped == [NAME] * stops
    names = f'[[exemptions]]\nnames = ["{NAME}"]\nwhy = "a paper"\nby = "an admin"'
    account.policy = policy(f"{names}\nuntil = 2026-11-24T14:00:00Z")
    if stops:
        account.start(NAME, at(30))
    sweeps(account, 30.1, 34, every=0.1)
    assert account.stopped == [NAME] * stops
    account.run(at(34.2))
    assert account.stopped == [NAME] * (stops + 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [("John Doe", "Jane Roe"), ("", "John Doe"), ("Jane Roe", ""), ("John Doe", "John / Jane Roe")],
)
def test_who_gets_what_was_stopped_for_another_has_a_grace_of_their_own(
    before: str, after: str
) -> None:
    account = Account(policy(), notebook(NOBODYS, tags={"Name": before}))
    sweeps(account, 0, 4.5, every=0.5)
    assert account.stopped == [NOBODYS]
    account.change(NOBODYS, tags={"Name": after})
    account.start(NOBODYS, at(30))
    sweeps(account, 30.1, 34, every=0.3)
    assert account.stopped == [NOBODYS]
    assert stages(account.notices) == ["warning", "stopped", "warning"]
    account.run(at(34.5))
    assert account.stopped == [NOBODYS] * 2
    account.change(NOBODYS, tags={"Name": before})  # who was warned once has had a grace
    account.start(NOBODYS, at(40))
    account.run(at(40.1))
    assert account.stopped == [NOBODYS] * 3


def test_a_warning_to_a_later_owner_states_no_deadline_in_the_past() -> None:
    account = Account(policy(max_stops=0), notebook(NOBODYS, tags={"Name": "John Doe"}))
    sweeps(account, 0, 5, every=1)
    account.change(NOBODYS, tags={"Name": "Jane Roe"})
    account.run(at(6))
    assert account.notices[-1].stage == "warning"
    assert account.notices[-1].deadline == "2026-11-24T00:00:00Z"


def test_a_restart_while_the_warning_is_open_gains_nothing() -> None:
    account = untagged()
    account.event(NAME, at(0))
    account.change(NAME, status=ResourceStatus.STOPPED)
    account.event(NAME, at(3))
    account.start(NAME, at(3.5))
    account.event(NAME, at(3.5))
    account.run(at(4))
    assert account.stopped == [NAME]
    assert stages(account.notices) == ["warning", "stopped"]


def test_no_reminder_is_due_for_what_its_owner_has_stopped() -> None:
    account = untagged()
    account.event(NAME, at(0))
    account.change(NAME, status=ResourceStatus.STOPPED)
    account.event(NAME, at(1))
    assert account.case(NAME).rested == at(1)


def many() -> Account:
    rules = with_rule(policy(), "too-many", per_owner=2)
    first = [notebook(f"DoeJohn-Explore{n}", created=at(n - 9)) for n in range(2)]
    return Account(rules, *first, notebook("DoeJohn-Third", created=at(0), started=at(0)))


def test_a_new_breach_of_a_sum_after_an_own_stop_has_a_whole_grace() -> None:
    account = many()
    sweeps(account, 0, 0)
    assert [n.rule for n in account.notices] == ["too-many"]
    account.change("DoeJohn-Third", status=ResourceStatus.STOPPED)
    account.event("DoeJohn-Third", at(0.1))
    account.start("DoeJohn-Third", at(96))
    sweeps(account, 96, 96.2)
    assert account.stopped == []
    sweeps(account, 96.25, 96.3)
    assert account.stopped == ["DoeJohn-Third"]


def test_a_mode_that_is_raised_warns_again() -> None:
    account = untagged()
    account.event(NAME, at(0))
    enforced, account.policy = account.policy, account.policy.with_ceiling(Mode.WARN)
    sweeps(account, 1, 200, every=10)
    account.policy = enforced
    account.run(at(201))
    assert account.stopped == []
    assert stages(account.notices) == ["warning", "warning"]
    account.run(at(205))
    assert account.stopped == [NAME]


EXEMPT = f'[[exemptions]]\nnames = ["{NAME}"]\nwhy = "a paper"\nby = "an admin"\n'
LOWERED = {
    "the kill switch": policy().with_ceiling(Mode.OBSERVE),
    "a mode": policy().with_ceiling(Mode.WARN),
    "a mode of the rule": parse_policy(
        POLICY.replace("[rules.missing-tags]", '[rules.missing-tags]\nmode = "warn"')
    ),
    "a rule that is taken away": replace(
        policy(), rules={r: each for r, each in policy().rules.items() if r != "missing-tags"}
    ),
    "an exemption": policy(f"{EXEMPT}until = 2027-11-24T14:00:00Z"),
}


@pytest.mark.parametrize("lowered", LOWERED.values(), ids=LOWERED)
@pytest.mark.parametrize("stopped", [True, False])
def test_what_was_lowered_while_a_notebook_rested_warns_again(
    lowered: Policy,
    stopped: bool,  # noqa: FBT001
) -> None:
    account = untagged()
    sweeps(account, 0, 5 if stopped else 0, every=1)
    account.change(NAME, status=ResourceStatus.STOPPED)
    enforced, account.policy = account.policy, lowered
    sweeps(account, 5.1, 5.2)
    account.policy = enforced
    account.start(NAME, at(5.3))
    sweeps(account, 5.4, 9.3, every=0.1)
    assert account.stopped == [NAME] * stopped
    account.run(at(9.5))
    assert account.stopped == [NAME] * (1 + stopped)


def test_what_was_lowered_while_nobody_could_answer_warns_again() -> None:
    account = Account(policy(), notebook(NAME, **BIG))
    account.run(at(0))
    enforced, account.policy = account.policy, account.policy.with_ceiling(Mode.WARN)
    known = account.named(NAME).groups
    account.change(NAME, groups=None)
    sweeps(account, 0.1, 0.1)
    account.policy = enforced
    account.change(NAME, groups=known)
    account.run(at(0.3))
    assert account.stopped == []
    assert account.notices[-1].stage == "warning"
    account.run(at(0.6))
    assert account.stopped == [NAME]


GRACE = 'grace = { notebook-instance = "4h", "*" = "1h" }'


@pytest.mark.parametrize(("new", "stops"), [("24h", 24), ("1h", 4)])
def test_a_grace_that_is_changed_after_the_warning_holds_where_it_is_longer(
    new: str, stops: float
) -> None:
    account = untagged()
    account.run(at(0))
    account.policy = parse_policy(POLICY.replace(GRACE, f'grace = "{new}"'))
    sweeps(account, 1, stops - 0.5, every=0.5)
    assert account.stopped == []
    account.run(at(stops))
    assert account.stopped == [NAME]
    assert stages(account.notices) == ["warning", "stopped"]


def test_under_the_kill_switch_no_deadline_stands() -> None:
    account = untagged()
    account.event(NAME, at(0))
    account.policy = account.policy.with_ceiling(Mode.OBSERVE)
    account.run(at(1))
    [finding] = account.case(NAME).findings.values()
    assert finding.deadline is None
    assert stages(account.notices) == ["warning"]


def test_after_a_silence_the_first_sweep_only_warns_and_says_how_long_it_was() -> None:
    account = untagged()
    account.sweep_every = timedelta(minutes=5)
    account.run(at(0))
    account.run(at(120))
    assert account.stopped == []
    assert stages(account.notices) == ["warning", "warning"]
    assert "Mon" in account.summaries[-1]
    assert "Sat" in account.summaries[-1]
    assert f"Warned anew, with a whole grace period: {NAME}." in account.summaries[-1]
    assert f"in that time: {NAME}" in account.summaries[-1]
    sweeps(account, 120.1, 123.9)
    assert account.stopped == []
    sweeps(account, 124, 124.1)
    assert account.stopped == [NAME]
    assert len(account.summaries) == 1


def test_a_guard_that_is_asleep_stops_nothing_that_has_a_grace() -> None:
    account = untagged()
    account.sweep_every = timedelta(minutes=5)
    account.run(at(0))
    assert account.event(NAME, at(9)) == "looked"
    assert account.notices[-1].stage == "warning"
    account.queue = [([account.named(NAME).ref], at(9))]
    assert account.enforce() == ["not-due"]


def test_a_restored_ledger_warns_again() -> None:
    account = untagged()
    account.event(NAME, at(0))
    account.markers[WOKE] = at(5)  # as the restore writes it
    account.run(at(5))
    assert account.stopped == []
    assert stages(account.notices) == ["warning", "warning"]


@pytest.mark.parametrize("swept_every", [timedelta(minutes=10), timedelta(days=9999)])
def test_a_restore_that_is_marked_with_a_later_time_warns_once(swept_every: timedelta) -> None:
    account = untagged()
    account.sweep_every = swept_every
    account.run(at(0))
    account.markers[WOKE] = at(50)  # by a clock that is wrong
    sweeps(account, 0.2, 4, every=0.2)
    assert account.stopped == []
    assert stages(account.notices) == ["warning", "warning"]
    sweeps(account, 4.2, 4.4, every=0.2)
    assert account.stopped == [NAME]


@pytest.mark.parametrize("stopped", [False, True])
def test_no_mark_of_a_restored_ledger_stops(stopped: bool) -> None:  # noqa: FBT001
    account = untagged()
    account.run(at(0))
    if stopped:
        account.run(at(4))
        account.start(NAME, at(4.5))
    account.markers[WOKE] = at(5)
    account.run(at(5))
    assert account.stopped == [NAME] * stopped
    assert account.notices[-1].stage == "warning"


def exempted(until: str) -> Policy:
    text = f'[[exemptions]]\nnames = ["{NAME}"]\nwhy = "a demo"\nby = "Ann"\nuntil = {until}\n'
    return parse_policy(POLICY + text)


def test_an_exemption_is_no_fix_and_says_so() -> None:
    account = untagged()
    account.event(NAME, at(0))
    account.policy = exempted("2026-11-24T12:00:00Z")
    account.run(at(1))
    cleared = account.notices[-1]
    assert cleared.stage == "all-clear"
    assert cleared.findings[0]["resolution"] == "exempt"
    assert "exempted it from this rule until" in cleared.reason
    assert "compliant" not in cleared.reason
    account.policy = policy()
    account.run(at(40))
    assert account.case(NAME).returns == {}
    assert account.case(NAME).findings["missing-tags"].deadline == at(44)


def test_a_rule_that_is_switched_off_is_no_fix_and_says_so() -> None:
    account = untagged()
    account.event(NAME, at(0))
    rules = {rule: each for rule, each in policy().rules.items() if rule != "missing-tags"}
    account.policy = replace(policy(), rules=rules)
    account.run(at(1))
    assert account.notices[-1].findings[0]["resolution"] == "off"
    assert "switched this rule off" in account.notices[-1].reason
    account.policy = policy()
    account.run(at(2))
    assert account.case(NAME).findings["missing-tags"].deadline == at(6)


def test_a_warning_that_waits_in_the_queue_is_no_warning_heard() -> None:
    account = untagged()
    account.event(NAME, at(0))
    for row in list(account.deliveries.rows.values()):
        account.deliveries.mark(replace(row, status=DeliveryStatus.WAITING, sent=None))
    sweeps(account, 4, 9, every=1)
    assert account.stopped == []


def test_a_new_finding_gives_an_older_one_no_more_time() -> None:
    account = untagged()
    account.event(NAME, at(0))
    for hours in (1, 2, 3):  # a small type and a big one, by turns: the second finding is new
        account.change(NAME, **BIG)
        account.event(NAME, at(hours))
        account.change(NAME, **on("ml.t3.medium"))
        account.event(NAME, at(hours + 0.1))
    account.run(at(4))
    assert account.stopped == [NAME]
    assert account.notices[-1].rule == "missing-tags"


def test_a_warning_names_an_older_one_with_the_deadline_that_holds() -> None:
    account = untagged()
    account.deaf = True
    account.event(NAME, at(0))
    account.hear_all(at(2))
    account.deaf = False
    account.change(NAME, **BIG)
    account.event(NAME, at(3))
    older, newer = sorted(account.notices[-1].findings, key=lambda each: str(each["rule"]))[::-1]
    assert (older["rule"], older["grace_seconds"]) == ("missing-tags", 0)
    assert older["deadline"] == "2026-11-23T20:00:00Z"
    assert newer["grace_seconds"] == 15 * 60


def test_a_sweep_that_wakes_in_several_tries_warns_once() -> None:
    account = untagged()
    account.sweep_every = timedelta(minutes=5)
    account.run(at(0))
    account.marks.unwritable = {"swept"}
    for hours in (120, 120.02):
        with pytest.raises(ExceptionGroup):
            account.sweep(at(hours))
    account.marks.unwritable = set()
    account.run(at(120.1))
    assert stages(account.notices) == ["warning", "warning"]
    assert len(account.summaries) == 1


def test_a_silence_that_nobody_can_be_told_of_keeps_nobody_from_being_judged() -> None:
    account = untagged()
    account.sweep_every = timedelta(minutes=5)
    account.run(at(0))
    ports = account.sweep_ports
    texts = override(ports.texts, publish=refuse)
    with pytest.raises(ExceptionGroup):
        sweep(replace(ports, texts=texts), now=at(120))
    assert stages(account.notices) == ["warning", "warning"]
    assert account.summaries == []
    sweeps(account, 120.1, 123.9)
    assert account.stopped == []
    [text] = account.summaries
    assert "from Mon 23 Nov 2026 08:00 CST to Sat 28 Nov 2026 08:00 CST, for 5 d." in text
