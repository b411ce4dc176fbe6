"""Suggestions: for a misspelled word, a value in another form, a setting in another table."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from msgspec import Struct

from costguard.common.datetimes import LONGEST

_ALIKE = 0.6
MOST = 1_000_000
"""Of a number: more is a slip of the pen."""
_UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_SPOKEN = re.compile(
    r"(\d{1,7}(?:\.\d{1,3})?)\s*(w(?:eeks?)?|d(?:ays?)?|h(?:ours?|rs?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)"
)
_BOOLEANS = {"true": "true", "yes": "true", "on": "true", "1": "true"}
_BOOLEANS |= {"false": "false", "no": "false", "off": "false", "0": "false"}


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """Suggest the nearest known word: misspelled, shortened, in capitals, in the plural."""
    if not isinstance(word, str) or not word.strip():
        return ""
    by_fold = {_fold(each): each for each in known}
    folded = _fold(word)
    begins = [each for each in by_fold if each.startswith(folded) or folded.startswith(each)]
    near = get_close_matches(folded, by_fold, n=1, cutoff=_ALIKE)
    found = [folded] if folded in by_fold else near or begins
    return f"did you mean {by_fold[found[0]]!r}?" if found else ""


def _fold(word: str) -> str:
    return re.sub(r"[_\s]+", "-", word.strip()).casefold().removesuffix("s")


def fix_of(kind: Any, raw: object) -> str:
    """Suggest how to write a value as `kind`; empty if there is no suggestion."""
    if fix := _FIXES.get(kind):
        return fix(raw)
    hint = getattr(kind, "hint", None)
    return str(hint(raw)) if hint and isinstance(raw, str) else _of_table(raw)


def fix_of_list(item: Any, raw: object, path: str) -> str:
    """Suggest how to write one value, or a table, as a list."""
    if isinstance(raw, Mapping):
        is_table = isinstance(item, type) and issubclass(item, Struct)
        return f"write its header as [[{path}]], with two brackets" if is_table else ""
    if isinstance(raw, str):
        parts = [part for part in re.split(r"[,;]\s*", raw.strip()) if part] or [raw]
        return f"write [{', '.join(map(_quoted, parts))}]"
    return f"write [{raw}]" if type(raw) in {int, Decimal, date} else ""


def _of_table(raw: object) -> str:
    if isinstance(raw, list) and len(raw) == 1:
        return "write it once: a header with one bracket, or no list"
    return "it is one value for all kinds, not a table" if isinstance(raw, Mapping) else ""


def _duration(raw: object) -> str:
    if type(raw) in {int, Decimal} and isinstance(raw, int | Decimal):
        known = Decimal(raw).is_finite() and 0 <= raw < MOST
        given = _compact(float(raw)) if known else ""
        return f'if these are seconds, write "{given}", in quotes' if given else ""
    if not isinstance(raw, str):
        return _of_table(raw)
    text = raw.strip().casefold()
    if re.fullmatch(r"\d{1,7}", text):
        return f"write its unit: '{text}s', '{text}m' or '{text}h'"
    pairs = _SPOKEN.findall(text)
    rest = re.sub(r"and|,|\s", "", _SPOKEN.sub("", text))
    seconds = sum(float(number) * _UNITS[unit[0]] for number, unit in pairs)
    is_known = pairs and not rest and seconds <= LONGEST.total_seconds()
    return f"write '{_compact(seconds)}'" if is_known else ""


def _compact(seconds: float) -> str:
    """Write seconds as a duration: `1h30m`."""
    left, text = int(seconds), ""
    for unit in "dhms":
        number, left = divmod(left, _UNITS[unit])
        text += f"{number}{unit}" if number else ""
    return text or "0s"


def _moment(raw: object) -> str:
    if isinstance(raw, str):
        try:
            meant = datetime.fromisoformat(raw.strip())
        except ValueError:
            return ""
        return f"write it without quotes: {_zoned(meant)}"
    if isinstance(raw, datetime):
        return f"write its zone: {_zoned(raw)} where that is UTC"
    return f"write the hour and the zone: {raw}T18:00:00Z" if isinstance(raw, date) else ""


def _zoned(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z") + ("" if moment.tzinfo else "Z")


def _day(raw: object) -> str:
    if isinstance(raw, str):
        try:
            return f"write it without quotes: {date.fromisoformat(raw.strip())}"
        except ValueError:
            return ""
    return f"write the day alone: {raw.date()}" if isinstance(raw, datetime) else ""


def _number(raw: object) -> str:
    if type(raw) is int:
        return f"the most is {MOST}" if raw > 0 else ""
    if isinstance(raw, Decimal) and raw.is_finite() and 0 <= raw < MOST:
        return f"write {int(raw)}" if raw == int(raw) else ""
    if isinstance(raw, str) and re.fullmatch(r"\s*\d{1,9}\s*%?\s*", raw):
        return f"write it without quotes: {int(raw.strip(' %'))}"
    return _of_table(raw)


def _dollars(raw: object) -> str:
    if isinstance(raw, str) and (found := re.fullmatch(r"\D{0,5}(\d{1,9}(?:\.\d+)?)\D{0,5}", raw)):
        return f"write the number alone: {found[1]}"
    return _of_table(raw)


def _flag(raw: object) -> str:
    meant = _BOOLEANS.get(str(raw).strip().casefold())
    return f"write {meant}" if meant else ""


def _text(raw: object) -> str:
    if type(raw) in {int, bool, Decimal, date, datetime}:
        return f"write it in quotes: {_quoted(str(raw).lower())}"
    return _of_table(raw)


def _quoted(text: str) -> str:
    return f'"{text.strip()}"'


_FIXES: Mapping[Any, Callable[[object], str]] = {
    timedelta: _duration,
    datetime: _moment,
    date: _day,
    int: _number,
    Decimal: _dollars,
    bool: _flag,
    str: _text,
}
