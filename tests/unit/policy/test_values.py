"""What a policy's values refer to: what can never be is a problem, what is odd is worth a look."""

import pytest

from costguard.common.errors import PolicyInvalid
from costguard.policy.loader import check_policy, parse_policy

EXEMPTION = """
[[exemptions]]
why = "paper"
by = "admin"
until = 2026-12-24T18:00:00Z
"""


def said(text: str) -> list[str]:
    """Say every remark; what is only worth a look begins with a tilde."""
    return [("~ " if each.odd else "") + str(each) for each in check_policy(text).remarks]


TYPES = "[rules.instance-type]\nallowed = "
NAMES = "[rules.naming]\npatterns = "
PERSON = '[[people]]\nname = "Jane Roe"\n'
COURSE = '[[courses]]\nname = "CS229"\nstart = 2027-01-11\nend = 2027-03-19\n'
PROBLEMS = [
    (COURSE.replace("2027-03", "2026-03"), "courses[0].end: expected a day from 2027-01-11", ""),
    (COURSE + COURSE.replace("CS2", "cs 2"), "courses[1].name: expected a name of its own", ""),
    (COURSE + 'roster = "s3://b/x.csv"', "courses[0].roster: expected", "write 'x.csv'"),
    (COURSE + 'roster = "../x.csv"', "roster: expected the name of a file", ""),
    (
        COURSE + "[[courses.class_hours]]\ndays = []\nhours = '10:00-12:00'",
        "days: expected a list",
        "",
    ),
    (TYPES + '["g5.*"]', "allowed[0]: expected an instance type", "did you mean 'ml.g5.*'?"),
    (TYPES + '["g4nd.9xlarge"]', "allowed[0]", "'ml.g4dn.xlarge'?"),
    (TYPES + '["xlarge"]', "allowed[0]: expected", ""),
    (TYPES + '["ml."]', "allowed[0]: expected", ""),
    (TYPES + '["*5.x_y"]', "allowed[0]: expected", ""),
    (TYPES + '["g4nd.xlarge"]', "allowed[0]", "'ml.g4dn.xlarge'?"),
    (TYPES + '["ml.g5.*, m5.*"]', "allowed[0]", 'by itself: ["ml.g5.*", "ml.m5.*"]'),
    ('[rules.instance-type]\nallowed = { "*" = ["ML.G5.*"] }', "allowed.*[0]", "ml.g5.*"),
    ('[rules.instance-type]\nallowed = ["ml.g5"]', "allowed[0]", "ml.g5.*"),
    ('[rules.instance-type]\nallowed = [" ml.g5.xlarge"]', "allowed[0]", "ml.g5.xlarge"),
    ('[rules.missing-tags]\nallowed = { Projct = ["x"] }', "allowed.Projct", "'Project'?"),
    ('[rules.missing-tags]\nallowed = { Team = ["x"] }', "allowed.Team", "add it to `required`"),
    ('[rules.missing-tags]\nallowed = { Project = ["R&D"] }', "Project[0]", "no tag can hold '&'"),
    ('[rules.missing-tags]\nallowed = { Project = ["a[b"] }', "Project[0]", "no tag can hold '['"),
    ('[rules.missing-tags]\nallowed = { Project = [""] }', "Project[0]", "an empty tag counts"),
    (f'[rules.missing-tags]\nallowed = {{ Project = ["{"x" * 257}"] }}', "Project[0]", "256"),
    ('[rules.missing-tags]\nrequired = ["Project;Name"]', "required[0]", "no tag can hold ';'"),
    ('[rules.missing-tags]\nrequired = ["aws:x"]', "required[0]", "AWS keeps `aws:` to itself"),
    ('[rules.missing-tags]\nrequired = [""]', "required[0]: expected a tag's key", "leave it out"),
    (f'owner_tag = "{"x" * 129}"', "owner_tag: expected a tag's key, of 128", ""),
    ('[rules.over-budget]\nper_project = { "R&D" = 5 }', "per_project.R&D", "no tag can hold '&'"),
    (EXEMPTION + 'names = [" X"]', "exemptions[0].names[0]", "write 'X'"),
    (EXEMPTION + 'names = ["a, b"]', "exemptions[0].names[0]", '["a", "b"]'),
    (EXEMPTION + 'names = ["a&b"]', "exemptions[0].names[0]: expected a name", ""),
    (EXEMPTION + 'names = [""]', "exemptions[0].names[0]: expected a name", ""),
    (EXEMPTION + "names = []", "exemptions[0].names: expected a list with an entry", "nothing"),
    (EXEMPTION + 'names = ["a"]\nrules = []', "exemptions[0].rules", "covers nothing"),
    (EXEMPTION + 'names = ["a"]\nkinds = []', "exemptions[0].kinds", "covers nothing"),
    (EXEMPTION + 'names = ["a"]\nkinds = ["notebooks"]', "kinds[0]", "'notebook-instance'?"),
    (EXEMPTION + 'names = ["a"]\nrules = ["missing_tags"]', "rules[0]", "'missing-tags'?"),
    (EXEMPTION.replace('"paper"', '" "') + 'names = ["a"]', "exemptions[0].why", "fill it in"),
    (EXEMPTION.replace('"paper"', '"a\\nb"') + 'names = ["a"]', "exemptions[0].why", "one line"),
    ('[[people]]\nname = "-"', "people[0].name: expected a name with a letter", ""),
    (PERSON + 'email = "Jane <jane@x.org>"', "people[0].email", "write 'jane@x.org' alone"),
    (PERSON + 'email = "a@x.org, b@x.org"', "people[0].email", "one person has one address"),
    (PERSON + 'email = "mailto:a@x.org"', "people[0].email", "write 'a@x.org' alone"),
    (PERSON + 'email = " a@x.org"', "people[0].email", "write 'a@x.org' alone"),
    (PERSON + 'email = "jörg@x.org"', "people[0].email", ""),
    (PERSON + 'email = "a..b@x.org"', "people[0].email", ""),
    (PERSON + 'email = "jane"', "people[0].email: expected one e-mail address", ""),
    (PERSON + 'slack = "@jane"', "people[0].slack", "copy the member id"),
    (PERSON + 'slack = "<@U0123456789>"', "people[0].slack", "write 'U0123456789'"),
    (PERSON + 'slack = "https://x.slack.com/team/U0123456789"', "slack", "write 'U0123456789'"),
    (PERSON + 'slack = "u0123456789"', "people[0].slack", "write 'U0123456789'"),
    (PERSON + 'slack = "jane@x.org"', "people[0].slack", "leave it out"),
    (PERSON + 'slack = "#Cost Guard"', "people[0].slack", "'#cost-guard'?"),
    (PERSON + 'slack = "costguard"', "people[0].slack", "'#costguard'?"),
    (PERSON + 'slack = "a,b"', "people[0].slack: expected a Slack member id", ""),
    (PERSON + 'aliases = [""]', "people[0].aliases[0]", ""),
    ('timezone = "PST"', "timezone", "write 'America/Los_Angeles'"),
    ('[notify]\nquiet = "00:00-24:00"', "notify.quiet: expected hours that leave a", ""),
    ('[notify]\nquiet = "10pm-7am"', "notify.quiet", "'22:00-07:00'?"),
    ('[notify.words.warning]\nask = "{nme}"', "words.warning.ask", "did you mean {name}?"),
    ('[notify.words.warning]\nask = "{"', "words.warning.ask", "write {{ and }} for braces"),
    ('[notify.words.warning]\nask = "{xyzzy}"', "words.warning.ask: expected a text", ""),
    ('[notify.words.warning]\nask = " "', "words.warning.ask", "keep our words"),
    (
        '[rules.naming]\npatterns = ["{LastName}"]',
        "patterns[0]",
        "did you mean {LastnameFirstname}?",
    ),
    ("[rules.burn-rate]\nper_owner = 1e30", "per_owner: expected USD", ""),
    ("[rules.too-many]\nper_owner = 1000001", "per_owner: expected a whole", "the most is 1000000"),
]


