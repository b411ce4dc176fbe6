"""Working hours, days and holidays, in the policy's time zone. Pure."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from enum import Enum


class Day(Enum):
    """A day of the week, as the policy writes it."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """From one time of the day until another."""

    begin: time
    end: time

    @classmethod
    def parse(cls, text: str) -> "WorkingHours":
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """When people are expected to work."""

    hours: WorkingHours = WorkingHours(time(8), time(18))
    days: tuple[Day, ...] = tuple(Day)[:5]
    holidays: tuple[date, ...] = field(default=())

    def is_open(self, now: datetime, zone: tzinfo) -> bool:
        """Tell whether it is a working hour of a working day there."""
        local = now.astimezone(zone)
        works = tuple(Day)[local.weekday()] in self.days and local.date() not in self.holidays
        return works and self.hours.begin <= local.time() < self.hours.end
