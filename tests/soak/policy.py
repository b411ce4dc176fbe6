"""The policy of the soak's account, as its admins write it."""

from datetime import datetime, timedelta

from tests.soak.people import TEAMS, everybody

_POLICY = """
mode = "enforce"
max_stops = 4
timezone = "UTC"
grace = {{ notebook-instance = "2h", "*" = "1h" }}
teams = [{teams}]

[contact]
name = "the admins"
email = "admins@example.org"

{people}
[notify]
channels = ["email"]
digest_above = 8

[[exemptions]]
names = ["genomics-*"]
why = "the alignment for the paper"
by = "admins@example.org"
until = {far}

[[exemptions]]
names = ["loan-*"]
why = "a loan of big machines"
by = "admins@example.org"
until = {soon}
rules = ["instance-type", "naming"]

[rules.missing-tags]
required.notebook-instance = ["Project", "Name", "Purpose", "ModelSize"]
required."*" = ["Project", "Name", "Purpose"]
allowed = {{ Project = ["sinkorswim", "wattbot", "genomics"] }}

[rules.naming]
patterns.notebook-instance = [
  "{{Team}}-{{LastnameFirstname}}-{{Purpose}}",
  "{{LastnameFirstname}}-{{Purpose}}",
]

[rules.instance-type]
grace = {{ notebook-instance = "15m", "*" = "0s" }}
allowed = ["ml.t3.*", "ml.m5.*"]

[rules.too-many]
grace = "0s"
per_job = {{ hyper-parameter-tuning-job = 4, "*" = 2 }}

[rules.long-running]
grace = "0s"
limit = "8h"

[rules.idle]
grace = "15m"
after = "1h"
max_age = "12h"
"""


def policy_text(start: datetime) -> str:
    """Write the policy; one exemption ends on the third day."""
    return _POLICY.format(
        teams=", ".join(f'"{team}"' for team in TEAMS),
        people="\n".join(everybody()),
        far=f"{start + timedelta(days=4000):%Y-%m-%dT%H:%M:%SZ}",
        soon=f"{start + timedelta(days=2, hours=21):%Y-%m-%dT%H:%M:%SZ}",
    )
