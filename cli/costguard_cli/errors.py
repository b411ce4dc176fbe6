"""Errors as a sentence and a next step, and the exit codes."""

import re
from collections.abc import Callable, Mapping

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from costguard.common.errors import GuardError
from costguard.common.sanitize import multi_line, single_line

FINE, FOUND, COULD_NOT, INTERRUPTED = 0, 1, 2, 130
"""Fine · found something, or not working · usage, or could not look · Ctrl-C."""
EXIT_CODES = "Exit codes: 0 fine, 1 {found}, 2 wrong usage or could not look, 130 interrupted."

DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "UnauthorizedOperation",
        "NotAuthorized",
    }
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_INVALID_CREDENTIALS = frozenset(
    {
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "AuthFailure",
    }
)
_THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
    }
)
_LOG_IN = "Log in again: `aws sso login`, or whatever gives you credentials here."


class CannotRunError(Exception):
    """The command cannot run; the message is a sentence, the hint a next step."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def is_fatal(error: Exception) -> bool:
    """Whether an error would fail every call: bad credentials, or an unreachable AWS."""
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"] in _EXPIRED | _INVALID_CREDENTIALS
    return isinstance(error, tuple(kind for kinds in _CLIENT_ERRORS for kind in kinds))


def describe_error(error: Exception) -> CannotRunError | None:
    """Describe an error of AWS or of the credentials; None for a bug of our own."""
    if isinstance(error, CannotRunError):
        return error
    if isinstance(error, ClientError):
        return _refused(error)
    if isinstance(error, GuardError | OSError):
        return CannotRunError(multi_line(str(error)))
    if not isinstance(error, BotoCoreError):
        return None
    for types, describe in _CLIENT_ERRORS.items():
        if isinstance(error, types):
            return describe(error)
    return CannotRunError(single_line(str(error), 300))


def why_refused(error: Exception) -> str:
    """Return why one call failed: `denied`, `throttled`, or AWS's own code."""
    if not isinstance(error, ClientError):
        return single_line(str(error), 120)
    code = error.response["Error"]["Code"]
    if code in DENIED:
        return "denied"
    return "throttled" if code in _THROTTLED else single_line(code, 60)


def _refused(error: ClientError) -> CannotRunError:
    code, text = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    call = error.operation_name
    if code in _EXPIRED:
        return CannotRunError("The credentials have expired.", _LOG_IN)
    if code in _INVALID_CREDENTIALS:
        hint = f"{_LOG_IN} AWS gives the same answer for a Region that is not enabled."
        return CannotRunError("AWS does not know these credentials.", hint)
    if code in DENIED:
        action = re.search(r"perform: ([\w:-]+)", text)
        needs = action[1] if action else call
        return CannotRunError(
            f"These credentials may not call {single_line(needs)}.",
            "Every command only reads; AWS's managed policy ReadOnlyAccess is made for that.",
        )
    if code in _THROTTLED:
        return CannotRunError(
            f"AWS throttled {call} repeatedly.",
            "Try again in a few minutes; the whole account shares this limit.",
        )
    return CannotRunError(f"{call} failed: {single_line(code)}: {single_line(text, 300)}")


def _no_credentials(_error: Exception) -> CannotRunError:
    return CannotRunError(
        "There are no AWS credentials.",
        "Log in, name a --profile, or try it on the local AWS: `make local`, then --local.",
    )


def _unreachable(error: Exception) -> CannotRunError:
    endpoint = single_line(str(getattr(error, "kwargs", {}).get("endpoint_url", "AWS")), 120)
    is_local = "127.0.0.1" in endpoint or "localhost" in endpoint
    return CannotRunError(
        f"Nothing answers at {endpoint}.",
        "Is `make local` running? It prints READY." if is_local else "Is the network up?",
    )


_CLIENT_ERRORS: Mapping[tuple[type[Exception], ...], Callable[[Exception], CannotRunError]] = {
    (NoCredentialsError, PartialCredentialsError): _no_credentials,
    (SSOError, TokenRetrievalError): lambda _: CannotRunError("The sign-in has expired.", _LOG_IN),
    (ProfileNotFound,): lambda error: CannotRunError(
        f"{single_line(str(error))}.", "`aws configure list-profiles` lists them."
    ),
    (NoRegionError,): lambda _: CannotRunError(
        "No region is set.", "Name one or more: --region us-east-2 --region eu-west-1"
    ),
    (ConnectionError, HTTPClientError): _unreachable,
}
