"""The notices of one case are published in their order, those of several cases together."""

from collections.abc import Mapping, Sequence
from copy import replace

from costguard.app.outbox import publish_in_order
from costguard.enforcement.notice_builder import build_notice
from costguard.notifications.notice import Notice, NoticeFinding, NoticeStage
from tests.factories import at, notebook, policy
from tests.fakes import Refused, override
from tests.scenarios.account import Account


def published(refuses: str = "") -> tuple[list[list[str]], set[str]]:
    """Publish three notices of one case, one of another and none of a third; one is refused."""
    asked = list[list[str]]()

    def publish_each(notices: Sequence[Notice]) -> Mapping[str, Exception]:
        names = [each.id for each in notices]
        asked.append(names)
        return {name: Refused("SNS: InternalError") for name in names if name == refuses}

    ports = Account(policy()).sweep_ports
    ports = replace(ports, notices=override(ports.notices, publish_each=publish_each))
    found = NoticeFinding(rule="naming", reason="no name", remedy="name it")
    box = notebook("DoeJohn-A")
    one = build_notice(NoticeStage.WARNING, box, [found], policy(), now=at(0))
    first, second, third, other = (replace(one, id=name) for name in "abcx")
    refused = publish_in_order(ports, [(first, second, third), (other,), ()])
    return asked, {*refused}


def test_each_case_has_one_notice_in_a_call() -> None:
    assert published() == ([["a", "x"], ["b"], ["c"]], set())


def test_after_one_that_is_refused_no_later_one_of_its_case_is_published() -> None:
    assert published("a") == ([["a", "x"]], {"a", "b", "c"})
    assert published("b") == ([["a", "x"], ["b"]], {"b", "c"})
    assert published("x") == ([["a", "x"], ["b"], ["c"]], {"x"})
