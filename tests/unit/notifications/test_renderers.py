"""What people read, in every channel: pinned by golden files, reviewed like code."""

import json
from collections.abc import Callable
from copy import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from costguard.app.budget_alerts import budget_alerts
from costguard.costs.budgets import sum_spend
from costguard.costs.prices import Price, Prices
from costguard.costs.pricing import UsageSlice
from costguard.costs.usage import Usage
from costguard.enforcement.case import Case
from costguard.enforcement.notice_builder import build_finding, build_held_back, build_notice
from costguard.notifications.answer_lines import with_answer_lines
from costguard.notifications.composer import RecipientContext, write_message
from costguard.notifications.digest import write_digest
from costguard.notifications.message import Message, Section, sanitized
from costguard.notifications.notice import (
    CostEstimate,
    Notice,
    NoticeFinding,
    NoticeOwner,
)
from costguard.notifications.notice import NoticeStage as Stage
from costguard.notifications.recipients import recipients_of
from costguard.notifications.renderers import amazon_q, html, slack, text
from costguard.notifications.schema import encode_notice, encode_published, fit_size, parse_message
from costguard.notifications.settings import MessageOverrides
from costguard.ownership.channel import Channel
from costguard.ownership.directory import CostLabels, Person
from costguard.policy.loader import parse_policy
from costguard.resources.model import InstanceGroup, Resource, ResourceStatus
from tests.factories import ADMINS, at, case, notebook, policy, step, training_job

GOLDEN = Path(__file__).parents[2] / "golden" / "letters"
POLICY = policy()
READER = RecipientContext(zone=POLICY.timezone, contact=ADMINS)
LINE = "aws sagemaker add-tags --resource-arn arn:aws:… --tags Key=Project,Value=sinkorswim"
TAGS = build_finding(
    "missing-tags",
    "the tag Project is missing",
    f"Run this line; nothing needs a restart.\n{LINE}",
    deadline=at(4),
)
NAME = build_finding(
    "naming",
    "the name x does not follow LastnameFirstname-Purpose. Did you mean DoeJohn-x?",
    "A notebook instance cannot be renamed.\n1. create one named DoeJohn-x",
    deadline=at(4),
)
TYPE = build_finding(
    "instance-type", "ml.p4d.24xlarge is not allowed", "Use ml.m5.large.", deadline=at(0)
)
HOSTILE = "<!channel> <@U123> *bold* _it_ `x` <script>alert(1)</script> a\u202eb\u200bc\r\nBcc: x"


def only_notice(resource: Resource, before: Case | None, hours: float) -> Notice:
    """Let the plan build the one notice about a resource."""
    [notice] = step(resource, before, POLICY, at(hours)).notices
    return notice


def make_notice(stage: Stage, *points: NoticeFinding, **changes: Any) -> Notice:
    """Make the notice of a notebook, with a price."""
    notice = build_notice(stage, notebook(), points, POLICY, now=at(0), stops=2)
    cost = CostEstimate(usd_per_hour=Decimal("0.0500"), usd_so_far=Decimal("1.20"))
    return replace(notice, **{"cost": cost} | changes)


def budget(setting: str, hours: float) -> Notice:
    """Build the alert about a budget of which so many dollars are used."""
    usage = Usage(
        kind="notebook-instance",
        name="n",
        component="notebook",
        region="us-east-2",
        groups=(InstanceGroup("ml.t3.medium", 1),),
        start=at(-hours),
        end=at(0),
        labels=CostLabels(owner="John Doe", project="sinkorswim"),
    )
    dollar = Prices({("us-east-2", "notebook", "ml.t3.medium"): Price(Decimal(1), "a test", "")})
    pieces = [UsageSlice(usage, at(-hours), at(0))]
    spend = sum_spend(pieces, dollar, POLICY.timezone.info, at(0))
    rules = replace(POLICY, rules=parse_policy(f"[rules.over-budget]\n{setting}").rules)
    ((_, alert),) = budget_alerts(spend, rules, ("123456789012", "us-east-2"), now=at(0))
    return alert


