"""Parse and format times and durations: `90s`, `15m`, `4h`, `2d`."""

import re
from datetime import UTC, datetime, timedelta

from costguard.common.calendar import Zone
from costguard.common.observed import moment

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
LONGEST = timedelta(days=10 * 365)
"""The longest duration that is read."""
_FORM = re.compile(r"(?:\d{1,9}[dhms])(?:\s*\d{1,9}[dhms])*")


def parse_duration(text: str) -> timedelta:
    """Read `1h 30m`. Raises ValueError on anything else."""
    pairs = re.findall(r"(\d+)([dhms])", text) if _FORM.fullmatch(text.strip()) else []
    seconds = sum(int(number) * _UNITS[unit] for number, unit in pairs)
    if not pairs or seconds > LONGEST.total_seconds():
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


def parse_time(raw: object) -> datetime:
    """Read a time between 2000 and 2200. Raises ValueError with the expected form."""
    text = str(raw or "")
    found: datetime | None = None
    try:
        if text.replace(".", "", 1).isdigit():
            found = moment(datetime.fromtimestamp(float(text) / 1000, UTC))
        else:
            found = moment(text)
    except (ValueError, OverflowError, OSError):
        pass  # one message for every error
    if found is None:
        msg = f"expected an ISO time with its zone, or epoch milliseconds, got {raw!r:.80}"
        raise ValueError(msg)
    return found


def say_when(moment: datetime, now: datetime, zone: Zone) -> str:
    """Say `Mon 23 Nov 2026 12:00 CST (in 3 h)`."""
    local, left = moment.astimezone(zone.info), moment - now
    far = f"in {say_duration(left)}" if left.total_seconds() > 0 else "now"
    return f"{local:%a %d %b %Y %H:%M %Z} ({far})"


def say_local(moment: datetime, zone: Zone) -> str:
    """Say `Mon 23 Nov 2026 12:00 CST`."""
    return f"{moment.astimezone(zone.info):%a %d %b %Y %H:%M %Z}"


def iso_utc(moment: datetime) -> str:
    """Write `2026-11-23T18:00:00Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
