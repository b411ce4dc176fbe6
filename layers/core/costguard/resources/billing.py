"""What a kind is billed for, and how AWS writes it on its price list and on its bill."""

from enum import Enum

from msgspec import Struct


class Metered(Enum):
    """What of a resource a billing component is measured by."""

    RUN = "run"  # its instances, while it runs
    CHILDREN = "children"  # what it starts, and what is metered there
    VOLUME = "volume"  # its storage, while it exists
    WARM_POOL = "warm-pool"  # its instances, kept after it ended


class Unit(Enum):
    """What one unit of a price is, as the Price List spells it."""

    HOUR = "Hrs"
    GB_MONTH = "GB-Mo"


class BillingComponent(Struct, frozen=True, kw_only=True):
    """One thing that a kind is billed for. A name may occur in several kinds, which share it."""

    name: str
    metered: Metered = Metered.RUN
    unit: Unit = Unit.HOUR
    price_list: tuple[str, ...] = ()  # what its usage types begin with, before the instance type
    bill: tuple[str, ...] = ()  # what its usage types begin with on the bill
    same_rate: str | None = None  # the component whose rate stands in where its own is not listed
