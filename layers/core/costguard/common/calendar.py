"""Time zones, daily windows and working hours, as the policy writes them."""

import re
from datetime import date, datetime, time, timedelta, tzinfo
from difflib import get_close_matches
from enum import Enum
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from costguard.common.zones import read_zone, zone_names

_SPAN = re.compile(r"([0-9]{2}:[0-9]{2})\s*-\s*([0-9]{2}:[0-9]{2})")
_LOOSE_TIME = re.compile(r"([0-9]{1,2})(?:[:.h]?([0-9]{2}))?\s*([ap]m)?")
_OFFSET = re.compile(r"(?:Etc/)?(?:UTC|GMT)?[+-]\s?[0-9]{1,2}", re.IGNORECASE)
_NO_PLACE = "Factory"  # the one zone of the database that is none
_DAY = 24 * 60  # minutes
_ABBREVIATED = {
    "EST": "America/New_York",
    "EDT": "America/New_York",
    "CST": "America/Chicago",
    "CDT": "America/Chicago",
    "MST": "America/Denver",
    "MDT": "America/Denver",
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "BST": "Europe/London",
    "CEST": "Europe/Berlin",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "AEST": "Australia/Sydney",
}
"""What people write for a place, and the zone of that place."""


class Zone(Struct, frozen=True):
    """A time zone of the IANA database."""

    info: ZoneInfo

    @classmethod
    def parse(cls, text: str) -> "Zone":
        """Read `America/Chicago`."""
        try:
            return cls(read_zone("" if text == _NO_PLACE else text))
        except KeyError:
            msg = "an IANA time zone such as 'America/Chicago'"
            raise ValueError(msg) from None

    @staticmethod
    def hint(text: str) -> str:
        """Say which zone was probably meant."""
        names = (name for name in zone_names() if name != _NO_PLACE)
        by_fold = {name.casefold(): name for name in names}
        word = text.strip().replace(" ", "_").casefold()
        cities = {name.rpartition("/")[2]: name for name in by_fold}
        if city := _ABBREVIATED.get(text.strip().upper()):
            return f"write '{city}', or another city of the place"
        if _OFFSET.match(text.strip()):
            return "an offset knows no summer time: name a city of the place"
        close = get_close_matches(word, by_fold, n=1, cutoff=0.75)
        near = [cities[city] for city in get_close_matches(word, cities, n=1, cutoff=0.8)]
        found = next(iter([*(close if word in by_fold else ()), *near, *close]), None)
        return f"did you mean '{by_fold[found]}'?" if found else ""

    @property
    def oddity(self) -> str:
        """Describe what is unusual about the zone; empty if nothing is."""
        key = self.info.key
        if city := _ABBREVIATED.get(key):
            return f"has no summer time; for a place that has one, write '{city}'"
        if _OFFSET.match(key):
            way = "behind" if "+" in key else "ahead of"
            hours = re.sub(r"\D", "", key)
            return f"is {hours} h {way} UTC and has no summer time; name a city instead"
        return ""


UTC = Zone(read_zone("UTC"))


class DailyWindow(Struct, frozen=True):
    """A daily time range on a wall clock; it may cross midnight.

    A range belongs to the day on which it begins. An end at 00:00 is the end of that day.
    """

    begin: time
    end: time

    @classmethod
    def parse(cls, text: str) -> "DailyWindow":
        """Read `08:00-18:00`, `22:00-07:00` or `12:00-24:00`."""
        found = _SPAN.fullmatch(text.strip())
        begin, end = found.groups() if found else ("", "")
        try:
            hours = cls(
                time.fromisoformat(begin), time.fromisoformat(end.replace("24:00", "00:00"))
            )
        except ValueError:
            begin, end = "", ""
        if begin == end:
            msg = "hours such as '08:00-18:00' or '22:00-07:00'"
            raise ValueError(msg)
        return hours

    @classmethod
    def hint(cls, text: str) -> str:
        """Suggest the hours that were probably meant: `8-18`, `8am to 6pm`, `0800-1800`."""
        clocks = [_clock_time(*parts) for parts in _LOOSE_TIME.findall(text.casefold())]
        try:
            return f"did you mean '{cls.parse('-'.join(clocks)).text}'?"
        except ValueError:
            return ""

    @property
    def text(self) -> str:
        """Write it as the policy does."""
        end = f"{self.end:%H:%M}" if self.end != time(0) else "24:00"
        return f"{self.begin:%H:%M}-{end}"

    @property
    def length(self) -> timedelta:
        """How long it lasts by the clock."""
        minutes = [each.hour * 60 + each.minute for each in (self.begin, self.end)]
        return timedelta(minutes=(minutes[1] - minutes[0] - 1) % _DAY + 1)

    def day_of(self, local: datetime) -> date | None:
        """Return the day on which the range around a local time began; None outside."""
        clock = local.time()
        if self.begin < self.end:
            return local.date() if self.begin <= clock < self.end else None
        if clock >= self.begin:
            return local.date()
        return local.date() - timedelta(days=1) if clock < self.end else None

    def end_after(self, now: datetime, zone: Zone) -> datetime | None:
        """Return when the range around `now` ends; None outside."""
        day = self.day_of(now.astimezone(zone.info))
        if day is None:
            return None
        last = day + timedelta(days=int(self.begin >= self.end))
        return moment_of(last, self.end, zone.info).astimezone(now.tzinfo)


class Day(Enum):
    """A day of the week, as the policy writes it."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


class WorkingHours(Struct, frozen=True, kw_only=True):
    """When people are expected to work. Hours over midnight belong to the day they begin on."""

    hours: DailyWindow = DailyWindow(time(8), time(18))
    days: tuple[Day, ...] = tuple(Day)[:5]
    holidays: tuple[date, ...] = field(default=())

    def is_open(self, now: datetime, zone: tzinfo) -> bool:
        """Return whether it is a working hour of a working day."""
        day = self.hours.day_of(now.astimezone(zone))
        return (
            day is not None and tuple(Day)[day.weekday()] in self.days and day not in self.holidays
        )


def moment_of(day: date, clock: time, zone: tzinfo) -> datetime:
    """Return when a wall clock first shows a time; where it jumps over the time, when it jumps."""
    there = datetime.combine(day, clock, zone)
    before, found = (there.replace(fold=fold).astimezone(UTC.info) for fold in (1, 0))
    offset = before.astimezone(zone).utcoffset()
    while timedelta(seconds=1) < found - before:  # only in a jump is `before` the earlier
        middle = before + timedelta(seconds=(found - before) // timedelta(seconds=2))
        is_before = middle.astimezone(zone).utcoffset() == offset
        before, found = (middle, found) if is_before else (before, middle)
    return found


def _clock_time(hour: str, minute: str, half: str) -> str:
    """Normalize a time of day in another form."""
    hours = int(hour) % 12 + 12 * (half == "pm") if half else int(hour)
    return f"{hours:02}:{minute or '00'}"
