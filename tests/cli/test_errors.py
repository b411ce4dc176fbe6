"""An error is a sentence with a next step, never a traceback."""

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    UnauthorizedSSOTokenError,
)

from costguard.common.errors import PolicyInvalid
from costguard_cli.errors import CannotRunError, describe_error, is_fatal, why_refused

DENIED = "User: arn:aws:iam::1:user/x is not authorized to perform: sagemaker:ListTrainingJobs on *"


def refused(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "ListTrainingJobs")


CASES = [
    (NoCredentialsError(), "no AWS credentials", "Log in", True),
    (PartialCredentialsError(provider="env", cred_var="x"), "no AWS credentials", "Log in", True),
    (refused("ExpiredTokenException"), "have expired", "Log in again", True),
    (UnauthorizedSSOTokenError(), "sign-in has expired", "sso login", True),
    (refused("InvalidClientTokenId"), "does not know these", "Log in again", True),
    (ProfileNotFound(profile="x"), "could not be found", "list-profiles", True),
    (NoRegionError(), "No region", "--region", True),
    (
        EndpointConnectionError(endpoint_url="http://127.0.0.1:4566"),
        "127.0.0.1",
        "make local",
        True,
    ),
    (EndpointConnectionError(endpoint_url="https://x.amazonaws.com"), "x.amazon", "network", True),
    (refused("ThrottlingException"), "throttled", "Try again", False),
    (refused("AccessDenied", DENIED), "sagemaker:ListTrainingJobs", "ReadOnlyAccess", False),
    (refused("AccessDenied"), "may not call ListTrainingJobs", "ReadOnlyAccess", False),
    (refused("Odd", "very\x1b[2J odd"), "ListTrainingJobs failed: Odd: very [2J odd", "", False),
    (ParamValidationError(report="x"), "Parameter validation failed", "", False),
    (PolicyInvalid(["mode: x"]), "mode: x", "", False),
    (FileNotFoundError(2, "No such file", "/x"), "/x", "", False),
    (CannotRunError("a", "b"), "a", "b", False),
]


@pytest.mark.parametrize(("error", "says", "hint", "fatal"), CASES)
def test_an_error_is_a_sentence(error: Exception, says: str, hint: str, *, fatal: bool) -> None:
    told = describe_error(error)
    assert told is not None
    assert says in str(told)
    assert hint in told.hint
    assert is_fatal(error) is fatal


def test_a_fault_of_our_own_is_not_hidden() -> None:
    assert describe_error(KeyError("x")) is None


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (refused("AccessDeniedException"), "denied"),
        (refused("TooManyRequestsException"), "throttled"),
        (refused("Odd\x1b"), "Odd"),
        (NoRegionError(), "You must specify a region."),
    ],
)
def test_why_one_call_gave_no_answer_is_a_word(error: Exception, why: str) -> None:
    assert why_refused(error) == why
