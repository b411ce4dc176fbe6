"""What SageMaker refuses, in its own words.

Each text names its source where one is known.
"""

from collections.abc import Iterable


class AwsError(Exception):
    """A call that AWS would answer with an error code and a message, HTTP 400."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def invalid(message: str) -> AwsError:
    """Refuse with the code SageMaker uses for nearly everything."""
    return AwsError("ValidationException", message)


def constraints(problems: Iterable[str]) -> AwsError:
    """Report every violated constraint of the input at once."""
    found = tuple(problems)
    plural = "" if len(found) == 1 else "s"
    return invalid(f"{len(found)} validation error{plural} detected: {'; '.join(found)}")


def wrong_state(status: str, allowed: Iterable[str], target: str, arn: str) -> AwsError:
    """Refuse a notebook call in this status (amazon-sagemaker-examples issues 1094 and 1798)."""
    return invalid(
        f"Status ({status}) not in ([{', '.join(allowed)}]). "
        f"Unable to transition to ({target}) for Notebook Instance ({arn})",
    )


def duplicate_notebook(arn: str) -> AwsError:
    """Refuse a second notebook of one name (text as emulated by moto)."""
    return invalid(f"Cannot create a duplicate Notebook Instance ({arn})")


def duplicate_job(arn: str) -> AwsError:
    """Refuse a second job of one name, which is never free again (text quoted from AWS)."""
    return AwsError(
        "ResourceInUse",
        "Job name must be unique within an AWS account and region, "
        f"and a job with this name already exists ({arn})",
    )


def unsupported(operation: str, *, known: bool) -> AwsError:
    """Refuse what AWS has and we lack, apart from what AWS does not have either."""
    if known:
        return AwsError("UnsupportedOperation", f"The local SageMaker does not offer {operation}.")
    return AwsError("UnknownOperationException", f"Unknown operation {operation}")
