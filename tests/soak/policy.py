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
channels = ["slack", "email"]
digest_above = 8
digest_within = "5m"
quiet = "23:00-05:00"
remind = "20m"

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
{exempted}
[rules.missing-tags]
required.notebook-instance = ["Project", "Name", "Purpose", "ModelSize"]
required."*" = ["Project", "Name", "Purpose"]
allowed = {{ Project = ["sinkorswim", "wattbot", "genomics"] }}

[rules.naming]
mode = "{naming}"
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
after_unseen = "1h"
max_age = "12h"
"""


_LABS = """
[[exemptions]]
names = ["*-lab*"]
why = "the course's labs"
by = "admins@example.org"
until = {far}
rules = ["missing-tags", "instance-type"]
"""


def policy_text(start: datetime, *, naming: str = "enforce", labs: bool = False) -> str:
    """Write the policy; one exemption ends on the third day, another is for a while."""
    far = f"{start + timedelta(days=4000):%Y-%m-%dT%H:%M:%SZ}"
    return _POLICY.format(
        teams=", ".join(f'"{team}"' for team in TEAMS),
        people="\n".join(everybody()),
        far=far,
        soon=f"{start + timedelta(days=2, hours=21):%Y-%m-%dT%H:%M:%SZ}",
        exempted=_LABS.format(far=far) if labs else "",
        naming=naming,
    )