@pytest.mark.parametrize(("text", "where", "fix"), PROBLEMS)
def test_a_value_that_can_never_be_is_a_problem_with_its_fix(
    text: str, where: str, fix: str
) -> None:
    [line] = [each for each in said(text) if not each.startswith("~")]
    assert where in line
    assert fix in line
    with pytest.raises(PolicyInvalid):
        parse_policy(text)


ODD = [
    ("[rules]", "rules: no rule is on"),
    ('[rules.instance-type]\nallowed = ["ml.g4nd.xlarge"]', "did you mean 'ml.g4dn.xlarge'?"),
    ('[rules.instance-type]\nallowed = ["ml.x99.*"]', "'ml.x99.*' matches no instance type"),
    ('[rules.instance-type]\nallowed = { "*" = [] }', "allowed.*: no type is listed"),
    ("[rules.instance-type]\nallowed = {}", "allowed: no kind has a list"),
    ("[rules.missing-tags]\nrequired = []", "required: no kind must have a tag"),
    ("[rules.missing-tags]\nallowed = { Project = [] }", "allowed.Project: no value is listed"),
    ("[rules.naming]\npatterns = []", "patterns: no kind has a pattern"),
    ("[rules.too-many]\nper_job = {}", "too-many: neither `per_job` nor `per_owner`"),
    ("[rules.too-many]\nper_job = 0", "per_job.*: 0 instances are allowed"),
    ("[rules.too-many]\nper_owner = 0", "per_owner: 0 instances are allowed"),
    ("[rules.burn-rate]", "burn-rate: `per_owner` is not set"),
    ("[rules.burn-rate]\nper_owner = 0", "per_owner: 0 USD are allowed"),
    ("[rules.long-running]", "long-running: neither `limit` nor `ran` is set"),
    ('[rules.long-running]\nran = "0s"', "ran.*: no time is allowed"),
    (
        '[rules.long-running]\nlimit = { notebook-instance = "8h" }',
        "for no run time: use `ran`",
    ),
    ('[rules.idle]\nafter = "0s"', "after: 0 s"),
    ('[rules.idle]\nafter = "13h"', "after: longer than `max_age` (12 h)"),
    ('[rules.idle]\noutside = { after = "5m" }', "outside.after: without a table `office`"),
    ("[rules.idle]\noutside = { after = '2h' }\noffice = {}", "not shorter than `after` (1 h)"),
    ("[rules.idle]\noffice = { days = [] }", "office.days: no day is a working day"),
    ("[rules.idle]\nload = { cpu = 0 }", "load.cpu: the load is always above 0 %"),
    ("[rules.over-budget]\ntell_at = 101", "tell_at: the notice comes at 101 %"),
    ("[rules.over-budget]\nseven_days = 0", "seven_days: 0 % of a budget"),
    ('[rules.over-budget]\nper_owner = { "*" = 0 }', "per_owner.*: a budget of 0 USD"),
    ('timezone = "EST"', "timezone: 'EST' has no summer time"),
    (PERSON + 'timezone = "Etc/GMT+6"', "people[0].timezone: 'Etc/GMT+6' is 6 h behind UTC"),
    (PERSON + 'email = "jane@x"', "people[0].email: 'jane@x' names the mail server 'x'"),
    (PERSON + 'channels = ["email"]', "people[0].channels: no address for any of these (email)"),
    (PERSON + "channels = []", "people[0].channels: an empty list has no effect"),
    ("[notify]\nstages = { warning = [] }", "stages.warning: no owner is notified of this stage"),
    ("[notify]\nfeeds = ['chat', 'email']", "feeds[1]: 'email' needs a person"),
    ("[notify]\nchannels = []", "notify.channels: no owner is notified"),
    ('owner_tag = "aws:createdBy"', "owner_tag: 'aws:createdBy' is a tag that only AWS can set"),
    ('project_tag = " Project"', "project_tag: ' Project' begins or ends with a space"),
    (EXEMPTION + 'names = ["*"]', "names[0]: '*' matches whatever anybody names so"),
    ('mode = "enforce"\nmax_stops = 0', "max_stops: 0 holds back every stop"),
    ('mode = "warn"\n[rules.naming]\nmode = "enforce"', "'enforce' goes further than the policy's"),
    ('grace = { notebook-instance = "4h" }', "grace: names neither '*' nor training-job"),
    ("grace = {}", "optimization-job: their grace is 4 h"),
    ('[rules.idle]\ngrace = { training-job = "1h" }', "rules.idle.grace: names neither '*' nor"),
]


