"""Encode and decode everything that is stored or sent, as JSON.

The annotations of a type define its JSON. Times are ISO texts, amounts of money are texts,
durations are seconds, enums are their values. Fields that a later version has added are skipped;
fields that an earlier version did not have take their default.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from msgspec import DecodeError, convert, to_builtins
from msgspec.json import Decoder

from costguard.common.errors import StoredDataInvalid

_DECODERS: dict[Any, Decoder[Any]] = {}


def encode(value: object) -> str:
    """Write a value as JSON. Raises TypeError for a type that JSON cannot hold.

    An unpaired surrogate, which no channel accepts, becomes a question mark.
    """
    plain = to_builtins(value, builtin_types=(datetime, timedelta))
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), default=_spelled)
    return text.encode(errors="replace").decode()


def decode[T](text: str | bytes, kind: type[T], *where: str) -> T:
    """Read what `encode` wrote. Raises StoredDataInvalid, which names the place."""
    try:
        value: T = (_DECODERS.get(kind) or _made(kind)).decode(text)
    except (DecodeError, UnicodeError, RecursionError) as error:
        raise StoredDataInvalid(f"{'/'.join(where)} cannot be read: {error}") from error
    return value


def decode_builtins[T](value: object, kind: type[T], *where: str) -> T:
    """Read JSON that is already decoded into dictionaries, lists and texts."""
    try:
        return convert(value, kind, strict=False)
    except (DecodeError, RecursionError, OverflowError) as error:
        raise StoredDataInvalid(f"{'/'.join(where)} cannot be read: {error}") from error


def _spelled(value: datetime | timedelta) -> str | float:
    """Write times and durations in the form of earlier versions, which read no other form."""
    return value.isoformat() if isinstance(value, datetime) else value.total_seconds()


def _made(kind: Any) -> Decoder[Any]:
    """Return a decoder, made once for each type; not strict: a number is a duration in seconds."""
    return _DECODERS.setdefault(kind, Decoder(kind, strict=False))
