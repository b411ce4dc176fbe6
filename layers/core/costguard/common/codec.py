"""What is stored or sent is JSON: one way to write it, and one to read it.

A type says by its annotations what its JSON looks like. Times are ISO texts, sums of money are
texts, durations are seconds, enums are their values. Fields that a later version has added are
skipped; fields that an earlier one did not have take their default.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from msgspec import DecodeError, convert, to_builtins
from msgspec.json import Decoder

from costguard.common.errors import StoredDataInvalid

_DECODERS: dict[Any, Decoder[Any]] = {}


def encode(value: object) -> str:
    """Write a value as JSON. Raises TypeError on what has no place in it.

    Half of a surrogate pair, which no channel and no reader takes, becomes a question mark.
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
    """Read what was JSON and is dictionaries, lists and texts by now, in the same way."""
    try:
        return convert(value, kind, strict=False)
    except (DecodeError, RecursionError, OverflowError) as error:
        raise StoredDataInvalid(f"{'/'.join(where)} cannot be read: {error}") from error


def _spelled(value: datetime | timedelta) -> str | float:
    """Spell times and durations as earlier versions do: they read no other form."""
    return value.isoformat() if isinstance(value, datetime) else value.total_seconds()


def _made(kind: Any) -> Decoder[Any]:
    """Make a reader, once for each type; it is not strict: a number is a duration in seconds."""
    return _DECODERS.setdefault(kind, Decoder(kind, strict=False))