@pytest.mark.parametrize(("text", "expected"), ODD)
def test_a_value_that_is_surely_not_meant_is_worth_a_look_and_deploys(
    text: str, expected: str
) -> None:
    [line] = [each for each in said(text) if expected in each]
    assert line.startswith("~ ")
    assert parse_policy(text) == check_policy(text).policy


FINE = [
    '[rules.instance-type]\nallowed = ["ml.g5.*", "*", "ml.*", "*.xlarge", "ml.g6.[24]xlarge"]',
    '[rules.missing-tags]\nallowed = { Project = ["wattbot-*", "Größe 1", "a/b:c@d", "[ab]?"] }',
    '[rules.missing-tags]\nrequired = { training-job = [], "*" = ["Name"] }',
    EXEMPTION + 'names = ["genomics-*", "d-1/user/app", "[ab]-?"]',
    PERSON + 'email = "j.roe+x@mail.example.org"\nslack = "U0123456789"\nchannels = ["slack"]',
    PERSON + 'slack = "#kosten-ü"\naliases = ["jroe", "李"]',
    '[notify.words.warning]\nask = "{{x}} {name} {contact}"\nintro = """a\nb"""',
    '[rules.idle]\noffice = { hours = "22:00-06:00" }\noutside = { after = "30m" }',
    '[rules.over-budget]\nper_project = { wattbot = 250, "*" = 99.5 }',
    'grace = { notebook-instance = "4h", "*" = "1h" }\nmode = "enforce"\nmax_stops = 1',
    PERSON + 'channels = ["webhook", "email"]',
    "",
]


