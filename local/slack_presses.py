"""What Slack sends when somebody presses a button or sends a form (docs.slack.dev, Interactivity).

`block_actions` and `view_submission` payloads, in a form that Slack signs with the app's secret.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from local.slack import TEAM

_USER = {"username": "anybody", "name": "anybody", "team_id": TEAM}


def button_payload(user: str, action: str, value: str, **more: Any) -> dict[str, Any]:
    """Give the payload of a press of a button in a message."""
    return {
        "type": "block_actions",
        "team": {"id": TEAM, "domain": "workshop"},
        "user": {"id": user, **_USER},
        "api_app_id": "A0COSTGUARD",
        "trigger_id": f"13345224609.738474920.{user}",
        "actions": [
            {
                "type": "button",
                "block_id": "answers",
                "action_id": action,
                "value": value,
                "action_ts": "1770000001.000200",
            }
        ],
    } | more


def form_payload(user: str, view: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Give the payload of a form that was sent; a choice that there is not is none."""
    values = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element, value = block["element"], given.get(block["block_id"])
        state: dict[str, Any] = {"type": element["type"], "value": value}
        if element["type"] == "static_select":
            chosen = [each for each in element["options"] if each["value"] == value]
            state = {"type": "static_select", "selected_option": chosen[0] if chosen else None}
        values[block["block_id"]] = {element["action_id"]: state}
    return {
        "type": "view_submission",
        "team": {"id": TEAM, "domain": "workshop"},
        "user": {"id": user, **_USER},
        "view": {**view, "id": "V0", "state": {"values": values}},
    }


def signed_form(
    payload: Mapping[str, Any] | str, now: datetime, secret: str
) -> tuple[dict[str, str], bytes]:
    """Give the headers and the body of a request, as Slack signs them."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    body, time = urlencode({"payload": text}).encode(), str(int(now.timestamp()))
    signed = hmac.new(secret.encode(), b":".join((b"v0", time.encode(), body)), sha256)
    return {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": time,
        "x-slack-signature": f"v0={signed.hexdigest()}",
    }, body
