"""What a notice says of deadlines, and how it is named."""

from copy import replace

import pytest

from costguard.enforcement.notice_builder import build_finding, build_notice, decided_from
from costguard.notifications.notice import NoticeStage
from costguard.policy.model import Mode
from tests.factories import at, notebook, policy

FINDINGS = [build_finding("missing-tags", "no tags", "add them", deadline=at(4))]


@pytest.mark.parametrize("mode", [Mode.WARN, Mode.OBSERVE])
def test_a_warning_repeats_no_deadline_of_before_the_mode_was_lowered(mode: Mode) -> None:
    lowered = policy().with_ceiling(mode)
    warning = build_notice(NoticeStage.WARNING, notebook(), FINDINGS, lowered, now=at(400))
    assert warning.deadline is None
    assert [finding.deadline for finding in warning.findings] == [None]
    again = build_notice(NoticeStage.WARNING, notebook(), FINDINGS, policy(), now=at(0))
    assert again.deadline == at(4)


def test_what_would_have_been_stopped_says_when() -> None:
    observed = policy().with_ceiling(Mode.OBSERVE)
    notice = build_notice(NoticeStage.WOULD_STOP, notebook(), FINDINGS, observed, now=at(0))
    assert notice.deadline == at(4)


def test_a_notice_is_named_by_what_it_says_and_the_version_it_was_decided_from() -> None:
    stages = (NoticeStage.WARNING, NoticeStage.ALL_CLEAR)
    named = {
        decided_from(build_notice(stage, resource, FINDINGS, policy(), now=at(hours)), version).id
        for stage in stages
        for resource in (notebook("a"), notebook("b"))
        for hours in (0, 1)
        for version in (0, 1, 2)
    }
    assert len(named) == 2 * 2 * 2 * 3
    first = build_notice(NoticeStage.WARNING, notebook("a"), FINDINGS, policy(), now=at(0))
    twice = replace(first)
    assert decided_from(first, 3) == decided_from(twice, 3)
