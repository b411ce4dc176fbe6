"""Time zones, daily windows and working hours, as the policy writes them."""

import re
from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum
from zoneinfo import ZoneInfo

from msgspec import Struct, field

_SPAN = re.compile(r"(\d\d):(\d\d)\s*-\s*(\d\d):(\d\d)")


class Zone(Struct, frozen=True):
    """A time zone of the IANA database."""

    info: ZoneInfo

    @classmethod
    def parse(cls, text: str) -> "Zone":
        """Read `America/Chicago`."""
        try:
            return cls(ZoneInfo(text))
        except (KeyError, ValueError, OSError):
            msg = "an IANA time zone such as 'America/Chicago'"
            raise ValueError(msg) from None


UTC = Zone(ZoneInfo("UTC"))


class DailyWindow(Struct, frozen=True):
    """A stretch of every day, on a wall clock; it may go over midnight."""

    begin: time
    end: time

    @classmethod
    def parse(cls, text: str) -> "DailyWindow":
        """Read `22:00-07:00`."""
        msg = "hours such as '22:00-07:00'"
        found = _SPAN.fullmatch(text.strip())
        if not found:
            raise ValueError(msg)
        hours = list(map(int, found.groups()))
        try:
            begin, end = time(hours[0], hours[1]), time(hours[2], hours[3])
        except ValueError:
            raise ValueError(msg) from None
        if begin == end:
            raise ValueError(msg)
        return cls(begin, end)

    def end_after(self, now: datetime, zone: Zone) -> datetime | None:
        """Answer when the stretch that `now` falls into ends; None outside of it."""
        local = now.astimezone(zone.info)
        clock, over = local.time(), self.begin > self.end
        inside = clock >= self.begin or clock < self.end if over else self.begin <= clock < self.end
        if not inside:
            return None
        day = local.date() + timedelta(days=int(over and clock >= self.begin))
        return datetime.combine(day, self.end, zone.info).astimezone(now.tzinfo)


class Day(Enum):
    """A day of the week, as the policy writes it."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


class HoursOfDay(Struct, frozen=True):
    """From one time of the day until another."""

    begin: time
    end: time

    @classmethod
    def parse(cls, text: str) -> "HoursOfDay":
        """Read `08:00-18:00`."""
        found = re.fullmatch(r"(\d\d:\d\d)\s*-\s*(\d\d:\d\d|24:00)", text.strip())
        try:
            begin, end = found.groups() if found else ("", "")
            last = time.max if end == "24:00" else time.fromisoformat(end)
            hours = cls(time.fromisoformat(begin), last)
        except ValueError:
            hours = cls(time.max, time.min)
        if hours.begin >= hours.end:
            msg = "hours such as '08:00-18:00'"
            raise ValueError(msg)
        return hours


class WorkingHours(Struct, frozen=True, kw_only=True):
    """When people are expected to work."""

    hours: HoursOfDay = HoursOfDay(time(8), time(18))
    days: tuple[Day, ...] = tuple(Day)[:5]
    holidays: tuple[date, ...] = field(default=())

    def is_open(self, now: datetime, zone: tzinfo) -> bool:
        """Tell whether it is a working hour of a working day there."""
        local = now.astimezone(zone)
        works = tuple(Day)[local.weekday()] in self.days and local.date() not in self.holidays
        return works and self.hours.begin <= local.time() < self.hours.end
