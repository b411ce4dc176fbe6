"""The outcome of a delivery by a call of SES or SNS."""

from collections.abc import Callable
from datetime import timedelta

from botocore.exceptions import BotoCoreError, ClientError

from costguard.notifications.delivery import Busy, Down, Refused, SendOutcome, Sent

_SLOW_DOWN = {
    *("TooManyRequestsException", "ThrottlingException", "LimitExceededException"),  # SES
    *("Throttled", "ThrottledException", "KMSThrottling"),  # SNS
}
_BROKEN = {"InternalServiceErrorException", "InternalFailure", "ServiceUnavailable"}


def outcome_of(call: Callable[..., object], **arguments: object) -> SendOutcome:
    """Call; sent when AWS accepted the message."""
    try:
        call(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _SLOW_DOWN:
            return Busy(timedelta(seconds=30))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        broken = code in _BROKEN or status >= 500  # noqa: PLR2004 - HTTP: the server's fault
        return (
            Down(code) if broken else Refused(f"{code}: {error.response['Error'].get('Message')}")
        )
    except BotoCoreError as error:
        return Down(type(error).__name__)
    return Sent()
