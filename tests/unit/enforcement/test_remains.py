"""What is stored of a deletion is read again as it was."""

from copy import replace

from costguard.enforcement.case import close_case, decode_case, encode_case, open_case
from costguard.enforcement.remains import remains_of
from costguard.resources.deletion import DeletionCheck
from costguard.resources.model import InstanceGroup, ResourceStatus
from tests.factories import GOOD_TAGS, at, resource

CHURN = resource(
    "endpoint",
    "Churn",
    groups=(InstanceGroup("ml.g5.xlarge", 2),),
    instances=2,
    source="churn-2",
    tags=GOOD_TAGS,
    created=at(0),
    creator="jane",
    profile="jane",
)


def test_a_case_keeps_what_hinders_a_deletion_and_what_is_deleted() -> None:
    check = DeletionCheck(at(1), ("a model is gone",), ("aws x",))
    case = replace(open_case(CHURN), stopping=at(1), deletion=check, remains=remains_of(CHURN))
    again = decode_case(encode_case(case))
    assert again == case
    assert again.was is not None
    assert (again.was.gone, again.was.status) == (True, ResourceStatus.STOPPED)
    for fact in ("arn", "name", "groups", "instances", "source", "tags", "creator", "profile"):
        assert getattr(again.was, fact) == getattr(CHURN, fact)
    closed = close_case(again)
    assert (closed.was, closed.deletion, closed.stopping) == (None, None, None)


def test_a_case_of_an_earlier_version_has_neither() -> None:
    case = decode_case('{"kind": "endpoint", "name": "churn", "marks": {}}')
    assert (case.was, case.deletion) == (None, None)
