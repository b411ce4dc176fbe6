"""`costguard policy`: problems with their places, the policy in sentences, effects of a change."""

import json
from collections.abc import Iterator
from copy import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import fields

from costguard.common.calendar import DailyWindow, WorkingHours
from costguard.costs.by_price import ByPrice, PriceRange
from costguard.costs.prices import bundled_prices
from costguard.notifications.notice import NoticeStage
from costguard.notifications.settings import MessageOverrides
from costguard.ownership.channel import Channel
from costguard.ownership.directory import Person
from costguard.policy.model import AccountLimits, Mode, Policy, RuleOverrides
from costguard.resources.per_kind import for_all
from costguard.resources.registry import KINDS
from costguard.rules import RULES, idle, too_many
from costguard_cli.analysis.assessment import Assessment, Unreadable, assess_fleet
from costguard_cli.policies.diff import affected, changes
from costguard_cli.policies.rule_summary import of_rule
from costguard_cli.policies.summary import topics
from costguard_cli.views import audit_json
from tests.cli.command import run
from tests.factories import POLICY, at, notebook, on, policy, training_job, with_rule

SHIPPED = Path(__file__).parents[2] / "layers/policy/policy.toml"


def file(at: Path, text: str, name: str = "policy.toml") -> Path:
    path = at / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_policy_is_a_good_one() -> None:
    done = run("policy", "check", SHIPPED)
    assert (done.code, "no problems" in done.words) == (0, True)


def test_check_finds_the_policy_of_the_checkout() -> None:
    done = run("policy", "check")
    assert (done.code, "no problems" in done.words) == (0, True)


def test_check_shows_every_problem_under_its_line(tmp_path: Path) -> None:
    path = file(tmp_path, 'mode = "warn"\nmax_stops = "x"\n[rules.idle]\nafer = "1h"\n')
    done = run("policy", "check", path)
    assert done.code == 1
    assert "2 problems" in done.words
    assert '    2 | max_stops = "x"\n                    ^' in done.err
    assert '    4 | afer = "1h"\n        ^' in done.err


def test_check_answers_machines_too(tmp_path: Path) -> None:
    done = run("policy", "check", "--json", file(tmp_path, "max_stops = -1"))
    [problem] = json.loads(done.out)
    assert (done.code, problem["line"], problem["column"]) == (1, 1, 13)
    [odd] = json.loads(run("policy", "check", "--json", SHIPPED).out)
    assert "the roster (people) is empty" in odd["problem"]


def test_what_is_worth_a_look_is_shown_and_fine(tmp_path: Path) -> None:
    path = file(tmp_path, 'mode = "warn"\ntimezone = "EST"\n')
    done = run("policy", "check", path)
    assert (done.code, "no problems, 1 setting worth a look" in done.words) == (0, True)
    assert '    2 | timezone = "EST"\n                   ^' in done.out


def test_strict_wants_nothing_to_look_at(tmp_path: Path) -> None:
    path = file(tmp_path, 'timezone = "EST"\n')
    assert run("policy", "check", "--strict", path).code == 1
    assert run("policy", "check", "--strict", file(tmp_path, 'mode = "warn"')).code == 0


def test_problems_come_before_what_is_worth_a_look(tmp_path: Path) -> None:
    done = run("policy", "check", file(tmp_path, 'timezone = "EST"\nmode = "x"\n'))
    assert done.code == 1
    assert "1 problem, 1 setting worth a look in" in done.words
    assert done.err.index("mode: expected") < done.err.index("timezone: 'EST'")


def test_machines_are_told_the_class_of_a_remark(tmp_path: Path) -> None:
    path = file(tmp_path, 'timezone = "EST"\nmode = "x"\n')
    told = json.loads(run("policy", "check", "--json", path).out)
    assert [(each["line"], each["class"]) for each in told] == [
        (1, "worth a look"),
        (2, "problem"),
    ]


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("command", [("check",), ("show",)])
def test_a_file_of_notepad_or_powershell_is_read(
    tmp_path: Path, coding: str, command: tuple[str, ...]
) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(POLICY.encode(coding))
    assert run("policy", *command, path).code == 0


def test_a_line_that_would_move_the_cursor_does_not(tmp_path: Path) -> None:
    done = run("policy", "check", file(tmp_path, '"\\u001b[2J" = 1\nteams = "\u202e[red]x[/]"'))
    assert not {"\x1b", "\u202e"} & set(done.out + done.err)
    assert "[red]x[/]" in done.err


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(b"\xfc")
    done = run("policy", "check", tmp_path / "p")
    assert (done.code, "not UTF-8" in done.words) == (2, True)


def test_a_file_that_is_not_there_is_wrong_usage() -> None:
    assert run("policy", "check", "/nowhere.toml").code == 2


