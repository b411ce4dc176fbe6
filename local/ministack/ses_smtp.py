"""The SMTP server that the local SES delivers to; it keeps every e-mail.

MiniStack's SES lacks two things that IAM needs: the identity a message is sent from, and the
condition key `ses:FromAddress` (Service Authorization Reference, Amazon SES v2).
"""

import json
import os
import threading
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from ministack import app as ministack
from ministack.core import iam_actions
from ministack.services import ses_v2

from local.ministack.server import HOST, listen

_resource, _enforce = iam_actions._ses_v2_resource_arn, ministack._enforce_data_plane
_rejection: Callable[..., str | None] = ses_v2._message_rejection
_SENDING = "ministack-ses-smtp"


class _AtAnyPort(Controller):  # type: ignore[misc]  # aiosmtpd has no types
    """Listens at a free port."""

    def __init__(self, handler: object) -> None:
        self._socket = listen(0)
        super().__init__(handler, hostname=HOST, port=self._socket.getsockname()[1])

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._socket)


class Mailbox:
    """Every e-mail that was delivered, in order; `refuse` holds addresses that SES rejects."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse: set[str] = set()  # addresses; "*" for all
        self._controller: Any = None

    def install(self) -> None:
        """Listen, and have SES deliver here."""
        self._controller = _AtAnyPort(self)
        self._controller.start()
        os.environ["SMTP_HOST"] = f"{HOST}:{self._controller.port}"
        iam_actions._ses_v2_resource_arn = _sent_from
        ministack._enforce_data_plane = _with_sender
        ses_v2._message_rejection = self._rejected

    def uninstall(self) -> None:
        """Leave MiniStack as it was."""
        self._controller.stop()
        iam_actions._ses_v2_resource_arn = _resource
        ministack._enforce_data_plane = _enforce
        ses_v2._message_rejection = _rejection

    @staticmethod
    def busy() -> bool:
        """Whether an e-mail is being sent."""
        return any(thread.name == _SENDING for thread in threading.enumerate())

    def to(self, address: str) -> list[EmailMessage]:
        """Return the e-mails to an address."""
        return [mail for mail in self.mails if mail["To"] == address]

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Store an e-mail."""
        content = envelope.content
        whole = content if isinstance(content, bytes) else str(content).encode()
        self.mails.append(message_from_bytes(whole, policy=policy.default))
        return "250 OK"

    def _rejected(self, source: str, addresses: list[str]) -> str | None:
        if self.refuse & {"*", *addresses}:
            return "Email address is not verified."
        return _rejection(source, addresses)


def _sent_from(method: str, path: str, body: bytes, region: str, account_id: str) -> str:
    """Name the identity that a message is sent from."""
    request = json.loads(body or b"{}") if path.endswith("/outbound-emails") else {}
    if sender := request.get("FromEmailAddress"):
        return f"arn:aws:ses:{region}:{account_id}:identity/{sender}"
    return str(_resource(method, path, body, region, account_id))


def _with_sender(service: str, action: str, *rest: Any, **more: Any) -> Any:
    """Let a policy look at the address that a message is sent from."""
    if action == "ses:SendEmail":
        sender = more["resource_arn"].partition("identity/")[2]
        more["service_context"] = {"ses:FromAddress": sender}
    return _enforce(service, action, *rest, **more)
