"""The policy file: everything that can be set, and every mistake at once."""

from copy import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from costguard.common.errors import GuardError, PolicyInvalid
from costguard.ownership.directory import Person
from costguard.policy.loader import main, parse_policy
from costguard.policy.model import Exemption, Mode, Policy, RuleOverrides
from costguard.resources.model import Resource
from costguard.resources.naming import NamePattern
from costguard.resources.per_kind import PerKind, for_all
from costguard.resources.registry import KINDS
from costguard.rules import RULES
from costguard.rules.instance_type import Options as Types
from costguard.rules.long_running import Options as Times
from costguard.rules.missing_tags import Options as Tags
from costguard.rules.naming import Options as Names
from costguard.rules.too_many import Options as Caps
from tests.factories import at, notebook, training_job

SHIPPED = Path(__file__).parents[3] / "layers/policy/policy.toml"


A_DURATION = "a duration such as '90s', '15m', '4h' or '2d', ten years at most"


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(PolicyInvalid) as caught:
        parse_policy(text)
    return caught.value.problems


def test_the_shipped_policy_is_valid_and_turns_every_rule_on() -> None:
    shipped = parse_policy(SHIPPED.read_text(encoding="utf-8"))
    assert shipped.rules.keys() == RULES.keys()


def test_an_empty_policy_runs_every_rule_on_its_defaults_and_observes() -> None:
    empty = parse_policy("")
    assert (empty.mode, empty.max_stops) == (Mode.OBSERVE, 5)
    assert {k: v.options for k, v in empty.rules.items()} == {
        k: rule.options for k, rule in RULES.items()
    }


def test_a_rule_that_is_not_named_is_off() -> None:
    assert parse_policy("[rules.naming]").rules.keys() == {"naming"}
    assert parse_policy("[rules]").rules == {}


FIVE_MISTAKES = """
mode = "shout"
max_stops = -1
timezone = "Mars/Olympus"
[rules.missing-tags]
requird = ["Name"]
[rules.long-running]
ran = "a while"
"""


def test_five_mistakes_make_one_error_that_names_all_five() -> None:
    assert problems(FIVE_MISTAKES) == (
        "max_stops: expected a whole number, zero or more, got -1",
        "mode: expected one of observe, warn, enforce, got 'shout'",
        f"rules.long-running.ran: expected {A_DURATION}, got 'a while'",
        "rules.missing-tags.requird: no such setting; did you mean 'required'?",
        "timezone: expected an IANA time zone such as 'America/Chicago', got 'Mars/Olympus'",
    )


def test_the_error_reads_as_a_list_and_is_ours() -> None:
    with pytest.raises(GuardError) as caught:
        parse_policy('mode = 1\nmax_stops = "x"')
    assert str(caught.value) == (
        "the policy has problems:\n"
        "  max_stops: expected a whole number, zero or more, got 'x'\n"
        "  mode: expected one of observe, warn, enforce, got 1"
    )


def test_what_is_no_toml_says_where() -> None:
    [problem] = problems("mode = shout\n")
    assert problem.startswith("not TOML: ")
    assert "line 1" in problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max_stops = true", "max_stops: expected a whole number, zero or more, got True"),
        ("max_stops = 1.5", "max_stops: expected a whole number, zero or more, got 1.5"),
        ("max_stops = nan", "max_stops: expected a whole number, zero or more, got NaN"),
        ("owner_tag = [1.5]", "owner_tag: expected a text, got [1.5]"),
        ("owner_tag = { a = 1.5 }", "owner_tag: expected a text, got {'a': 1.5}"),
        ("owner_tag = 2026-12-24", "owner_tag: expected a text, got 2026-12-24"),
        ("owner_tag = 18:00:00", "owner_tag: expected a text, got 18:00:00"),
        ("owner_tag = 1", "owner_tag: expected a text, got 1"),
        ("teams = 'x'", "teams: expected a list, got 'x'"),
        ("teams = [1]", "teams[0]: expected a text, got 1"),
        ("people = 'x'", "people: expected a list, got 'x'"),
        ("people = [1]", "people[0]: expected a table, got 1"),
        ("people = [{}]", "people[0].name: missing"),
        ("[contact]\nemail = 'a@b'", "contact.name: missing"),
        ("contact = 'me'", "contact: expected a table, got 'me'"),
        ("grace = 4", "grace: expected a duration such as '90s', '15m', "),
        ("grace = { cluster = '4h' }", "grace.cluster: expected a kind (notebook-instance, "),
        ("grace = { '*' = 'x' }", "grace.*: expected a duration such as '90s', "),
        ("zzz = 1", "zzz: no such setting"),
        ("rules = 1", "rules: expected a table with a table per rule, got 1"),
        ("rules = { naming = 1 }", "rules.naming: expected a table, got 1"),
        ("[rules.idel]", "rules.idel: expected a rule (missing-tags, naming, instance-type, "),
        ("[rules.naming]\nmode = 'x'", "rules.naming.mode: expected one of observe, warn, enforce"),
        (
            "[rules.naming]\nmode = true",
            "rules.naming.mode: expected one of observe, warn, enforce, ",
        ),
        ("[rules.naming]\ngrace = 'x'", "rules.naming.grace: expected a duration such as '90s', "),
        ("[rules.naming]\npatterns = ['x']", "rules.naming.patterns[0]: expected a pattern of "),
        ("[rules.missing-tags]\nallowed = 1", "rules.missing-tags.allowed: expected a table, "),
        ("[rules.missing-tags]\nallowed = { P = 'x' }", "rules.missing-tags.allowed.P: expected a"),
        (
            "[rules.too-many]\nper_job = { '*' = true }",
            "rules.too-many.per_job.*: expected a whole",
        ),
        ("timezone = ''", "timezone: expected an IANA time zone"),
        ("timezone = 'America'", "timezone: expected an IANA time zone"),
        ("exemptions = 1", "exemptions: expected a list, got 1"),
    ],
)
def test_a_mistake_is_named_with_its_path_and_what_was_expected(text: str, expected: str) -> None:
    [problem] = problems(text)
    assert problem.startswith(expected)