def test_show_says_every_part() -> None:
    said = json.loads(run("policy", "show", SHIPPED, "--json").out)["says"]
    assert said.keys() >= RULES.keys()
    assert any("ml.g5.xlarge" in sentence for sentence in said["instance-type"])


@pytest.mark.parametrize(
    ("grace", "expected"),
    [
        ("{}", "stopped after 4 h, unless"),
        (
            '{ notebook-instance = "1h" }',
            "after 1 h for notebook instances, after 4 h for everything",
        ),
    ],
)
def test_show_says_the_grace_of_what_a_table_leaves_out(
    tmp_path: Path, grace: str, expected: str
) -> None:
    said = run("policy", "show", file(tmp_path, f"grace = {grace}"), "--json").out
    assert expected.lower() in said.lower()


def test_show_sends_a_bad_policy_to_check(tmp_path: Path) -> None:
    done = run("policy", "show", file(tmp_path, 'mode = "x"'))
    assert (done.code, "costguard policy check" in done.words) == (2, True)


def test_a_rule_without_words_of_its_own_is_said_by_its_settings() -> None:
    assert list(of_rule("a-new-rule", too_many.Options(per_owner=3)))[1] == "per_owner: 3."


def reach(given: Policy, rule: str, **changes_: Any) -> Policy:
    settings = given.rules[rule]
    return replace(
        given, rules={**given.rules, rule: replace(settings, overrides=RuleOverrides(**changes_))}
    )


WHOLE = Policy()
SPEECH = WHOLE.notify
CHANGES: dict[str, tuple[str, Policy]] = {
    "mode": ("In general", replace(WHOLE, mode=Mode.WARN)),
    "max_stops": ("In general", replace(WHOLE, max_stops=9)),
    "grace": ("In general", replace(WHOLE, grace=for_all(timedelta(hours=9)))),
    "teams": ("In general", replace(WHOLE, teams=("wattbot",))),
    "owner_tag": ("In general", replace(WHOLE, owner_tag="Who")),
    "contact": ("People", replace(WHOLE, contact=Person(name="Bob"))),
    "people": ("People", replace(WHOLE, people=(Person(name="Jane Roe"),))),
    "quiet": (
        "Notices",
        replace(WHOLE, notify=replace(SPEECH, quiet=DailyWindow(time(1), time(2)))),
    ),
    "remind": ("Notices", replace(WHOLE, notify=replace(SPEECH, remind=timedelta(hours=1)))),
    "feeds": ("Notices", replace(WHOLE, notify=replace(SPEECH, feeds=()))),
    "stages": (
        "Notices",
        replace(WHOLE, notify=replace(SPEECH, stages={NoticeStage.FAILED: (Channel.EMAIL,)})),
    ),
    "words": (
        "Notices",
        replace(
            WHOLE, notify=replace(SPEECH, words={NoticeStage.WARNING: MessageOverrides(ask="x")})
        ),
    ),
    "a rule off": (
        "idle",
        replace(WHOLE, rules={k: v for k, v in WHOLE.rules.items() if k != "idle"}),
    ),
    "a rule's mode": ("naming", reach(WHOLE, "naming", mode=Mode.ENFORCE)),
    "an allow-list": (
        "instance-type",
        with_rule(WHOLE, "instance-type", allowed=for_all(("ml.*",))),
    ),
    "a cap": ("too-many", with_rule(WHOLE, "too-many", per_owner=3)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_told_under_its_topic(name: str) -> None:
    topic, new = CHANGES[name]
    told = {change.topic: change for change in changes(WHOLE, new)}
    assert topic in told
    assert told[topic].was or told[topic].now


@pytest.mark.parametrize("rule", RULES)
def test_no_setting_of_a_rule_changes_in_silence(rule: str) -> None:
    given = policy()
    options = RULES[rule].options
    for field in fields(options):
        changed = with_rule(Policy(), rule, **{field.name: _other(getattr(options, field.name))})
        if changed != Policy():
            assert [c.topic for c in changes(Policy(), changed)] == [rule], field.name
    assert changes(given, given) == []


def _other(value: Any) -> Any:
    """Another value of the same sort; what has no easy one stays."""
    if isinstance(value, timedelta):
        return value + timedelta(minutes=7)
    return value + 7 if isinstance(value, int) else value


def test_what_has_no_words_is_still_told() -> None:
    new = replace(WHOLE, people=(Person(name="Jane Roe", email="a@b.c", aliases=("jr",)),))
    old = replace(WHOLE, people=(Person(name="Jane Roe", email="a@b.c"),))
    [change] = changes(old, new)
    assert "has changed" in change.now[0]


def test_a_change_names_whom_it_affects() -> None:
    fleet = [notebook(), training_job("big", **on("ml.p3.2xlarge"))]
    looser = with_rule(policy(), "instance-type", allowed=for_all(("*",)))
    before, after = (
        assess_fleet(fleet, p, bundled_prices(), now=at(1)) for p in (policy(), looser)
    )
    [one] = affected(before, after)
    assert (one.after.resource.name, one.gone, one.new) == ("big", ("instance-type",), ())


def test_diff_without_a_change_is_fine(tmp_path: Path) -> None:
    path = file(tmp_path, POLICY)
    done = run("policy", "diff", path, path)
    assert (done.code, "do not differ" in done.words) == (0, True)


def audited(at_: Path, unseen: tuple[Unreadable, ...] = ()) -> Path:
    rows = assess_fleet([notebook(), training_job(tags={})], policy(), bundled_prices(), now=at(1))
    one = Assessment(region="us-east-2", now=at(1), policy=policy(), rows=rows, unseen=unseen)
    return file(at_, json.dumps(audit_json.dump([one], {}), default=str), "audit.json")


def test_diff_uses_a_saved_audit(tmp_path: Path) -> None:
    old = file(tmp_path, POLICY)
    new = file(tmp_path, POLICY.replace('"ml.t3.*", ', ""), "new.toml")
    done = run("policy", "diff", old, new, "--audit", audited(tmp_path), "--json")
    told = json.loads(done.out)
    assert (done.code, told["saw_everything"]) == (1, True)
    assert [(each["was"], each["now"]) for each in told["affected"]] == [("fine", "warn")]


def test_diff_says_when_the_audit_had_not_seen_everything(tmp_path: Path) -> None:
    path, new = file(tmp_path, POLICY), file(tmp_path, 'mode = "warn"', "new.toml")
    seen = audited(tmp_path, (Unreadable("tags", "denied"),))
    done = run("policy", "diff", path, new, "--audit", seen)
    assert "Not everything could be seen" in done.words


def test_diff_without_an_audit_says_how_to_ask(tmp_path: Path) -> None:
    new = file(tmp_path, POLICY.replace("per_job = 2", "per_job = 3"))
    done = run("policy", "diff", file(tmp_path, POLICY, "old.toml"), new)
    assert (done.code, "--audit" in done.words) == (1, True)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"schema": "other"}', '{"schema": "costguard.audit/1"}']
)
def test_a_file_that_is_no_audit_is_said(tmp_path: Path, text: str) -> None:
    done = run("policy", "diff", SHIPPED, SHIPPED, "--audit", file(tmp_path, text, "a.json"))
    assert (done.code, "is not a saved audit" in done.words) == (2, True)


