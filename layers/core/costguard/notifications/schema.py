"""The JSON of `costguard.notice/1` and `costguard.later/1`: the one module that knows it.

Only the contract's fields are required. Fields that only our own functions add may be missing, and
fields of a later version are ignored. Rows of the ledger hold the same JSON. It is longer than
other modules so that all code with these keys is in one place.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import UNSET, ValidationError, convert, to_builtins

from costguard.common.datetimes import LONGEST, iso_utc, parse_time
from costguard.common.errors import EventInvalid
from costguard.common.sanitize import multi_line
from costguard.notifications.notice import (
    ANSWERED,
    ASKED,
    CHARGED,
    BudgetFacts,
    CostEstimate,
    DeferredMessage,
    Notice,
    NoticeFinding,
    NoticeOwner,
    NoticeRequest,
    NoticeResource,
    NoticeStage,
    NoticeText,
    Resolution,
    TakenMessage,
)
from costguard.notifications.press import PressOutcome
from costguard.notifications.templates import contract_reason, contract_remedy

SCHEMA = "costguard.notice/1"
DEFERRED_SCHEMA = "costguard.later/1"
_MOST_BYTES, _CUT, _FINDINGS = 240_000, 6000, 10  # SNS takes 256 KiB with the attributes

_ADDED = ("max_stops", "budget", "version", "addressees", "request")

type Json = dict[str, Any]


def encode_notice(notice: Notice) -> Json:
    """Write a notice; the last two keys are left out if they are empty."""
    body: Json = {
        "schema": SCHEMA,
        "id": notice.id,
        "time": iso_utc(notice.time),
        "account": notice.account,
        "region": notice.region,
        "stage": notice.stage.published_as.value,
        "rule": notice.rule,
        "resource": to_builtins(notice.resource),
        "owner": to_builtins(notice.owner),
        "reason": contract_reason(notice),
        "remedy": contract_remedy(notice),
        "deadline": notice.deadline and iso_utc(notice.deadline),
        "cost": _cost(notice.cost or CostEstimate()),
        "audience": notice.audience.value,
        "findings": [_finding(each) for each in notice.findings],
        "stops": notice.stops,
        "kept": notice.kept,
        "lost": notice.lost,
        "restart": notice.restart,
        "resources": [to_builtins(each) for each in notice.resources],
    }
    return body | _added(notice)


def _added(notice: Notice) -> Json:
    """Write the keys that are left out if they are empty."""
    added = {
        "max_stops": notice.max_stops,
        "budget": to_builtins(notice.budget),
        "version": notice.version or None,
        "addressees": list(notice.addressees) or None,
        "request": to_builtins(notice.request),
    }
    return {name: value for name, value in added.items() if value is not None}


def encode_outbox(notice: Notice) -> Json:
    """Write a notice into a case; an earlier version refuses a row with unknown fields."""
    body = encode_notice(notice)
    return {name: value for name, value in body.items() if name not in _ADDED}


def encode_published(notice: Notice) -> str:
    """Write the message for the topic, shortened if SNS would refuse its size."""
    return json.dumps(fit_size(encode_notice(notice)), ensure_ascii=False)


def encode_deferred(message: DeferredMessage) -> str:
    """Write a message to ourselves."""
    remind = encode_notice(message.remind) if message.remind else None
    body = {
        "schema": DEFERRED_SCHEMA,
        "due": message.due.isoformat(),
        "to": message.to,
        "remind": remind,
        "taken": to_builtins(message.taken),
        "token": message.token,
        **({"page": True} if message.page else {}),
        "press": to_builtins(message.press),
    }
    return json.dumps(body, ensure_ascii=False)


def fit_size(body: Json) -> Json:
    """Shorten a notice whose size SNS would refuse."""
    if len(json.dumps(body, ensure_ascii=False).encode()) <= _MOST_BYTES:
        return body
    return _cut(body) | {"findings": [_cut(each) for each in body["findings"][:_FINDINGS]]}


def _cut(texts: Json) -> Json:
    return texts | {name: multi_line(texts[name], _CUT) for name in ("reason", "remedy")}


def _finding(finding: NoticeFinding) -> Json:
    """Write a finding; a missing title or grace stays missing."""
    written: Json = to_builtins(finding)
    del written["grace"]
    if finding.resolution is Resolution.FIXED:
        del written["resolution"]
    if not finding.title:
        del written["title"]
    if finding.grace is not None:
        written["grace_seconds"] = finding.grace.total_seconds()
    return written


def _cost(cost: CostEstimate) -> Json:
    hourly, spent, least = cost.usd_per_hour, cost.usd_so_far, cost.usd_per_hour_least
    return {
        "usd_per_hour": None if hourly is None else float(hourly),
        "usd_so_far": None if spent is None else float(spent),
        "estimated": cost.estimated,
        **({} if least is None else {"usd_per_hour_least": float(least)}),
        **({"waits": True} if cost.waits else {}),
        **({"prepaid": True} if cost.prepaid else {}),
    }


def parse_message(body: str) -> Notice | DeferredMessage:
    """Read a message of the notify queue. Raises EventInvalid with every problem."""
    try:
        raw = json.loads(body)
    except ValueError as exc:
        raise EventInvalid([f"body: expected JSON: {exc}"]) from None
    if not isinstance(raw, Mapping):
        raise EventInvalid([f"body: expected an object, got {raw!r:.80}"])
    if raw.get("schema") != DEFERRED_SCHEMA:
        return decode_notice(raw)
    remind = raw.get("remind")
    return DeferredMessage(
        due=parse_time(raw.get("due")),
        to=raw.get("to"),
        remind=decode_notice(remind) if remind else None,
        taken=convert(raw.get("taken") or (), tuple[TakenMessage, ...]),
        token=str(raw.get("token") or ""),
        page=raw.get("page") is True,
        press=convert(raw.get("press"), PressOutcome | None),
    )


def decode_notice(raw: Mapping[str, Any]) -> Notice:
    """Read a notice of a message or a row. Raises EventInvalid with every problem."""
    if problems := list(_problems(raw)):
        raise EventInvalid(problems)
    resource, owner = _resource_of(raw.get("resource") or {}), raw.get("owner") or {}
    deadline, budget, request = (raw.get(key) for key in ("deadline", "budget", "request"))
    return Notice(
        id=str(raw["id"]),
        time=parse_time(raw["time"]),
        stage=_stage_of(raw, resource),
        account=str(raw.get("account") or ""),
        region=str(raw.get("region") or ""),
        resource=resource,
        owner=NoticeOwner(**{name: owner.get(name) for name in NoticeOwner.__struct_fields__}),
        rules=tuple(filter(None, str(raw.get("rule") or "").split(","))),
        findings=tuple(map(_finding_of, raw.get("findings") or ())),
        deadline=parse_time(deadline) if deadline else None,
        cost=_cost_of(raw.get("cost") or {}),
        stops=int(raw.get("stops") or 0),
        addressees=tuple(raw.get("addressees") or ()),
        kept=raw.get("kept"),
        lost=raw.get("lost"),
        restart=raw.get("restart"),
        resources=tuple(map(_resource_of, raw.get("resources") or ())),
        max_stops=raw.get("max_stops"),
        version=int(raw.get("version") or 0),
        budget=convert(budget, BudgetFacts) if budget else None,
        request=convert(request, NoticeRequest) if request else None,
        text=NoticeText(reason=str(raw.get("reason") or ""), remedy=str(raw.get("remedy") or "")),
    )


def _problems(raw: Mapping[str, Any]) -> Iterator[str]:
    """List all problems of a notice."""
    stages = [stage.value for stage in NoticeStage]
    checks = {
        "schema": (raw.get("schema") == SCHEMA, repr(SCHEMA)),
        "stage": (raw.get("stage") in stages, f"one of {', '.join(stages)}"),
        "id": (bool(raw.get("id")), "a text"),
        "stops": (isinstance(raw.get("stops") or 0, int), "a whole number"),
        "addressees": (_is_list_of_texts(raw.get("addressees") or []), "a list of texts"),
        "version": (isinstance(raw.get("version") or 0, int), "a whole number"),
        "budget": (_is_of(BudgetFacts, raw.get("budget")), "what is used of a budget"),
        "request": (_is_of(NoticeRequest, raw.get("request")), "a request for an exception"),
    }
    for name in ("resource", "owner", "cost"):
        checks[name] = (isinstance(raw.get(name) or {}, Mapping), "an object")
    for name in ("findings", "resources"):
        checks[name] = (_is_list(raw.get(name) or []), "a list of objects")
    for name, (is_right, expected) in checks.items():
        if not is_right:
            yield f"{name}: expected {expected}, got {raw.get(name)!r:.80}"
    cost = raw.get("cost")
    for name, amount in (cost if isinstance(cost, Mapping) else {}).items():
        if name.startswith("usd") and not _is_amount(amount):
            yield f"cost.{name}: expected USD or null, got {amount!r:.80}"
    yield from _wrong_times(raw)


def _wrong_times(raw: Mapping[str, Any]) -> Iterator[str]:
    listed = raw.get("findings") or []
    findings = listed if _is_list(listed) else ()
    times = [("time", raw.get("time")), ("deadline", raw.get("deadline") or None)]
    times += [("findings[].deadline", each.get("deadline")) for each in findings]
    for name, text in times:
        try:
            if name == "time" or text:
                parse_time(text)
        except ValueError as exc:
            yield f"{name}: {exc}"


def _is_list_of_texts(raw: object) -> bool:
    return isinstance(raw, list | tuple) and all(isinstance(each, str) for each in raw)


def _is_list(raw: object) -> bool:
    return isinstance(raw, list | tuple) and all(isinstance(each, Mapping) for each in raw)


def _is_of(kind: type, raw: object) -> bool:
    try:
        convert(raw, kind | None)
    except ValidationError:
        return False
    return True


def _is_amount(raw: object) -> bool:
    try:
        return raw is None or Decimal(str(raw)).is_finite()
    except InvalidOperation:
        return False


def _stage_of(raw: Mapping[str, Any], resource: NoticeResource) -> NoticeStage:
    """Read a stage; an earlier version sent a budget alert as a warning."""
    stage, others = NoticeStage(raw["stage"]), (CHARGED, ANSWERED, ASKED)
    if stage in (NoticeStage.BUDGET, NoticeStage.HELD_BACK) and raw.get("rule") in others:
        return NoticeStage(raw["rule"])
    return NoticeStage.BUDGET if resource.kind == "budget" else stage


def _resource_of(raw: Mapping[str, Any]) -> NoticeResource:
    return NoticeResource(
        arn=raw.get("arn"),
        kind=str(raw.get("kind") or ""),
        name=str(raw.get("name") or ""),
        instance_type=raw.get("instance_type"),
        instance_count=raw.get("instance_count"),
        place=str(raw.get("place") or "") or UNSET,
    )


def _finding_of(raw: Mapping[str, Any]) -> NoticeFinding:
    texts = {name: str(raw.get(name) or "") for name in ("rule", "reason", "remedy", "title")}
    deadline = raw.get("deadline")
    return NoticeFinding(
        **texts,
        deadline=parse_time(deadline) if deadline else None,
        grace=_grace_of(raw.get("grace_seconds")),
        resolution=_resolution_of(raw.get("resolution")),
    )


def _resolution_of(word: Any) -> Resolution:
    """Read how a finding ended; an unknown word does not count as fixed."""
    if word is None:
        return Resolution.FIXED
    return Resolution(word) if word in list(Resolution) else Resolution.OFF


def _grace_of(seconds: Any) -> timedelta | None:
    """Read a grace; a length that no policy can give is unknown."""
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not is_number or not 0 <= seconds <= LONGEST.total_seconds():
        return None
    return timedelta(seconds=seconds)


def _cost_of(raw: Mapping[str, Any]) -> CostEstimate | None:
    hourly, spent = raw.get("usd_per_hour"), raw.get("usd_so_far")
    least = raw.get("usd_per_hour_least")
    if hourly is None and spent is None and not raw.get("waits"):
        return None
    return CostEstimate(
        usd_per_hour=None if hourly is None else Decimal(str(hourly)),
        usd_so_far=None if spent is None else Decimal(str(spent)),
        usd_per_hour_least=None if least is None else Decimal(str(least)),
        estimated=bool(raw.get("estimated", True)),
        waits=bool(raw.get("waits", False)),
        prepaid=bool(raw.get("prepaid", False)),
    )
