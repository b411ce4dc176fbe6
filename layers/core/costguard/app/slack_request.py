"""A request of Slack: signed and fresh, and about one press or one form; else it is nobody's.

Slack signs `v0:<time>:<raw body>` with the signing secret of the app (docs.slack.dev, Verifying
requests from Slack). The signature proves the workspace, and no right: who pressed is looked up.
"""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from msgspec import Struct

from costguard.app.link_form import fields_of
from costguard.app.public_door import PublicRequest
from costguard.common.observed import mapping, printable
from costguard.notifications.press import ButtonValue, button_value

FRESH = timedelta(minutes=5)
"""How far the time of a request may be from now: so long it may be sent again by somebody else."""
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)
_LONGEST = 300
_MOST_VALUES = 50


@dataclass(frozen=True, slots=True)
class SlackApp:
    """What proves a request: the app's signing secret, and the id of the one workspace."""

    signing_secret: str = field(repr=False)
    team: str


class SlackPress(Struct, frozen=True, kw_only=True):
    """A press of a button, or a form that was sent: by whom, on what, and what is in the form."""

    user: str
    action: str
    on: ButtonValue
    trigger: str = ""  # opens a form, for three seconds
    channel: str = ""
    message: str = ""  # the time by which Slack names the message with the button
    thread: str = ""
    values: Mapping[str, str] | None = None  # of a form, by the id of the block; None: a button


def may_be_signed(request: PublicRequest, now: datetime) -> bool:
    """Return whether a request has the form and the time of one that Slack signed.

    It costs no call: whatever else comes to a public URL ends here.
    """
    time = request.headers.get("x-slack-request-timestamp", "")
    if request.method != "POST" or not _SECONDS.fullmatch(time):
        return False
    is_fresh = abs(now.timestamp() - int(time)) <= FRESH.total_seconds()
    signature = request.headers.get("x-slack-signature", "")
    return is_fresh and _SIGNATURE.fullmatch(signature) is not None


def is_signed(request: PublicRequest, secret: str) -> bool:
    """Return whether the signature is the secret's, over the time and the raw body."""
    time = request.headers["x-slack-request-timestamp"]
    signed = b":".join((b"v0", time.encode(), request.body))
    right = f"v0={hmac.new(secret.encode(), signed, sha256).hexdigest()}"
    return hmac.compare_digest(right, request.headers["x-slack-signature"])


def press_of(request: PublicRequest, team: str) -> SlackPress | None:
    """Read a signed request; None where it is of another workspace, or no press of ours.

    A member of another workspace may press in a channel that two workspaces share.
    """
    payload = _payload(request)
    user, of_team = mapping(payload.get("user")), mapping(payload.get("team")).get("id")
    who = printable(user.get("id"), _LONGEST)
    if who is None or of_team != team or user.get("team_id", team) != team:
        return None
    if payload.get("type") == "block_actions":
        return _button(payload, who)
    return _form(payload, who) if payload.get("type") == "view_submission" else None


def _payload(request: PublicRequest) -> Mapping[str, Any]:
    try:
        return mapping(json.loads((fields_of(request) or {}).get("payload", "")))
    except (ValueError, RecursionError):
        return {}


def _button(payload: Mapping[str, Any], user: str) -> SlackPress | None:
    """Read the press of a button in a message."""
    actions = payload.get("actions")
    first = mapping(actions[0]) if isinstance(actions, list) and actions else {}
    action, on = printable(first.get("action_id")), button_value(str(first.get("value")))
    at = mapping(payload.get("container"))
    channel, message = (printable(at.get(key)) for key in ("channel_id", "message_ts"))
    if action is None or on is None or channel is None or message is None:
        return None
    return SlackPress(
        user=user,
        action=action,
        on=on,
        trigger=printable(payload.get("trigger_id"), _LONGEST) or "",
        channel=channel,
        message=message,
        thread=printable(at.get("thread_ts")) or "",
    )


def _form(payload: Mapping[str, Any], user: str) -> SlackPress | None:
    """Read a form: its own memory says on which button it was opened."""
    view = mapping(payload.get("view"))
    try:
        kept = mapping(json.loads(str(view.get("private_metadata"))))
    except (ValueError, RecursionError):
        return None
    action, on = printable(view.get("callback_id")), button_value(str(kept.get("on")))
    if action is None or on is None:
        return None
    blocks = mapping(mapping(view.get("state")).get("values"))
    return SlackPress(
        user=user,
        action=action,
        on=on,
        channel=str(kept.get("channel")),
        message=str(kept.get("message")),
        thread=str(kept.get("thread")),
        values={
            str(block): _value(inputs) for block, inputs in list(blocks.items())[:_MOST_VALUES]
        },
    )


def memory_of(press: SlackPress) -> str:
    """Write what a form has to remember of the button."""
    kept = {"on": press.on.value, "channel": press.channel, "message": press.message}
    return json.dumps(kept | {"thread": press.thread})


def _value(inputs: object) -> str:
    """Read the one input of a block: a text, or the value of a choice."""
    for each in mapping(inputs).values():
        of = mapping(each)
        chosen = mapping(of.get("selected_option")).get("value")
        found = chosen if chosen is not None else of.get("value")
        return found if isinstance(found, str) else ""
    return ""
