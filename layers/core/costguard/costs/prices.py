"""Prices: the known costs of an hour or a GB-month.

A price is known for exactly one region, component and type, or it is unknown. The only exception: a
kind may define that two components have the same rate (`same_rate`); the price then says so.
"""

import csv
from collections.abc import Hashable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from msgspec import Struct, field

from costguard.costs.components import COMPONENTS, Components
from costguard.resources.model import Resource

GB_MONTH = "GB-month"
TOKENS = "tokens"
"""What is billed by the token has no rate: the Price List has no line that names the model."""
BUNDLED = "the table that came with Costguard"
PRICE_LIST = "AWS Price List API"

_FRESH = timedelta(hours=1)
LISTED_FOR = timedelta(days=2)
"""How long an answer of the Price List API counts as its list of now: it is asked once a day."""

type Key = tuple[str, str, str]  # region, component, instance type (or GB_MONTH)


class Price(Struct, frozen=True):
    """One rate in USD, per hour or per GB-month; list price, before discounts, credits and tax."""

    usd: Decimal
    source: str
    as_of: str
    assumed: str = ""  # the component whose rate is used instead


class Prices(Struct, frozen=True, dict=True):
    """A table of rates. `fetched`: when the Price List API last answered; None for never."""

    table: Mapping[Key, Price] = field(default_factory=dict)
    fetched: datetime | None = None
    components: Components = COMPONENTS
    listed: Mapping[str, datetime] = field(default_factory=dict)  # of Regions asked for apart

    @cached_property
    def hours(self) -> dict[Hashable, Any]:
        """What an hour of each sort of usage costs, as far as somebody has priced it."""
        return {}

    def rate(self, region: str, component: str, what: str) -> Price | None:
        """Return one rate; None: not known."""
        if found := self.table.get((region, component, what)):
            return found
        named = self.components.get(component)
        other = named.same_rate if named else None
        like = self.table.get((region, other, what)) if other else None
        return like and Price(like.usd, like.source, like.as_of, assumed=other or "")

    def knows(self, region: str) -> bool:
        """Return whether there are any rates for a region."""
        return any(key[0] == region for key in self.table)

    def over(self, older: "Prices") -> "Prices":
        """Put these rates over older ones."""
        listed = {**older.listed, **self.listed}
        return Prices({**older.table, **self.table}, self.fetched, self.components, listed)

    def with_region(self, region: str, other: "Prices") -> "Prices":
        """Add the rates of a Region that was asked for apart; it has no word about any other."""
        table = {key: price for key, price in other.table.items() if key[0] == region}
        listed = {region: other.fetched} if other.fetched else {}
        return Prices(table, self.fetched, listed=listed).over(self)

    def listed_at(self, region: str) -> datetime | None:
        """Return when the Price List API last answered for a Region; None for never."""
        return self.listed.get(region, self.fetched)

    def unpriced(self, resource: Resource) -> tuple[str, ...]:
        """Return the types of a resource without a rate; all if its kind defines no rates."""
        if resource.jobs:
            every = (each for job in resource.jobs for each in self.unpriced(job))
            return tuple(dict.fromkeys(every))
        component = self.components.priced_as(resource)
        if resource.billing.by_token:
            return (TOKENS,)
        if resource.billing.prepaid:
            return ()
        return tuple(
            each
            for each in resource.instance_types
            if component is None or self.rate(resource.region, component, each) is None
        )

    def was_listed(self, region: str, now: datetime) -> bool:
        """Tell whether the Price List API has answered with a Region's whole list of now."""
        listed = self.listed_at(region)
        return listed is not None and timedelta(0) <= now - listed < LISTED_FOR

    def has_lines(self, resource: Resource) -> bool:
        """Tell whether AWS's own list has any rate for what a resource is billed as."""
        component = self.components.get(self.components.priced_as(resource) or "")
        names = {component.name, component.same_rate} if component else set()
        return any(
            region == resource.region and name in names and price.source == PRICE_LIST
            for (region, name, _), price in self.table.items()
        )

    def is_billed(self, resource: Resource) -> bool:
        """Return whether its kind defines how it is billed; if not, the price is a missing fact."""
        return self.components.priced_as(resource) is not None

    def hourly(self, resource: Resource) -> Decimal | None:
        """Answer what a resource costs an hour while all its instances run; None: not known.

        Where AWS chooses the instances it is the most that they may cost, and never a sum.
        """
        every = self.hourly_of_each(resource)
        return None if every is None else max(every)

    def hourly_of_each(self, resource: Resource) -> tuple[Decimal, ...] | None:
        """Answer what an hour of each of its choices costs; None: not known of all."""
        if resource.steps is not None:  # its jobs cost something, and it nothing besides
            of_jobs = [self.hourly(job) for job in resource.jobs or ()]
            known = [each for each in of_jobs if each is not None]
            return (sum(known, Decimal(0)),) if known and len(known) == len(of_jobs) else None
        component = self.components.priced_as(resource)
        if resource.billing.by_token:
            return None
        if resource.billing.prepaid:
            return (Decimal(0),)
        if resource.instances == 0:
            return None if component is None else (Decimal(0),)
        found: list[Decimal] = []
        for choice in resource.choices:
            total = Decimal(0)
            for group in choice:
                rate = component and self.rate(resource.region, component, group.type or "")
                if not rate or group.count is None:
                    return None
                total += rate.usd * group.count
            found.append(total)
        return tuple(found) or None

    @property
    def age(self) -> str:
        """Return the source and the age of the rates."""
        if self.fetched is None:
            newest = max((price.as_of for price in self.table.values()), default="never")
            return f"{BUNDLED} (newest {newest}); the Price List API has not answered yet"
        return f"{PRICE_LIST} of {self.fetched:%Y-%m-%d %H:%M} UTC"


def is_current(read: datetime, now: datetime) -> bool:
    """Return whether prices that were read then are still recent enough."""
    return timedelta(0) <= now - read < _FRESH


@cache
def bundled_prices() -> Prices:
    """Read the table that came with the package."""
    text = (files("costguard.costs") / "prices.csv").read_text(encoding="utf-8")
    return Prices(
        {
            (r["region"], r["component"], r["type"]): Price(
                Decimal(r["usd"]), r["source"], r["as_of"]
            )
            for r in csv.DictReader(text.splitlines())
        }
    )
