"""AWS clients, made once per container, with timeouts for a short-lived function."""

from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal, Protocol, overload

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session, get_session
from botocore.utils import parse_timestamp

if TYPE_CHECKING:
    from mypy_boto3_ce import CostExplorerClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_pricing import PricingClient
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

    from costguard.adapters.credits import BillingClient

    class ClientFactory(Protocol):
        """Returns the client of a service by its name, typed by the SDK's stubs."""

        @overload
        def __call__(self, service: Literal["application-autoscaling"], /) -> Any: ...
        @overload
        def __call__(self, service: Literal["budgets"], /) -> Any: ...
        @overload
        def __call__(self, service: Literal["billing"], /) -> BillingClient: ...
        @overload
        def __call__(self, service: Literal["ce"], /) -> CostExplorerClient: ...
        @overload
        def __call__(self, service: Literal["cloudwatch"], /) -> CloudWatchClient: ...
        @overload
        def __call__(self, service: Literal["dynamodb"], /) -> DynamoDBClient: ...
        @overload
        def __call__(self, service: Literal["lambda"], /) -> LambdaClient: ...
        @overload
        def __call__(self, service: Literal["pricing"], /) -> PricingClient: ...
        @overload
        def __call__(
            self, service: Literal["resourcegroupstaggingapi"], /
        ) -> ResourceGroupsTaggingAPIClient: ...
        @overload
        def __call__(self, service: Literal["s3"], /) -> S3Client: ...
        @overload
        def __call__(self, service: Literal["sagemaker"], /) -> SageMakerClient: ...
        @overload
        def __call__(self, service: Literal["secretsmanager"], /) -> SecretsManagerClient: ...
        @overload
        def __call__(self, service: Literal["sesv2"], /) -> SESV2Client: ...
        @overload
        def __call__(self, service: Literal["sns"], /) -> SNSClient: ...
        @overload
        def __call__(self, service: Literal["sqs"], /) -> SQSClient: ...
        @overload
        def __call__(self, service: Literal["ssm"], /) -> SSMClient: ...
        @overload
        def __call__(self, service: Literal["sts"], /) -> STSClient: ...


AWS_ERRORS = (ClientError, BotoCoreError)
"""What AWS refuses, and what kept it from answering."""
REFUSALS = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "KMSAccessDeniedException",
    "NotAuthorized",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
}
CONFIG = Config(
    retries={"mode": "adaptive", "max_attempts": 8},
    connect_timeout=3,
    read_timeout=10,
    user_agent="Costguard",
    parameter_validation=False,  # AWS validates too; saves 6 % of a call
)
"""Spelled out: the SDK's defaults wait 60 s and differ between versions.

A name of our own is what CloudTrail shows, and a fifth of a call's work: the SDK writes a long one.
Powertools appends its own name and version.
"""

_OWN = {
    "lambda": CONFIG.merge(  # waits for the probe, in many threads at once
        Config(
            retries={"mode": "standard", "max_attempts": 3},
            read_timeout=30,
            max_pool_connections=25,
        )
    ),
}

_retried: list[int] = []  # of each call; what is appended in threads is not lost


@cache
def session() -> Session:
    """Begin a session without boto3, which would cost a tenth of a cold start."""
    begun = get_session()
    begun.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_timestamp)
    return begun


@cache
def _client(service: str, region: str | None = None, patience: Config | None = None) -> Any:
    return make_client(session(), service, region, patience)


def make_client(
    begun: Session, service: str, region: str | None, patience: Config | None = None
) -> Any:
    """Make a client of a session, with our timeouts, whose retries are counted."""
    config = patience or _OWN.get(service, CONFIG)
    made = begun.create_client(service, region_name=region, config=config)
    made.meta.events.register("after-call", _note)
    return made


client: "ClientFactory" = _client
"""Makes, or hands out again, the client of one service in the function's region."""


def clients_of(region: str, patience: Config | None = None) -> "ClientFactory":
    """Do so in another region, with its own timeouts if needed."""
    return partial(_client, region=region, patience=patience)


def is_refusal(error: ClientError) -> bool:
    """Return whether AWS denied us the call."""
    return error.response["Error"]["Code"] in REFUSALS


def retries() -> int:
    """Return how many attempts AWS throttled or did not answer since the last call."""
    found = sum(_retried)
    _retried.clear()
    return found


def _timestamp(value: Any) -> datetime:
    """Read a time of an answer: mostly a number of seconds, in UTC and not in the host's zone.

    The SDK's own parser uses dateutil, whose zones also make each later comparison slower.
    """
    try:
        return datetime.fromtimestamp(value, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        read: datetime = parse_timestamp(value)
        return read


def _note(parsed: dict[str, Any], **_: Any) -> None:
    _retried.append(int(parsed.get("ResponseMetadata", {}).get("RetryAttempts", 0)))
