"""The Studio domains of an audit, on the terminal and for machines."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from rich.console import Console

from costguard.common.formatting import pluralize, usd
from costguard.common.sanitize import single_line
from costguard.costs.prices import GB_MONTH, Prices
from costguard.resources.kinds.space import KIND as SPACE
from costguard_cli.analysis.studio import StudioDomain, StudioSurvey
from costguard_cli.console import POOR, QUIET, heading
from costguard_cli.console import text as shown

_NOTE = (
    "AWS's own idle shutdown; a running app needs a restart, an open kernel or terminal stops it"
)


def show_studio(console: Console, seen: StudioSurvey | None, region: str, prices: Prices) -> None:
    """Print what is off and each line that turns it on; nothing where there is no domain."""
    if seen is None or not seen.domains:
        return
    console.print(heading(f"Studio in {region}", _NOTE))
    console.print(shown(f"{summary_of(seen)} {volumes_of(seen, region, prices)}", POOR, limit=300))
    for domain in seen.domains:
        console.print(shown(says_of_domain(domain), limit=1000))
        for line in commands_of(domain):
            console.print(f"  {line}", style=QUIET, markup=False, soft_wrap=True)  # to be copied


def summary_of(seen: StudioSurvey) -> str:
    """Say it in one sentence: `3 domains, idle shutdown off in 2.`"""
    off = sum(domain.is_off for domain in seen.domains)
    domains = pluralize(len(seen.domains), "domain")
    return f"{domains}, idle shutdown off in {off or 'none'}."


def volumes_of(seen: StudioSurvey, region: str, prices: Prices) -> str:
    """Say what the volumes of the spaces cost a month."""
    if not seen.spaces:
        return "No space."
    month = monthly_of(seen, region, prices)
    cost = "a price that is not known" if month is None else f"{usd(month)} a month"
    return f"{pluralize(seen.spaces, 'space')}, {seen.gigabytes} GB, {cost}."


def monthly_of(seen: StudioSurvey, region: str, prices: Prices) -> Decimal | None:
    """Answer what the volumes cost a month by list price; None: not known."""
    rate = prices.rate(region, SPACE.billing[0].name, GB_MONTH)
    return None if rate is None else rate.usd * seen.gigabytes


def says_of_domain(domain: StudioDomain) -> str:
    """Say what one domain, and what of it is otherwise: `lab (d-1): JupyterLab off`."""
    waits = [f"{app} {_time(minutes)}" for app, minutes in domain.minutes.items()]
    waits += [f"{o.what}: {o.app} {_time(o.minutes)}" for o in domain.overrides]
    name = f"{single_line(domain.name, 63)} ({single_line(domain.id, 63)})"
    return f"{name}: {'; '.join(single_line(each) for each in waits)}"


def studio_dict(seen: StudioSurvey | None, region: str, prices: Prices) -> dict[str, Any] | None:
    """Write it for machines."""
    if seen is None:
        return None
    month = monthly_of(seen, region, prices)
    return {
        "region": region,
        "idle_shutdown_off": sum(domain.is_off for domain in seen.domains),
        "domains": [_domain_dict(domain) for domain in seen.domains],
        "spaces": seen.spaces,
        "volume_gb": seen.gigabytes,
        "usd_per_month": None if month is None else str(month),
    }


def _domain_dict(domain: StudioDomain) -> dict[str, Any]:
    overrides = [
        {"what": o.what, "app": o.app, "idle_minutes": o.minutes, "command": o.command}
        for o in domain.overrides
    ]
    return {
        "id": domain.id,
        "name": domain.name,
        "idle_minutes": dict(domain.minutes),
        "commands": dict(domain.commands),
        "overrides": overrides,
    }


def commands_of(domain: StudioDomain) -> Iterator[str]:
    """List the lines that turn it on, of the domain and of what overrides it."""
    yield from domain.commands.values()
    yield from (override.command for override in domain.overrides)


def _time(minutes: int | None) -> str:
    return "off" if minutes is None else f"after {minutes:,} min"
