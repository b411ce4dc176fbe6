"""What the notify queue holds: a notice, or something to say later. Pure.

A notice needs no more than the contract's fields; what only our own functions add may be missing.
"""

import json
from collections.abc import Mapping
from copy import replace
from dataclasses import fields
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from costguard.common.datetimes import parse_time
from costguard.common.errors import EventInvalid
from costguard.common.sanitize import multi_line
from costguard.notifications.notice import LATER, SCHEMA, DeferredMessage, Notice, Said

_MOST_BYTES, _CUT, _FINDINGS = 240_000, 6000, 10  # SNS takes 256 KiB with the attributes

LONGEST_HIDE = timedelta(hours=11, minutes=55)
"""SQS hides a message for twelve hours at most, counted from when it was received."""
_ADMINS = {Said.WOULD_STOP, Said.HELD_BACK, Said.FAILED, Said.BUDGET, Said.SUMMARY}
_OURS: Mapping[str, object] = {
    "findings": (),
    "stops": 0,
    "kept": None,
    "lost": None,
    "restart": None,
    "resources": (),
}


def parse_message(body: str) -> Notice | DeferredMessage:
    """Read a message. Raises EventInvalid with every problem."""
    try:
        raw = json.loads(body)
    except ValueError as exc:
        raise EventInvalid([f"body: expected JSON: {exc}"]) from None
    if not isinstance(raw, Mapping):
        raise EventInvalid([f"body: expected an object, got {raw!r:.80}"])
    if raw.get("schema") == LATER:
        told = raw.get("remind")
        return DeferredMessage(
            due=parse_time(raw.get("due")), to=raw.get("to"), remind=_notice(told) if told else None
        )
    return _notice(raw)


def _notice(raw: Mapping[str, Any]) -> Notice:
    problems = []
    if raw.get("schema") != SCHEMA:
        problems.append(f"schema: expected {SCHEMA!r}, got {raw.get('schema')!r:.80}")
    stages = [said.value for said in Said]
    if raw.get("stage") not in stages:
        problems.append(f"stage: expected one of {', '.join(stages)}, got {raw.get('stage')!r:.80}")
    if not raw.get("id"):
        problems.append("id: missing")
    problems += [
        f"{name}: expected an object, got {raw[name]!r:.80}"
        for name in ("resource", "owner", "cost")
        if not isinstance(raw.get(name) or {}, Mapping)
    ]
    cost = raw.get("cost")
    for name, amount in (cost if isinstance(cost, Mapping) else {}).items():
        if name.startswith("usd") and not _is_amount(amount):
            problems.append(f"cost.{name}: expected USD or null, got {amount!r:.80}")
    for name in ("time", "deadline"):
        try:
            if name == "time" or raw.get(name):
                parse_time(raw.get(name))
        except ValueError as exc:
            problems.append(f"{name}: {exc}")
    if problems:
        raise EventInvalid(problems)
    return decode_notice(raw)


def _is_amount(raw: object) -> bool:
    try:
        return raw is None or Decimal(str(raw)).is_finite()
    except InvalidOperation:
        return False


def decode_notice(raw: Mapping[str, Any]) -> Notice:
    """Fill in what a notice may leave out, so that all that follows finds every field."""
    resource = dict.fromkeys(("arn", "kind", "name", "instance_type", "instance_count"))
    texts = {f: str(raw.get(f) or "") for f in ("account", "region", "rule", "reason", "remedy")}
    known = {f.name for f in fields(Notice)}
    audience = "admins" if Said(raw["stage"]) in _ADMINS else "owner"
    filled = {
        **_OURS,
        "audience": audience,
        "deadline": None,
        **{k: v for k, v in raw.items() if k in known and v is not None},
        **texts,
        "resource": resource | dict(raw.get("resource") or {}),
        "owner": {"name": None, "email": None, "slack": None} | dict(raw.get("owner") or {}),
        "cost": dict(raw.get("cost") or {}),
    }
    filled["findings"] = tuple(filled["findings"])
    filled["resources"] = tuple(filled["resources"])
    return Notice(**filled)


def fit_size(notice: Notice) -> Notice:
    """Shorten a notice that SNS would refuse for its size; nothing is lost by being refused."""
    if len(json.dumps(notice.as_dict(), ensure_ascii=False).encode()) <= _MOST_BYTES:
        return notice
    findings = tuple(
        {
            **each,
            "reason": multi_line(each["reason"], _CUT),
            "remedy": multi_line(each["remedy"], _CUT),
        }
        for each in notice.findings[:_FINDINGS]
    )
    reason, remedy = multi_line(notice.reason, _CUT), multi_line(notice.remedy, _CUT)
    return replace(notice, findings=findings, reason=reason, remedy=remedy)


def load_notice(raw: Mapping[str, Any]) -> Notice:
    """Read a notice back from the ledger's outbox."""
    return Notice(**dict(raw) | {k: tuple(raw[k]) for k in ("findings", "resources")})
