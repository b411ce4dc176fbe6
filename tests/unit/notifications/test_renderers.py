"""What people read, in every channel: pinned by golden files, reviewed like code."""

import json
from collections.abc import Callable
from copy import replace
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from costguard.enforcement.notice_builder import build_held_back, build_notice
from costguard.notifications.digest import write_digest
from costguard.notifications.message import Message, Section, sanitized
from costguard.notifications.notice import Notice, Point, Said
from costguard.notifications.notice import NoticeStage as Stage
from costguard.notifications.renderers import amazon_q, html, slack, text
from costguard.notifications.schema import fit_size
from costguard.notifications.settings import MessageOverrides
from costguard.notifications.templates import RecipientContext, write_message
from costguard.ownership.directory import Person
from tests.factories import ADMINS, at, notebook, policy, training_job

GOLDEN = Path(__file__).parents[2] / "golden" / "letters"
POLICY = policy()
READER = RecipientContext(zone=POLICY.timezone, contact=ADMINS)
LINE = "aws sagemaker add-tags --resource-arn arn:aws:… --tags Key=Project,Value=sinkorswim"
TAGS = Point(
    "missing-tags",
    "the tag Project is missing",
    f"Run this line; nothing needs a restart.\n{LINE}",
    at(4),
)
NAME = Point(
    "naming",
    "the name x does not follow LastnameFirstname-Purpose. Did you mean DoeJohn-x?",
    "A notebook instance cannot be renamed.\n1. create one named DoeJohn-x",
    at(4),
)
TYPE = Point("instance-type", "ml.p4d.24xlarge is not allowed", "Use ml.m5.large.", at(0))
HOSTILE = "<!channel> <@U123> *bold* _it_ `x` <script>alert(1)</script> a\u202eb\u200bc\r\nBcc: x"


def said(stage: Stage, *points: Point, **changes: Any) -> Notice:
    """Make the notice of a notebook, with a price."""
    told = build_notice(stage, notebook(), points, POLICY, now=at(0), stops=2)
    cost = {"usd_per_hour": "0.0500", "usd_so_far": "1.20", "estimated": True}
    return replace(told, **{"cost": cost} | changes)


def money(stage: Said, name: str, reason: str) -> Notice:
    """Make a notice about money, which is about no resource."""
    resource = dict.fromkeys(("arn", "kind", "instance_type", "instance_count")) | {"name": name}
    return replace(
        said(Stage.FAILED),
        stage=stage.value,
        rule=stage.value,
        resource=resource,
        reason=reason,
        stops=0,
        cost={"usd_so_far": "1600.00", "estimated": False},
        remedy="Look at the report page.",
    )


