"""Since when a place besides home cannot be read, by the marks of the sweep."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from costguard.app.report_ports import MarkReader

READ, UNREAD = "spoke read {}", "spoke unread {}"


def unread_since(marks: MarkReader, spokes: Iterable[str]) -> Mapping[str, datetime]:
    """Return the time of each that was not read last; none of those that were read again."""
    found = dict[str, datetime]()
    for place in spokes:
        lost, read = marks.last_time(UNREAD.format(place)), marks.last_time(READ.format(place))
        if lost and (read is None or read < lost):
            found[place] = lost
    return found
