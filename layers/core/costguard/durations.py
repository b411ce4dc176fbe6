"""Durations as the policy writes them and as people read them: `90s`, `15m`, `4h`, `2d`. Pure."""

import re
from datetime import timedelta

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_LONGEST = 10 * 365 * 86400
_FORM = re.compile(r"(?:\d{1,9}[dhms])(?:\s*\d{1,9}[dhms])*")


def parse_duration(text: str) -> timedelta:
    """Read `1h 30m`. Raises ValueError on anything else."""
    pairs = re.findall(r"(\d+)([dhms])", text) if _FORM.fullmatch(text.strip()) else []
    seconds = sum(int(number) * _UNITS[unit] for number, unit in pairs)
    if not pairs or seconds > _LONGEST:
        msg = "a duration such as '90s', '15m', '4h' or '2d', ten years at most"
        raise ValueError(msg)
    return timedelta(seconds=seconds)


def say_duration(span: timedelta) -> str:
    """Say it in its two largest units: `2 d 3 h`, `1 h 30 min`, `45 s`."""
    left, words = int(span.total_seconds()), []
    for unit, seconds in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        number, left = divmod(left, seconds)
        if number:
            words.append(f"{number} {unit}")
    return " ".join(words[:2]) or "0 s"
