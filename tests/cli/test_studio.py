"""The idle shutdown of Studio in an audit: where it is off, and the line that turns it on."""

import json
import shlex
from copy import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from costguard.costs.prices import bundled_prices
from costguard_cli.analysis.assessment import Assessment
from costguard_cli.analysis.studio import StudioSurvey, survey_studio
from costguard_cli.views.audit_html import render
from costguard_cli.views.studio import (
    says_of_domain,
    show_studio,
    studio_dict,
    summary_of,
    volumes_of,
)
from local.sagemaker.account import Account
from tests.cli.command import fake_session, printed
from tests.factories import at, policy
from tests.local.sagemaker_cases import ROLE, account

LAB, EDITOR = "JupyterLabAppSettings", "CodeEditorAppSettings"
REGION = "us-east-1"


def idle(minutes: int | None = 120, how: str = "ENABLED") -> dict[str, Any]:
    times = {"IdleTimeoutInMinutes": minutes} if minutes else {}
    return {"AppLifecycleManagement": {"IdleSettings": {"LifecycleManagement": how, **times}}}


class Studio:
    """Domains on the local SageMaker, and an audit of them."""

    def __init__(self, **refused: str) -> None:
        self.aws: Account = account()
        self.refused = refused
        self.session = fake_session({"sagemaker": self._answer})

    def _answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        if code := self.refused.get(operation):
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)
        return self.aws.call(operation, asked)

    def domain(self, name: str, **settings: Any) -> str:
        users = {"ExecutionRole": ROLE, **settings}
        asked = {"DomainName": name, "AuthMode": "IAM", "DefaultUserSettings": users}
        return str(self.aws.call("CreateDomain", asked)["DomainId"])

    def profile(self, domain: str, name: str, **settings: Any) -> None:
        asked = {"DomainId": domain, "UserProfileName": name, "UserSettings": settings}
        self.aws.call("CreateUserProfile", asked)

    def space(self, domain: str, name: str, **settings: Any) -> None:
        given = {"AppType": "JupyterLab", **settings}
        self.aws.call(
            "CreateSpace", {"DomainId": domain, "SpaceName": name, "SpaceSettings": given}
        )

    def seen(self) -> StudioSurvey:
        sagemaker = self.session.client("sagemaker")
        return survey_studio(sagemaker, REGION, timedelta(minutes=90))

    def run(self, line: str) -> None:
        """Do what a line of the AWS CLI asks for."""
        words = shlex.split(line)
        options = dict(zip(words[3::2], words[4::2], strict=True))
        assert options.pop("--region") == REGION
        operation = "".join(map(str.title, words[2].split("-")))
        named = {
            "".join(map(str.title, option.strip("-").split("-"))): value
            for option, value in options.items()
        }
        settings = {key: json.loads(value) for key, value in named.items() if value[0] == "{"}
        self.aws.call(operation, named | settings)


def test_three_domains_of_which_two_are_off() -> None:
    studio = Studio()
    on = studio.domain("on", **{LAB: idle(), EDITOR: idle(None)})
    half = studio.domain("half", **{LAB: idle(), EDITOR: idle(60, "DISABLED")})
    studio.domain("off")
    seen = studio.seen()
    assert summary_of(seen) == "3 domains, idle shutdown off in 2."
    assert [says_of_domain(each) for each in seen.domains if each.name != "off"] == [
        f"on ({on}): JupyterLab after 120 min; Code Editor after 10,080 min",
        f"half ({half}): JupyterLab after 120 min; Code Editor off",
    ]
    assert {each.name: [*each.commands] for each in seen.domains} == {
        "on": [],
        "half": ["Code Editor"],
        "off": ["JupyterLab", "Code Editor"],
    }


def test_each_line_turns_it_on_and_keeps_what_else_is_set() -> None:
    studio = Studio()
    config = f"arn:aws:sagemaker:{REGION}:123456789012:studio-lifecycle-config/install"
    kept = {"LifecycleConfigArns": [config]}
    of = studio.domain("off", **{LAB: kept})
    studio.profile(of, "john-doe", **{EDITOR: idle(60, "DISABLED")})
    [domain] = studio.seen().domains
    for line in (*domain.commands.values(), *(o.command for o in domain.overrides)):
        studio.run(line)
    [after] = studio.seen().domains
    assert (after.minutes, after.overrides) == ({"JupyterLab": 90, "Code Editor": 90}, ())
    assert not after.is_off
    settings = studio.aws.call("DescribeDomain", {"DomainId": of})["DefaultUserSettings"]
    assert settings[LAB]["LifecycleConfigArns"] == kept["LifecycleConfigArns"]
    assert settings["ExecutionRole"] == ROLE
    times = settings[LAB]["AppLifecycleManagement"]["IdleSettings"]
    assert times["MinIdleTimeoutInMinutes"] == times["MaxIdleTimeoutInMinutes"] == 90


