"""What a person sent by a form of a page: fields of one line each, or nothing that counts."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qsl

from costguard.app.door import AnswerBody
from costguard.app.public_door import PublicRequest
from costguard.reports.answer_page import ACTION, NAME, TAG

_MOST_FIELDS = 60
_FORM = "application/x-www-form-urlencoded"


def fields_of(request: PublicRequest) -> Mapping[str, str] | None:
    """Read the fields of a form; None where a browser with our form would not have sent that."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        return None
    try:
        pairs = parse_qsl(
            request.body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:  # also of an encoding that is not UTF-8
        return None
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else None


def answer_in(fields: Mapping[str, str], keep: timedelta) -> AnswerBody:
    """Read an answer from a form: what it is about is the link's to say, how long, the policy's."""
    action = fields.get(ACTION, "")
    tags = {key.removeprefix(TAG): v.strip() for key, v in fields.items() if key.startswith(TAG)}
    return AnswerBody(
        action=action,
        until=f"{int(keep.total_seconds())}s" if action == "keep" else fields.get("until", ""),
        why=fields.get("why", ""),
        tags={key: value for key, value in tags.items() if value},
    )


def is_named(fields: Mapping[str, str], name: str) -> bool:
    """Return whether somebody typed the name; a phone adds a space, or begins with a capital."""
    return fields.get(NAME, "").strip().casefold() == name.casefold()
