"""The price lists: AWS is asked once a day for each Region, the stack's own and those of spokes."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from costguard.app.report_ports import ReportPorts
from costguard.common.errors import SourceUnavailableError
from costguard.resources.places import account_and_region

REFRESH_EVERY = timedelta(hours=20)
REGIONS_AT_ONCE = 8
"""Price lists that one call reads: of some thirty pages each, in the two minutes that it has."""
_NEVER = datetime.min.replace(tzinfo=UTC)


def refresh_prices(ports: ReportPorts, now: datetime) -> Iterable[str]:
    """Fetch the prices of each Region once a day; if that fails, keep the last ones and report it.

    A Region takes some seconds: when many are due, the rest follows with the next call.
    """
    answered, own = 0, ports.place[1]
    for region in _regions_due(ports, now):
        if answered == REGIONS_AT_ONCE:
            return
        try:
            fetched = ports.price_source.fetch(region, now)
        except SourceUnavailableError as error:
            of = "" if region == own else f" of {region}"
            yield f"new prices{of} ({error}); the last known ones are used"
            continue
        ports.prices.keep_prices(fetched, "" if region == own else region)
        answered += 1


def _regions_due(ports: ReportPorts, now: datetime) -> Sequence[str]:
    """Name the Regions to ask for: the stack's own, those never fetched, then the oldest."""
    own, known = ports.place[1], ports.prices.prices(now)
    regions = (account_and_region(place, ports.place)[1] for place in ports.spokes)
    fetched = {each: known.listed.get(each) for each in regions} | {own: known.fetched}
    due = [
        each
        for each, when in fetched.items()
        if when is None or not timedelta(0) <= now - when < REFRESH_EVERY
    ]
    return sorted(due, key=lambda each: (each != own, fetched[each] or _NEVER))