def received(notice: Notice) -> Notice:
    """Send a notice through the topic: what is shown is what was read."""
    read = parse_message(encode_published(notice))
    assert isinstance(read, Notice)
    return read


MINE = notebook()
NOBODYS = notebook("explore", tags={"Project": "sinkorswim"})
WARNED = build_notice(Stage.WARNING, NOBODYS, [TAGS, NAME], POLICY, now=at(0), stops=2)
NOTICES: dict[str, Notice] = {
    name: received(notice)
    for name, notice in {
        "would-stop": make_notice(Stage.WOULD_STOP, TAGS),
        "warning": make_notice(Stage.WARNING, TAGS, NAME),
        "stopped": build_notice(Stage.STOPPED, training_job(), [TYPE], POLICY, now=at(0), stops=1),
        "stopped-again": make_notice(Stage.STOPPED, TAGS),
        "all-clear": make_notice(Stage.ALL_CLEAR, TAGS, stops=0),
        "held-back": build_held_back(
            [notebook(f"DoeJohn-{n}") for n in range(12)], POLICY, now=at(0)
        ),
        "failed": only_notice(training_job("serverless", groups=None, instances=None), None, 0),
        "failed-to-stop": only_notice(
            replace(MINE, status=ResourceStatus.STOPPING), case(MINE, stopping=at(0)), 1
        ),
        "warning-without-a-stop": make_notice(Stage.WARNING, replace(TAGS, deadline=None)),
        "unknown": WARNED,
        "budget": budget('per_owner = { "*" = 100 }', 80),
        "budget-of-a-project": budget("per_project = { sinkorswim = 100 }", 120),
    }.items()
}


def to(name: str) -> RecipientContext:
    """Read it as its recipient."""
    [reader] = recipients_of(NOTICES[name], POLICY, {Channel.EMAIL, Channel.SNS})
    return replace(READER, note=reader.note, is_contact=reader.is_admins)