EXEMPTION = """
[[exemptions]]
names = ["Genomics-*"]
why = "paper deadline"
by = "admin@example.org"
until = 2026-12-24T18:00:00Z
"""


def test_an_exemption_needs_all_that_an_admin_must_answer_for() -> None:
    assert problems("[[exemptions]]") == tuple(
        f"exemptions[0].{key}: missing" for key in ("by", "names", "until", "why")
    )


@pytest.mark.parametrize("moment", ["2026-12-24T18:00:00", "2026-12-24", "'tomorrow'"])
def test_an_exemption_ends_at_a_moment_with_its_zone(moment: str) -> None:
    [problem] = problems(EXEMPTION.replace("2026-12-24T18:00:00Z", moment))
    assert "exemptions[0].until: expected a time with its zone: 2026-12-24T18:00:00Z" in problem


def test_an_exemption_may_only_name_what_exists() -> None:
    assert problems(EXEMPTION + 'kinds = ["notebook"]\nrules = ["idel", "naming"]') == (
        (
            f"exemptions[0].kinds[0]: expected one of {', '.join(KINDS)}, got 'notebook'; "
            "did you mean 'notebook-instance'?"
        ),
        (
            f"exemptions[0].rules[0]: expected one of {', '.join(RULES)}, got 'idel'; "
            "did you mean 'idle'?"
        ),
    )


def test_odd_exemptions_are_told_once_by_the_reader() -> None:
    assert problems("exemptions = [1, { kinds = 'x' }]")[0] == (
        "exemptions[0]: expected a table, got 1"
    )


@pytest.mark.parametrize(
    ("resource", "rule", "covered"),
    [
        (notebook("genomics-1"), "naming", True),
        (notebook("GENOMICS-1"), "naming", True),
        (training_job("genomics-1"), "naming", False),
        (notebook("genomics-1"), "missing-tags", False),
        (notebook("my-genomics-1"), "naming", False),
    ],
)
def test_an_exemption_covers_names_kinds_and_rules(
    resource: Resource, rule: str, *, covered: bool
) -> None:
    only = 'kinds = ["notebook-instance"]\nrules = ["naming"]'
    until = parse_policy(EXEMPTION + only).exempt_until(resource, rule, at(0))
    assert (until is not None) is covered


def test_an_exemption_ends_at_its_moment() -> None:
    until = datetime(2026, 12, 24, 18, tzinfo=UTC)
    [exemption] = parse_policy(EXEMPTION).exemptions
    resource = notebook("genomics-x")
    assert exemption.covers(resource, "naming", until - timedelta(seconds=1))
    assert not exemption.covers(resource, "naming", until)


EVERYTHING = """
mode = "warn"
max_stops = 0
grace = { training-job = "10m", "*" = "2h" }
timezone = "America/Chicago"
owner_tag = "Owner"
teams = ["SinkOrSwim"]
contact = { name = "us", email = "us@example.org", slack = "#us" }
[[people]]
name = "John Doe"
aliases = ["jdoe"]
[rules.missing-tags]
required = ["Name"]
allowed = { Name = ["a*"] }
[rules.naming]
mode = "observe"
patterns = ["{Purpose}"]
[rules.instance-type]
grace = "5m"
allowed = { notebook-instance = ["ml.t3.*"] }
[rules.too-many]
per_job = 3
per_owner = 4
[rules.long-running]
limit = "1h"
ran = { "*" = "2h" }
"""