@pytest.mark.parametrize("text", FINE)
def test_a_value_that_works_is_not_spoken_of(text: str) -> None:
    assert said(text) == []


NIGHT = 'mode = "enforce"\n[rules.idle]\n[rules.naming]\n[notify]\n'


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ('digest_within = "2h"', "2 h is not shorter than the grace period of idle (15 min)"),
        ('digest_within = "2h"', "the stop comes up to 2 h later"),
        ("digest_above = 0", "0: every message waits 5 min; grace periods count from then"),
        ('quiet = "22:00-07:00"', "a warning is sent at once, too, unless its whole"),
        ('quiet = "22:00-07:00"', "between 07:00 and its deadline; the rest waits up to 9 h"),
        (
            'remind = "1h"',
            "notify.remind: no grace period of idle is longer: they have no reminder",
        ),
    ],
)
def test_what_a_digest_or_a_night_comes_to_is_said(setting: str, expected: str) -> None:
    [line] = said(NIGHT + setting)
    assert line.startswith("~ notify.")
    assert expected in line


@pytest.mark.parametrize(
    "text",
    [
        NIGHT + 'digest_within = "5m"\nremind = "10m"',
        NIGHT.replace("enforce", "warn")
        + 'digest_within = "2h"\nremind = "1h"\nquiet = "01:00-02:00"',
        'mode = "enforce"\n[rules.idle]\ngrace = "0s"\n[notify]\nremind = "1h"',
    ],
)
def test_where_nothing_is_delayed_nothing_is_said(text: str) -> None:
    assert said(text) == []
