"""What Slack's API needs: the bot's secret, a client of it, and who a member is."""

import json
from collections.abc import Callable
from urllib.parse import urlsplit

from slack_sdk.web import WebClient

from costguard.adapters.clients import AWS_ERRORS
from costguard.adapters.secrets import Secret
from costguard.app.slack_request import SlackApp

API = "https://slack.com/api/"
TIMEOUT = 5  # seconds for one call


def slack_client(secret: Secret, timeout: int = TIMEOUT) -> WebClient:
    """Make a client of the bot. Raises SecretUnusableError, which does not show the secret."""
    token, base = read_secret(secret, _token)
    return WebClient(token=token, base_url=base, timeout=timeout, retry_handlers=[])


def slack_member(client: WebClient, email: str) -> str:
    """Return the member id of an e-mail address. Raises Slack's error where there is none."""
    return str((client.users_lookupByEmail(email=email)["user"] or {})["id"])


def slack_app(secret: Secret) -> SlackApp | None:
    """Read what proves a request of Slack; None where the secret does not have it."""
    return read_secret(secret, _app)


class SecretUnusableError(Exception):
    """The secret cannot be read, or has the wrong form."""


def read_secret[S](secret: Secret, parse: Callable[[str], S]) -> S:
    """Read a secret. Raises SecretUnusableError, which does not show it."""
    try:
        return parse(secret.read().strip())
    except (*AWS_ERRORS, KeyError, ValueError) as error:
        raise SecretUnusableError(type(error).__name__) from None


def webhook_url(text: str) -> str:
    """Return the URL of a webhook."""
    if urlsplit(text).scheme not in ("https", "http"):
        raise ValueError
    return text


def _token(text: str) -> tuple[str, str]:
    """Return the token and the address of the API."""
    parts = json.loads(text) if text.startswith("{") else {"token": text}
    return str(parts["token"]), str(parts.get("api") or API)


def _app(text: str) -> SlackApp | None:
    """Return the signing secret and the workspace, if the secret has both."""
    parts = json.loads(text) if text.startswith("{") else {}
    signing, team = parts.get("signing_secret"), parts.get("team")
    return SlackApp(str(signing), str(team)) if signing and team else None