MESSAGES: dict[str, Message] = {
    name: write_message(notice, to(name), {}, now=at(0)) for name, notice in NOTICES.items()
} | {
    "reminder": write_message(NOTICES["warning"], replace(READER, reminder=True), {}, now=at(3)),
    "warning-with-a-link": with_answer_lines(
        write_message(NOTICES["warning"], to("warning"), {}, now=at(0)),
        NOTICES["warning"],
        (("Answer about DoeJohn-ExploreSageMaker", f"https://door.example/{'a' * 32}"),),
    ),
    "digest": write_digest(
        [NOTICES[n] for n in ("warning", "stopped", "stopped-again", "all-clear", "budget")],
        READER,
        now=at(0),
    ),
    "digest-of-the-admins": write_digest(
        [NOTICES[n] for n in ("would-stop", "unknown", "failed", "held-back")],
        replace(READER, is_contact=True),
        now=at(0),
    ),
}
FORMS: dict[str, Callable[[Message], str]] = {
    "txt": lambda message: f"Subject: {text.subject(message)}\n\n{text.render(message)}",
    "html": html.render,
    "slack.json": lambda message: (
        json.dumps(slack.render(message), indent=1, ensure_ascii=False) + "\n"
    ),
    "chat.json": lambda message: (
        json.dumps(amazon_q.render(message), indent=1, ensure_ascii=False) + "\n"
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", MESSAGES)
def test_a_letter_looks_as_it_was_reviewed(
    name: str, form: str, pytestconfig: pytest.Config
) -> None:
    file, shown = GOLDEN / f"{name}.{form}", FORMS[form](MESSAGES[name])
    if pytestconfig.getoption("--golden"):
        file.write_text(shown, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == shown


def longest() -> Message:
    """Write a letter of the longest legal name, 50 tags of the longest keys and values."""
    keys = [f"{n:03}{'k' * 125}" for n in range(50)]
    fixes = " ".join(f"Key={key},Value={'v' * 256}" for key in keys)
    reason = "; ".join(f"the tag {key} is missing" for key in keys)
    point = build_finding(
        "missing-tags", reason, f"Run this.\naws sagemaker add-tags --tags {fixes}", deadline=at(4)
    )
    message = build_notice(Stage.WARNING, notebook("N" * 63), [point] * 9, POLICY, now=at(0))
    return write_message(message, READER, {}, now=at(0))


def hostile() -> Message:
    """Write a letter in which everything that others wrote is hostile."""
    message = make_notice(
        Stage.WARNING, build_finding("missing-tags", HOSTILE, HOSTILE, deadline=at(4))
    )
    resource = replace(message.resource, name=HOSTILE, instance_type=HOSTILE)
    owner = NoticeOwner(name=HOSTILE, email=HOSTILE, slack=HOSTILE)
    message = replace(message, resource=resource, owner=owner, rules=(HOSTILE,), kept=HOSTILE)
    return write_message(message, replace(READER, note=HOSTILE), {}, now=at(0))


@pytest.mark.parametrize("message", [*MESSAGES.values(), longest(), hostile()])
def test_slack_blocks_are_valid_by_slacks_own_models_and_within_its_limits(
    message: Message,
) -> None:
    blocks = slack.render(message)["blocks"]
    for block in Block.parse_all(blocks):
        block.validate_json()
    assert len(blocks) <= 50
    assert len(json.dumps(blocks, ensure_ascii=False)) < 26_000
    assert sum(map(len, _texts(blocks))) < 13_000


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [
            t
            for key, v in value.items()
            for t in ([v] if key == "text" and isinstance(v, str) else _texts(v))
        ]
    return [t for each in value for t in _texts(each)] if isinstance(value, list) else []


def test_a_line_that_is_too_long_for_slack_is_not_cut_into_another() -> None:
    shown = json.dumps(slack.render(longest()))
    assert "too long for Slack" in shown
    assert "aws sagemaker add-tags" not in shown


@pytest.mark.parametrize("form", FORMS)
def test_hostile_text_has_no_control_bidi_or_zero_width_character(form: str) -> None:
    shown = FORMS[form](hostile())
    assert not set("\u202e\u200b\r") & set(shown)


def test_hostile_text_is_escaped_in_mail() -> None:
    shown = html.render(hostile())
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


def test_hostile_text_is_only_in_parts_of_slack_that_are_not_parsed() -> None:
    message = slack.render(hostile())
    assert not {"<", ">"} & set(message["text"])
    assert "mrkdwn" not in _kinds(message["blocks"])
    assert _kinds(message["blocks"]) <= {
        "header", "plain_text", "context", "rich_text", "rich_text_section", "text",
        "rich_text_list", "rich_text_preformatted",
    }  # fmt: skip


def _kinds(value: Any) -> set[str]:
    if isinstance(value, dict):
        return (
            {str(value["type"])} | {k for v in value.values() for k in _kinds(v)}
            if "type" in value
            else set()
        )
    return {k for each in value for k in _kinds(each)} if isinstance(value, list) else set()


def test_hostile_text_is_inert_in_amazon_q() -> None:
    content = amazon_q.render(hostile())["content"]
    assert not set("*_`<>[]") & set(content["title"])
    inside = content["description"].removeprefix("```\n").removesuffix("```")
    assert not set("`<>") & set(inside)
    assert not set("*`<>") & set("".join(content["nextSteps"]))


@pytest.mark.parametrize("name", ["x" * 300, "Ångström\nBcc: all", "名前"])
def test_a_subject_is_short_ascii_and_one_line(name: str) -> None:
    message = sanitized(replace(MESSAGES["warning"], subject=name))
    subject = text.subject(message)
    assert subject.isascii()
    assert subject.isprintable()
    assert 0 < len(subject) < 100


def test_a_body_over_the_limit_is_shortened_and_says_so() -> None:
    message = replace(MESSAGES["warning"], sections=(Section(points=("é" * 4000,) * 100),))
    shown = text.render(message)
    assert len(shown.encode()) <= 200_000
    assert shown.endswith(f"the whole is in notice {message.ref}\n")
    assert len(amazon_q.render(message)["content"]["description"]) < 4200


def test_a_notice_that_sns_would_refuse_for_its_size_is_shortened() -> None:
    huge = make_notice(
        Stage.WARNING, build_finding("missing-tags", "é" * 200_000, "x" * 200_000, deadline=at(4))
    )
    assert len(encode_published(huge).encode()) < 256 * 1024
    assert fit_size(encode_notice(huge))["reason"].endswith("…")
    small = encode_notice(NOTICES["warning"])
    assert fit_size(small) is small


def test_own_words_are_used_where_they_can_be_filled_in() -> None:
    words = {
        Stage.WARNING: MessageOverrides(
            subject="Hej {owner}: {name}", intro="{kind}", ask="{contact}?"
        )
    }
    message = write_message(NOTICES["warning"], READER, words, now=at(0))
    assert message.subject == "[Costguard] Hej John Doe: DoeJohn-ExploreSageMaker"
    assert message.intro == "notebook instance"
    assert message.note == ""


@pytest.mark.parametrize(
    "broken", ["{nobody}", "{name.__class__}", "{name!r}", "{name:>9}", "{", "}", "{}", "{0}"]
)
def test_broken_words_fall_back_and_say_so(broken: str) -> None:
    words = {Stage.WARNING: MessageOverrides(subject=broken, intro="{kind}")}
    message = write_message(NOTICES["warning"], READER, words, now=at(0))
    assert message.subject == MESSAGES["warning"].subject
    assert message.intro == "notebook instance"
    assert "The policy's own wording was not used (subject:" in message.note


def test_a_price_that_is_not_known_is_said_to_be_unknown() -> None:
    message = write_message(replace(NOTICES["warning"], cost=None), READER, {}, now=at(0))
    assert ("Cost so far", "not known") in message.facts


def test_an_exact_price_is_not_called_an_estimate() -> None:
    cost = CostEstimate(usd_so_far=Decimal("1.20"), usd_per_hour=Decimal("0.05"), estimated=False)
    message = write_message(replace(NOTICES["warning"], cost=cost), READER, {}, now=at(0))
    assert ("Cost so far", "$1.20") in message.facts


def test_the_cost_of_instances_that_aws_chooses_is_the_most_that_it_may_be() -> None:
    cost = CostEstimate(usd_per_hour=Decimal("0.23"), usd_per_hour_least=Decimal("0.12"))
    message = write_message(replace(NOTICES["warning"], cost=cost), READER, {}, now=at(0))
    assert ("Cost per hour", "at most $0.23 (estimated)") in message.facts


def test_a_digest_of_several_accounts_says_of_each_line_where_that_is() -> None:
    here, budgets = NOTICES["warning"], NOTICES["budget"]
    there = replace(NOTICES["stopped"], account="222233334444", region="eu-west-1")
    message = write_digest([here, budgets, there], READER, now=at(0))
    names = [point.partition(":")[0] for point in message.sections[0].points]
    assert names[0].endswith(f" (in {here.account}, {here.region})")
    assert "(in " not in names[1]
    assert names[2].endswith(" (in 222233334444, eu-west-1)")
    assert "several accounts or Regions" in message.footer


def test_a_contact_without_an_address_is_only_named() -> None:
    message = write_message(
        NOTICES["warning"], replace(READER, contact=Person(name="Ada")), {}, now=at(0)
    )
    assert message.sections[-1].text == "Questions, or more time? Ask Ada."


def test_a_deadline_that_has_passed_is_now() -> None:
    assert "(now)" in write_message(NOTICES["warning"], READER, {}, now=at(9)).intro


def test_a_warning_without_a_deadline_says_that_nothing_is_stopped() -> None:
    message = write_message(replace(NOTICES["warning"], deadline=None), READER, {}, now=at(0))
    assert "Nothing will be stopped" in message.intro


def test_what_comes_from_somebody_else_is_shown_with_what_there_is() -> None:
    bare = replace(NOTICES["warning"], findings=(), restart=None, kept=None, lost=None)
    message = write_message(replace(bare, owner=NoticeOwner()), READER, {}, now=at(0))
    assert ("Owner", "unknown") in message.facts
    claimed = write_message(replace(bare, owner=NoticeOwner(name="Bob")), READER, {}, now=at(0))
    assert ("Owner", "“Bob” (no address is known)") in claimed.facts
    assert bare.text
    assert any(section.text == bare.text.reason for section in message.sections)
