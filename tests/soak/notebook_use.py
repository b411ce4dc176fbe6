"""Life on a notebook."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random


@dataclass(slots=True)
class NotebookUse:
    """What happens on one notebook: when somebody works on it, and whether Jupyter tells."""

    dice: Random
    dark: bool
    hostile: bool = False  # its Jupyter answers anything
    busy: list[tuple[datetime, datetime]] = field(default_factory=list)

    def until(self, now: datetime) -> None:
        """Live on until now."""
        while not self.busy or self.busy[-1][1] <= now:
            begin = self.busy[-1][1] if self.busy else now
            rest = timedelta(minutes=self.dice.choice((10, 20, 45, 50, 90, 200, 400)))
            work = timedelta(minutes=self.dice.choice((5, 15, 60, 180)))
            self.busy.append((begin + rest, begin + rest + work))

    def works(self, now: datetime) -> bool:
        """Tell whether a kernel is busy now."""
        self.until(now)
        return any(begin <= now < end for begin, end in self.busy)

    def last(self, now: datetime) -> datetime | None:
        """Tell when a kernel was last busy, where none is."""
        self.until(now)
        return max((end for _, end in self.busy if end <= now), default=None)