NOTICES: dict[str, Notice] = {
    "would-stop": said(Stage.WOULD_STOP, TAGS),
    "warning": said(Stage.WARNING, TAGS, NAME),
    "stopped": build_notice(Stage.STOPPED, training_job(), [TYPE], POLICY, now=at(0), stops=1),
    "stopped-again": said(Stage.STOPPED, TAGS),
    "all-clear": said(Stage.ALL_CLEAR, TAGS, stops=0),
    "held-back": build_held_back([notebook(f"DoeJohn-{n}") for n in range(12)], POLICY, now=at(0)),
    "failed": said(Stage.FAILED, Point("instance-type", "the type is not known", "")),
    "budget": money(Said.BUDGET, "80 % of November is spent", "$1,600 of $2,000 by the 20th."),
    "summary": money(Said.SUMMARY, "16 to 22 Nov", "John Doe $12.30\nJane Roe $4.10"),
}
LETTERS: dict[str, Message] = {
    name: write_message(told, READER, {}, now=at(0)) for name, told in NOTICES.items()
} | {
    "reminder": write_message(NOTICES["warning"], replace(READER, reminder=True), {}, now=at(3)),
    "unknown": write_message(
        NOTICES["warning"], replace(READER, note="Owner unknown: no tag says whose."), {}, now=at(0)
    ),
    "digest": write_digest(list(NOTICES.values())[:5], READER, now=at(0)),
}
FORMS: dict[str, Callable[[Message], str]] = {
    "txt": lambda told: f"Subject: {text.subject(told)}\n\n{text.render(told)}",
    "html": html.render,
    "slack.json": lambda told: json.dumps(slack.render(told), indent=1, ensure_ascii=False) + "\n",
    "chat.json": lambda told: (
        json.dumps(amazon_q.render(told), indent=1, ensure_ascii=False) + "\n"
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_looks_as_it_was_reviewed(
    name: str, form: str, pytestconfig: pytest.Config
) -> None:
    file, shown = GOLDEN / f"{name}.{form}", FORMS[form](LETTERS[name])
    if pytestconfig.getoption("--golden"):
        file.write_text(shown, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == shown


def longest() -> Message:
    """Write a letter of the longest legal name, 50 tags of the longest keys and values."""
    keys = [f"{n:03}{'k' * 125}" for n in range(50)]
    fixes = " ".join(f"Key={key},Value={'v' * 256}" for key in keys)
    reason = "; ".join(f"the tag {key} is missing" for key in keys)
    point = Point(
        "missing-tags", reason, f"Run this.\naws sagemaker add-tags --tags {fixes}", at(4)
    )
    told = build_notice(Stage.WARNING, notebook("N" * 63), [point] * 9, POLICY, now=at(0))
    return write_message(told, READER, {}, now=at(0))


def hostile() -> Message:
    """Write a letter in which everything that others wrote is hostile."""
    told = said(Stage.WARNING, Point("missing-tags", HOSTILE, HOSTILE, at(4)))
    thing = {**told.resource, "name": HOSTILE, "instance_type": HOSTILE}
    owner = {"name": HOSTILE, "email": HOSTILE, "slack": HOSTILE}
    told = replace(told, resource=thing, owner=owner, rule=HOSTILE, kept=HOSTILE)
    return write_message(told, replace(READER, note=HOSTILE), {}, now=at(0))


@pytest.mark.parametrize("told", [*LETTERS.values(), longest(), hostile()])
def test_slack_blocks_are_valid_by_slacks_own_models_and_within_its_limits(told: Message) -> None:
    blocks = slack.render(told)["blocks"]
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
    told = slack.render(hostile())
    assert not {"<", ">"} & set(told["text"])
    assert "mrkdwn" not in _kinds(told["blocks"])
    assert _kinds(told["blocks"]) <= {
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
    told = sanitized(replace(LETTERS["warning"], subject=name))
    subject = text.subject(told)
    assert subject.isascii()
    assert subject.isprintable()
    assert 0 < len(subject) < 100


def test_a_body_over_the_limit_is_shortened_and_says_so() -> None:
    told = replace(LETTERS["warning"], sections=(Section(points=("é" * 4000,) * 100),))
    shown = text.render(told)
    assert len(shown.encode()) <= 200_000
    assert shown.endswith(f"the whole is in notice {told.ref}\n")
    assert len(amazon_q.render(told)["content"]["description"]) < 4200


def test_a_notice_that_sns_would_refuse_for_its_size_is_shortened() -> None:
    huge = said(Stage.WARNING, Point("missing-tags", "é" * 200_000, "x" * 200_000, at(4)))
    body = json.dumps(fit_size(huge).as_dict(), ensure_ascii=False).encode()
    assert len(body) < 256 * 1024
    assert fit_size(huge).reason.endswith("…")
    assert fit_size(NOTICES["warning"]) is NOTICES["warning"]


def test_own_words_are_used_where_they_can_be_filled_in() -> None:
    words = {
        Said.WARNING: MessageOverrides(
            subject="Hej {owner}: {name}", intro="{kind}", ask="{contact}?"
        )
    }
    told = write_message(NOTICES["warning"], READER, words, now=at(0))
    assert told.subject == "[Costguard] Hej John Doe: DoeJohn-ExploreSageMaker"
    assert told.intro == "notebook instance"
    assert told.note == ""


@pytest.mark.parametrize(
    "broken", ["{nobody}", "{name.__class__}", "{name!r}", "{name:>9}", "{", "}", "{}", "{0}"]
)
def test_broken_words_fall_back_and_say_so(broken: str) -> None:
    words = {Said.WARNING: MessageOverrides(subject=broken, intro="{kind}")}
    told = write_message(NOTICES["warning"], READER, words, now=at(0))
    assert told.subject == LETTERS["warning"].subject
    assert told.intro == "notebook instance"
    assert "The policy's own wording was not used (subject:" in told.note


def test_a_price_that_is_not_known_is_said_to_be_unknown() -> None:
    told = write_message(replace(NOTICES["warning"], cost={}), READER, {}, now=at(0))
    assert ("Cost so far", "not known") in told.facts


def test_an_exact_price_is_not_called_an_estimate() -> None:
    cost = {"usd_so_far": "1.20", "usd_per_hour": "0.05", "estimated": False}
    told = write_message(replace(NOTICES["warning"], cost=cost), READER, {}, now=at(0))
    assert ("Cost so far", "$1.20") in told.facts


def test_a_contact_without_an_address_is_only_named() -> None:
    told = write_message(
        NOTICES["warning"], replace(READER, contact=Person(name="Ada")), {}, now=at(0)
    )
    assert told.sections[-1].text == "Questions, or more time? Ask Ada."


def test_a_deadline_that_has_passed_is_now() -> None:
    assert "(now)" in write_message(NOTICES["warning"], READER, {}, now=at(9)).intro


def test_a_warning_without_a_deadline_says_that_nothing_is_stopped() -> None:
    told = write_message(replace(NOTICES["warning"], deadline=None), READER, {}, now=at(0))
    assert "Nothing will be stopped" in told.intro


def test_what_comes_from_somebody_else_is_shown_with_what_there_is() -> None:
    bare = replace(NOTICES["warning"], findings=(), restart=None, kept=None, lost=None)
    told = write_message(
        replace(bare, audience="owner", owner={"name": None}), READER, {}, now=at(0)
    )
    assert ("Owner", "unknown") in told.facts
    assert any(section.text == bare.reason for section in told.sections)