def test_a_profile_or_a_space_that_waits_longer_is_named() -> None:
    studio = Studio()
    of = studio.domain("on", **{LAB: idle(), EDITOR: idle()})
    studio.profile(of, "as-all")
    studio.profile(of, "sooner", **{LAB: idle(60)})
    studio.profile(of, "never", **{LAB: idle(60, "DISABLED")})
    longer = {"AppLifecycleManagement": {"IdleSettings": {"IdleTimeoutInMinutes": 600}}}
    studio.space(of, "slow", **{LAB: longer})
    studio.space(of, "plain")
    [domain] = studio.seen().domains
    assert [(o.what, o.app, o.minutes) for o in domain.overrides] == [
        ("user profile never", "JupyterLab", None),
        ("space slow", "JupyterLab", 600),
    ]
    assert domain.is_off
    for override in domain.overrides:
        studio.run(override.command)
    assert studio.seen().domains[0].overrides == ()


@pytest.mark.parametrize(
    ("refused", "what"),
    [
        ("ListDomains", "any Studio domain (ListDomains)"),
        ("ListSpaces", "any Studio space (ListSpaces)"),
        ("ListUserProfiles", "any user profile of Studio (ListUserProfiles)"),
        ("DescribeUserProfile", "user profile jane (DescribeUserProfile)"),
        ("DescribeSpace", "space lab (DescribeSpace)"),
    ],
)
def test_what_may_not_be_read_is_said(refused: str, what: str) -> None:
    studio = Studio(**{refused: "AccessDeniedException"})
    of = studio.domain("on", **{LAB: idle(), EDITOR: idle()})
    studio.profile(of, "jane")
    studio.space(of, "lab")
    assert studio.seen().unseen == ((what, "denied"),)


def test_a_domain_that_may_not_be_read_is_not_called_on() -> None:
    studio = Studio(DescribeDomain="AccessDeniedException")
    of = studio.domain("on", **{LAB: idle(), EDITOR: idle()})
    seen = studio.seen()
    assert (seen.domains, seen.unseen) == (
        (),
        ((f"Studio domain {of} (DescribeDomain)", "denied"),),
    )


def test_credentials_that_expired_fail_the_audit() -> None:
    with pytest.raises(ClientError):
        Studio(ListDomains="ExpiredTokenException").seen()


def test_more_than_a_hundred_profiles_are_not_looked_at_silently() -> None:
    studio = Studio()
    of = studio.domain("on", **{LAB: idle(), EDITOR: idle()})
    for number in range(103):
        studio.profile(of, f"p{number}")
    assert studio.seen().unseen == (
        ("3 of the user profiles of Studio", "there are more than 100"),
    )
    assert studio.session.calls["DescribeUserProfile"] == 100


def test_it_is_printed_with_whole_lines_and_written_for_machines() -> None:
    studio = Studio()
    of = studio.domain("off", **{EDITOR: idle()})
    studio.space(of, "lab")
    seen, prices = studio.seen(), bundled_prices()
    text = printed(lambda console: show_studio(console, seen, REGION, prices), 80)
    assert "1 domain, idle shutdown off in 1. 1 space, 5 GB, $0.56 a month." in text
    assert f"  {seen.domains[0].commands['JupyterLab']}\n" in text
    told = studio_dict(seen, REGION, prices)
    assert told is not None
    assert (told["idle_shutdown_off"], told["volume_gb"], told["usd_per_month"]) == (1, 5, "0.560")
    assert told["domains"][0]["idle_minutes"] == {"JupyterLab": None, "Code Editor": 120}
    assert volumes_of(seen, "mars-1", prices) == "1 space, 5 GB, a price that is not known."


def test_the_page_has_every_domain_and_its_lines() -> None:
    studio = Studio()
    studio.domain("lab")
    found = Assessment(region=REGION, now=at(0), policy=policy(), rows=(), studio=studio.seen())
    page = render([found], {"account": "123456789012"})
    assert "Idle shutdown of Studio" in page
    assert "1 domain, idle shutdown off in 1." in page
    assert "aws sagemaker update-domain --domain-id d-" in page
    assert "Idle shutdown" not in render([replace(found, studio=None)], {"account": "1"})


def test_without_a_domain_nothing_is_said() -> None:
    seen, prices = Studio().seen(), bundled_prices()
    assert printed(lambda console: show_studio(console, seen, REGION, prices), 80).strip() == ""
    assert studio_dict(None, REGION, prices) is None
    bare = Studio()
    bare.domain("empty")
    assert volumes_of(bare.seen(), REGION, prices) == "No space."
