"""Every problem states its fix."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.policy.loader import check_policy

EXEMPTION = '[[exemptions]]\nnames = ["a"]\nwhy = "x"\nby = "x"\n'
FIXES = [
    (EXEMPTION + 'until = "2026-12-24T18:00:00Z"', "write it without quotes: 2026-12-24T18:00:00Z"),
    (EXEMPTION + 'until = "2026-12-24"', "write it without quotes: 2026-12-24T00:00:00Z"),
    (EXEMPTION + "until = 2026-12-24T18:00:00", "write its zone: 2026-12-24T18:00:00Z where that"),
    (EXEMPTION + "until = 2026-12-24", "write the hour and the zone: 2026-12-24T18:00:00Z"),
    ("[rules.idle]\nafter = 3600", 'if these are seconds, write "1h", in quotes'),
    ("[rules.idle]\nafter = 5400", 'write "1h30m"'),
    ("[rules.idle]\nafter = 0", 'write "0s"'),
    ("[rules.idle]\nafter = 1.5", 'write "1s"'),
    ('[rules.idle]\nafter = "60"', "write its unit: '60s', '60m' or '60h'"),
    ('[rules.idle]\nafter = "1 hour and 30 minutes"', "write '1h30m'"),
    ('[rules.idle]\nafter = "1.5h"', "write '1h30m'"),
    ('[rules.idle]\nafter = "2 weeks"', "write '14d'"),
    ('[rules.idle]\nmax_age = { "*" = "1h" }', "it is one value for all kinds, not a table"),
    ("[rules.idle]\noffice = { holidays = ['2026-12-25'] }", "without quotes: 2026-12-25"),
    ("[rules.idle]\noffice = { holidays = [2026-12-25T00:00:00] }", "the day alone: 2026-12-25"),
    ("[rules.idle]\noffice = { days = ['Monday'] }", "did you mean 'mon'?"),
    ('max_stops = "10"', "write it without quotes: 10"),
    ("max_stops = 10.0", "write 10"),
    ("[rules.over-budget]\ntell_at = '80 %'", "write it without quotes: 80"),
    ('[rules.burn-rate]\nper_owner = "$12.50"', "write the number alone: 12.50"),
    ('[rules.naming]\nguardrail = "no"', "write false"),
    ("[rules.naming]\nguardrail = 1", "write true"),
    ("teams = 'a, b'", 'write ["a", "b"]'),
    ("teams = [5]", 'write it in quotes: "5"'),
    ("teams = 5", "write [5]"),
    ('[people]\nname = "J"', "write its header as [[people]], with two brackets"),
    ('[[contact]]\nname = "J"', "write it once: a header with one bracket, or no list"),
    ('mode = "Enforce"', "did you mean 'enforce'?"),
    ("mode = { training-job = 'warn' }", "it is one value for all kinds, not a table"),
    ('grace = { notebook = "4h" }', "did you mean 'notebook-instance'?"),
    ('grace = { TrainingJobs = "4h" }', "did you mean 'training-job'?"),
    ("[rules.missing_tags]", "did you mean 'missing-tags'?"),
    ("[rules.idel]", "did you mean 'idle'?"),
    ("[rules.budget]", "did you mean 'over-budget'?"),
    ("[idle]", "it is a rule: write [rules.idle]"),
    ("[rules]\nafter = '1h'", "it belongs in [rules.idle]"),
    ("[rules]\nidle = true", "write [rules.idle] and its settings below"),
    ("[rules.idle]\nat_most = '1h'", "it belongs in [rules.idle.keep]"),
    ("[contact]\nname = 'x'\nmax_stops = 3", "it belongs above the first [table]"),
    ("digest_within = '1h'", "it belongs in [notify]"),
    ("email = 'a@x.org'", "it belongs in [contact] or in [[people]]"),
    ("guardrail = false", "it belongs in [rules.NAME]"),
    ("subject = 'x'", "it belongs in [notify.words.NAME]"),
    ("[notify]\nqiet = '22:00-07:00'", "did you mean 'quiet'?"),
    ("[notify]\nstages = { warnin = ['email'] }", "did you mean 'warning'?"),
    ("[notify]\nchannels = ['mail']", "did you mean 'email'?"),
]


@pytest.mark.parametrize(("text", "fix"), FIXES)
def test_a_problem_says_how_to_mend_it(text: str, fix: str) -> None:
    [problem] = check_policy(text).problems
    assert fix in str(problem)


@pytest.mark.parametrize(
    "text",
    [
        "max_stops = 'many'",
        "max_stops = -3",
        "max_stops = nan",
        "max_stops = 1e" + "9" * 30,
        "max_stops = 1.5",
        "[rules.idle]\nafter = 'a while'",
        "[rules.idle]\nafter = -1",
        "[rules.idle]\nafter = [1, 2]",
        EXEMPTION + "until = 'tomorrow'",
        EXEMPTION + "until = 5",
        "[rules.idle]\noffice = { holidays = ['Xmas'] }",
        "[rules.idle]\noffice = { holidays = [5] }",
        "[rules.burn-rate]\nper_owner = 'much'",
        "[rules.naming]\nguardrail = 'maybe'",
        "teams = [[]]",
        "teams = { a = 1 }",
        "teams = true",
        "xyzzy = 1",
        '" " = 1',
        "[rules.xyzzy]",
        "timezone = 5",
    ],
)
def test_where_nobody_can_tell_nothing_is_offered(text: str) -> None:
    [problem] = check_policy(text).problems
    assert "; " not in str(problem)


@given(st.from_regex(r"\s?[0-9]{1,6}(\.[0-9])? ?(d|h|m|s|days|hours|weeks)", fullmatch=True))
def test_a_duration_that_is_suggested_is_taken(text: str) -> None:
    for each in check_policy(f'[rules.idle]\nmax_age = "{text}"').problems:
        for fix in re.findall("write '([^']+)'$", str(each)):
            assert check_policy(f'[rules.idle]\nmax_age = "{fix}"').policy