def test_a_saved_audit_keeps_every_fact() -> None:
    fleet = [notebook(), training_job(max_runtime=timedelta.max, tags=None), *_of_every_kind()]
    rows = assess_fleet(fleet, policy(), bundled_prices(), now=at(1))
    text = json.dumps([audit_json.dump_row(row) for row in rows])
    back = [audit_json.load_resource(raw["resource"]) for raw in json.loads(text)]
    assert back == [row.resource for row in rows]


def _of_every_kind() -> list[Any]:
    return [replace(training_job(f"a-{kind}"), kind=kind) for kind in KINDS]


def test_topics_of_two_policies_pair_up() -> None:
    assert [t.name for t in topics(Policy())] == [t.name for t in topics(policy())]


def test_no_setting_is_in_no_topic() -> None:
    """A setting in none could change without a word of `policy diff`."""
    given = policy()

    def parts(value: object) -> Iterator[object]:
        yield value
        for each in value if isinstance(value, tuple) else ():
            yield from parts(each)

    told = {id(part) for topic in topics(given) for part in parts(topic.values)}
    settings = {name: getattr(given, name) for name in given.__struct_fields__ if name != "rules"}
    assert [name for name, value in settings.items() if id(value) not in told] == []


def test_a_time_by_price_is_said_with_its_prices() -> None:
    hours = timedelta(hours=1)
    table = ByPrice(hours, {PriceRange.parse("below $0.10/h"): 4 * hours})
    night = idle.Outside(after=ByPrice(hours / 2, {PriceRange.parse("above $1/h"): hours / 4}))
    options = idle.Options(after=table, office=WorkingHours(), outside=night)
    said = " ".join(of_rule("idle", options))
    assert "idle after 1 h (4 h below $0.10/h) without activity" in said
    assert "Without a heartbeat: after 3 h or the longer time above" in said
    assert "Outside them: idle after 30 min (15 min above $1/h)." in said


def test_the_limits_of_accounts_are_said() -> None:
    accounts = {
        "222233334444": AccountLimits(name="Biology", mode=Mode.WARN, max_stops=2),
        "333344445555": AccountLimits(),
    }
    found = topics(replace(policy(), accounts=accounts))
    (said,) = (topic.sentences for topic in found if topic.name == "Accounts")
    assert said == (
        "In Biology (222233334444) the mode is warn at most, with 2 stops in one sweep.",
        "In account 333344445555 the mode is enforce at most, with 3 stops in one sweep.",
    )
