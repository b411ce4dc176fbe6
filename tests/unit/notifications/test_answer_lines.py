"""The lines of a warning with which its owner can answer."""

from copy import replace

import pytest

from costguard.enforcement.notice_builder import build_finding, build_notice
from costguard.notifications.answer_lines import TITLE, with_answer_lines
from costguard.notifications.dispatcher import deliver
from costguard.notifications.message import Message, Section
from costguard.notifications.notice import Notice, NoticeStage
from costguard.policy.model import Policy
from tests.factories import at, notebook, policy
from tests.notifier import FakeNotifier, make_notice

EVERY_RULE = replace(policy(), rules=Policy().rules)
MESSAGE = Message(
    stage="warning", subject="s", heading="h", intro="i", sections=(Section(text="Ask us."),)
)


def warning(*rules: str, stage: NoticeStage = NoticeStage.WARNING, stops: bool = True) -> Notice:
    end = at(4) if stops else None
    found = [build_finding(rule, "why", "how", deadline=end) for rule in rules]
    return build_notice(stage, notebook("DoeJohn-Demo"), found, EVERY_RULE, now=at(0))


@pytest.mark.parametrize(
    ("rules", "verbs"),
    [
        (("idle",), ["keep", "stop", "not-mine", "ask"]),
        (("missing-tags",), ["fix", "stop", "not-mine", "ask"]),
        (("naming",), ["stop", "not-mine", "ask"]),
    ],
)
def test_a_warning_names_the_answers_that_it_can_have(
    rules: tuple[str, ...], verbs: list[str]
) -> None:
    *_, section, last = with_answer_lines(MESSAGE, warning(*rules)).sections
    assert (section.title, last.text) == (TITLE, "Ask us.")
    lines = section.code.splitlines()
    assert [line.split()[1] for line in lines] == verbs
    assert all(" DoeJohn-Demo" in line for line in lines)


def test_of_a_spoke_the_lines_name_the_place_and_none_sets_tags() -> None:
    notice = warning("missing-tags", "idle")
    place = "222233334444/eu-west-1"
    notice = replace(notice, resource=replace(notice.resource, place=place))
    *_, section, _ = with_answer_lines(MESSAGE, notice).sections
    assert [line.split()[1:3] for line in section.code.splitlines()] == [
        [verb, f"{place}/notebook-instance/DoeJohn-Demo"] for verb in ("keep", "stop", "ask")
    ]


def test_what_will_not_be_stopped_has_no_line_that_stops_it() -> None:
    section = with_answer_lines(MESSAGE, warning("naming", stops=False)).sections[-2]
    assert "costguard stop" not in section.code


def test_other_notices_have_no_answers() -> None:
    notice = warning("idle", stage=NoticeStage.STOPPED)
    assert with_answer_lines(MESSAGE, notice) == MESSAGE


def test_a_name_that_is_none_of_awss_is_not_copied_into_a_shell() -> None:
    notice = warning("naming")
    odd = replace(notice, resource=replace(notice.resource, name="$(rm -rf ~)"))
    assert "rm -rf" not in with_answer_lines(MESSAGE, odd).sections[-2].code


@pytest.mark.parametrize("takes_answers", [True, False])
def test_only_a_deployment_with_a_door_names_them(*, takes_answers: bool) -> None:
    notifier = FakeNotifier()
    ports = replace(notifier.ports, takes_answers=takes_answers)
    notifier.put(make_notice())
    deliver(ports, notifier.queue, now=lambda: notifier.now)
    [said] = notifier.messages
    assert (TITLE in [section.title for section in said.sections]) == takes_answers