def test_every_setting_is_read() -> None:
    policy = parse_policy(EVERYTHING + EXEMPTION)
    assert replace(policy, rules={}) == Policy(
        mode=Mode.WARN,
        max_stops=0,
        grace=PerKind({"training-job": timedelta(minutes=10), "*": timedelta(hours=2)}),
        timezone=policy.timezone,
        owner_tag="Owner",
        teams=("SinkOrSwim",),
        contact=Person(name="us", email="us@example.org", slack="#us"),
        people=(Person(name="John Doe", aliases=("jdoe",)),),
        exemptions=(exemption(),),
        rules={},
    )
    assert policy.timezone.info.key == "America/Chicago"


def exemption() -> Exemption:
    until = datetime(2026, 12, 24, 18, tzinfo=UTC)
    return Exemption(
        names=("Genomics-*",), why="paper deadline", by="admin@example.org", until=until
    )


def test_every_option_of_every_rule_is_read() -> None:
    two_hours = timedelta(hours=2)
    assert {k: v.options for k, v in parse_policy(EVERYTHING).rules.items()} == {
        "missing-tags": Tags(required=for_all(("Name",)), allowed={"Name": ("a*",)}),
        "naming": Names(patterns=for_all((NamePattern("{Purpose}"),))),
        "instance-type": Types(allowed=PerKind({"notebook-instance": ("ml.t3.*",)})),
        "too-many": Caps(per_job=for_all(3), per_owner=4),
        "long-running": Times(limit=for_all(timedelta(hours=1)), ran=for_all(two_hours)),
    }


def test_a_rule_may_have_its_own_mode_and_grace() -> None:
    policy = parse_policy(EVERYTHING)
    assert policy.rules["naming"].overrides == RuleOverrides(mode=Mode.OBSERVE)
    assert policy.mode_of("naming") is Mode.OBSERVE
    assert policy.mode_of("too-many") is Mode.WARN
    assert policy.grace_of("instance-type", "training-job") == timedelta(minutes=5)
    assert policy.grace_of("naming", "training-job") == timedelta(minutes=10)
    assert policy.grace_of("naming", "notebook-instance") == timedelta(hours=2)


def test_a_kind_that_no_table_of_graces_names_has_the_default() -> None:
    policy = parse_policy('grace = { training-job = "1h" }\n[rules.naming]\ngrace = { "*" = "0s" }')
    assert policy.grace_of("naming", "training-job") == timedelta(0)
    assert replace(policy, grace=PerKind()).grace_of("naming", "x") == timedelta(0)
    bare = parse_policy('grace = { training-job = "1h" }\n[rules.naming]')
    assert bare.grace_of("naming", "training-job") == timedelta(hours=1)
    assert bare.grace_of("naming", "notebook-instance") == timedelta(hours=4)
    own = parse_policy('[rules.naming]\ngrace = { notebook-instance = "15m" }\n[rules.idle]')
    assert own.grace_of("naming", "training-job") == timedelta(hours=4)
    assert parse_policy("grace = {}\n[rules.idle]\ngrace = {}").grace_of(
        "idle", "notebook-instance"
    ) == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("ceiling", "whole", "own"),
    [
        (Mode.OBSERVE, Mode.OBSERVE, Mode.OBSERVE),
        (Mode.WARN, Mode.WARN, Mode.WARN),
        (Mode.ENFORCE, Mode.WARN, Mode.ENFORCE),
    ],
)
def test_the_deployments_mode_is_the_ceiling_of_every_rule(
    ceiling: Mode, whole: Mode, own: Mode
) -> None:
    text = 'mode = "warn"\n[rules.naming]\nmode = "enforce"\n[rules.too-many]'
    capped = parse_policy(text).with_ceiling(ceiling)
    assert (capped.mode, capped.mode_of("naming"), capped.mode_of("too-many")) == (
        whole,
        own,
        whole,
    )


def test_a_file_is_checked_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "policy.toml"
    bad.write_text("mode = 'x'\nzzz = 1")
    assert main(str(SHIPPED)) == 0
    assert main(str(bad)) == 1
    said = capsys.readouterr().err
    assert "mode: expected one of" in said
    assert "zzz: no such setting" in said


def test_what_is_only_worth_a_look_is_said_and_deploys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = tmp_path / "policy.toml"
    odd.write_text('timezone = "EST"\n[rules]')
    assert main(str(odd)) == 0
    zone, rules = capsys.readouterr().err.splitlines()
    assert zone.startswith(f"{odd}: worth a look: timezone: 'EST' has no summer time; for a place")
    assert rules.startswith(f"{odd}: worth a look: rules: no rule is on, so nothing is checked")


def test_the_build_says_nothing_that_would_move_a_cursor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "policy.toml"
    bad.write_text('"\\u001b[2J\u202e" = 1\n[rules."\\u009b31m"]\n[grace]\n"\\u0007" = "\\u001b"')
    assert main(str(bad)) == 1
    assert all(line.isprintable() for line in capsys.readouterr().err.splitlines())


def test_a_file_that_is_not_there_or_not_text_is_a_problem_too(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_bytes(b"\xfc")
    assert main(str(tmp_path / "none.toml")) == 1
    assert main(str(tmp_path / "policy.toml")) == 1
