"""`costguard doctor`: is everything there that the deployed guard needs? It only reads."""

from collections.abc import Callable, Iterator
from functools import partial
from operator import attrgetter
from typing import Any

from botocore.exceptions import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError

from costguard.adapters.dynamodb.markers import DynamoDbMarkers
from costguard.adapters.dynamodb.table import Table
from costguard.adapters.dynamodb.work import DynamoDbWork
from costguard.adapters.secrets import Secret
from costguard.adapters.slack_login import SecretUnusableError, slack_client
from costguard.app.admin_notices import UNASKED_MARK
from costguard.common.sanitize import single_line
from costguard_cli.analysis import setup
from costguard_cli.analysis.health import HealthCheck
from costguard_cli.analysis.setup import Setup
from costguard_cli.aws.session import ReadOnlySession, sessions
from costguard_cli.aws.stack import STACK, Stack, layers, require_stack, sdk
from costguard_cli.aws.tolerant import TolerantReader
from costguard_cli.commands.finish import finish
from costguard_cli.commands.status import topic_readers
from costguard_cli.errors import CannotRunError
from costguard_cli.options import AsJson, Local, Profile, Regions, StackName
from costguard_cli.views import setup as setup_view

type Look = Callable[[ReadOnlySession, Stack], Iterator[HealthCheck]]


def doctor(
    *,
    json: AsJson = False,
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
    stack: StackName = STACK,
) -> None:
    """Check what the guard needs around it: mail, Slack, a trail, its SDK, the way to notebooks."""
    found = [look(session, stack) for session in sessions(profile, region or (), local=local)]
    well = attrgetter("ready")
    finish(found, json=json, as_dict=setup_view.as_dict, show=setup_view.show, well=well)


def look(session: ReadOnlySession, name: str) -> Setup:
    """Look at everything around one stack. Raises CannotRunError where there is none."""
    stack, reader = require_stack(session, name), TolerantReader()
    checks, none = list[HealthCheck](), list[HealthCheck]()
    for what, each in _LOOKS.items():
        checks += reader.read(what, partial(_all, each, session, stack), none)
    return Setup(session.region, stack.name, tuple(checks), tuple(reader.unseen))


def _all(each: Look, session: ReadOnlySession, stack: Stack) -> list[HealthCheck]:
    return list(each(session, stack))


def _mail(session: ReadOnlySession, stack: Stack) -> Iterator[HealthCheck]:
    sender = stack.parameters.get("MailFrom", "")
    if not sender:
        yield setup.not_set_up("e-mail", "MailFrom")
        return
    ses = session.client("sesv2")
    yield setup.mail_account(ses.get_account())
    names = (sender, sender.partition("@")[2])
    yield setup.mail_sender(sender, [name for name in names if _is_verified(ses, name)])


def _is_verified(ses: Any, name: str) -> bool:
    try:
        return bool(ses.get_email_identity(EmailIdentity=name)["VerifiedForSendingStatus"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "NotFoundException":
            raise
        return False


def _slack(session: ReadOnlySession, stack: Stack) -> Iterator[HealthCheck]:
    """Ask Slack what the token allows: `auth.test` changes nothing, and the answer's head says."""
    name = stack.parameters.get("SlackTokenSecret", "")
    if not name:
        yield setup.not_set_up("Slack", "SlackTokenSecret")
        return
    secret = Secret(name, session.client)
    secret.read()
    try:
        answer = slack_client(secret).auth_test()
    except SecretUnusableError:
        raise CannotRunError("the secret holds no token") from None
    except SlackApiError as error:
        why = single_line(str(error.response.get("error")), 60)
        raise CannotRunError(f"Slack refuses the token: {why}") from None
    except (OSError, SlackClientError) as error:
        raise CannotRunError(f"Slack does not answer: {type(error).__name__}") from None
    heads = {key.lower(): value for key, value in answer.headers.items()}
    granted = {scope.strip() for scope in str(heads.get("x-oauth-scopes", "")).split(",")}
    yield setup.slack_scopes(granted)


def _trails(session: ReadOnlySession, _stack: Stack) -> Iterator[HealthCheck]:
    trail = session.client("cloudtrail")
    rows = trail.describe_trails(includeShadowTrails=True)["trailList"]
    yield setup.trails(
        row["Name"]
        for row in rows
        if trail.get_trail_status(Name=row["TrailARN"]).get("IsLogging")
        and setup.logs_management(trail.get_event_selectors(TrailName=row["TrailARN"]))
    )


def _sdk(session: ReadOnlySession, stack: Stack) -> Iterator[HealthCheck]:
    yield setup.sdk_version(sdk(session, layers(session, stack).values()))


def _probe(session: ReadOnlySession, stack: Stack) -> Iterator[HealthCheck]:
    if "Probe" not in stack.functions:
        yield setup.not_set_up("probe", "ProbeNotebooks")
        return
    table = Table(session.client("dynamodb"), stack.outputs["LedgerTableName"])
    refused = DynamoDbMarkers(table).last_time(UNASKED_MARK)
    yield setup.kernels_asked(DynamoDbWork(table).recall(()).values(), refused, session.now)


_LOOKS: dict[str, Look] = {
    "the admins' topic": topic_readers,
    "e-mail": _mail,
    "Slack": _slack,
    "CloudTrail": _trails,
    "layers": _sdk,
    "the ledger": _probe,
}
