"""What AWS refuses to us is told apart from what does not answer."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from costguard.adapters.jupyter import probe_notebook
from costguard.adapters.probe_client import ask_all
from tests.factories import at, notebook

REFUSED = ["AccessDeniedException", "AccessDenied", "ExpiredTokenException"]
OTHERS = ["ThrottlingException", "ValidationException", "InternalFailure"]
MISSING = "ResourceNotFoundException"


class Raises:
    """Answer every call with an error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def create_presigned_notebook_instance_url(self, **_: object) -> None:
        raise self.error

    def ask(self, _name: str) -> dict[str, Any]:
        raise self.error


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Anything")


@pytest.mark.parametrize("code", [*REFUSED, *OTHERS])
def test_the_probe_says_whether_opening_was_refused(code: str) -> None:
    sagemaker: Any = Raises(refusal(code))
    answer = probe_notebook(sagemaker, "one")
    assert answer["problem"] == f"no URL: {code}"
    assert answer.get("refused", False) is (code in REFUSED)


@pytest.mark.parametrize("code", [*REFUSED, *OTHERS, MISSING])
def test_who_may_not_call_the_probe_knows_it(code: str) -> None:
    [seen] = ask_all(Raises(refusal(code)).ask, [notebook("one")], at(0)).values()
    assert (seen.problem, seen.refused) == (f"the probe failed: {code}", code not in OTHERS)


def test_what_the_probe_was_refused_comes_through_its_answer() -> None:
    answer = {"problem": "no URL: AccessDeniedException", "refused": True}
    [seen] = ask_all(lambda _: answer, [notebook("one")], at(0)).values()
    assert seen.refused


def test_no_way_to_aws_is_no_refusal() -> None:
    broken = EndpointConnectionError(endpoint_url="https://there")
    [seen] = ask_all(Raises(broken).ask, [notebook("one")], at(0)).values()
    assert (seen.problem, seen.refused) == ("the probe failed: EndpointConnectionError", False)
