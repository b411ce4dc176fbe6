"""What is judged by: a policy and where it came from, the ledger, the prices."""

from collections.abc import Callable, Mapping
from copy import replace
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from importlib.resources import files
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from costguard.adapters.price_list import PriceList, endpoint_for
from costguard.app import metering
from costguard.app.ports import WatchPorts
from costguard.common.errors import SourceUnavailableError
from costguard.common.sanitize import single_line
from costguard.costs.budgets import CostContext
from costguard.costs.prices import Prices, bundled_prices
from costguard.enforcement.case import Case
from costguard.policy.loader import parse_policy
from costguard.policy.model import Mode, Policy
from costguard_cli.analysis.assessment import Unreadable
from costguard_cli.analysis.dry_run import NoUsage
from costguard_cli.aws.session import ReadOnlySession
from costguard_cli.aws.stack import Stack, find_stack, policy_text, ports_of
from costguard_cli.errors import is_fatal, why_refused

LEDGER = "the ledger"
_IN_CHECKOUT = Path("layers/policy/policy.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisContext:
    """All that one region is judged by. `unseen` is what could not be read of it."""

    policy: Policy
    source: str
    stack: Stack | None = None
    ports: WatchPorts | None = None  # the deployed guard's; None without a stack
    cases: Mapping[str, Case] = field(default_factory=dict)
    money: CostContext | None = None
    prices: Prices = field(default_factory=bundled_prices)
    unseen: tuple[Unreadable, ...] = ()


def analysis_context(
    world: ReadOnlySession,
    stack_name: str,
    file: Path | None,
    ceiling: Mode | None,
    *,
    now: datetime,
) -> AnalysisContext:
    """Find what to judge by. Without a stack the ledger is empty and the prices are the bundled.

    The policy is the file that was named, else the deployed one, else the checkout's, else ours;
    the ceiling is the Mode that was named, else the deployed one, else none.
    """
    unseen: list[Unreadable] = []
    stack = _asked(unseen, "the stack", lambda: find_stack(world, stack_name))
    text, source = (file.read_text(encoding="utf-8"), str(file)) if file else (None, "")
    if stack and text is None:
        text = _asked(unseen, "the deployed policy", lambda: policy_text(world, stack))
        source = f"deployed with the stack {stack.name}"
    if text is None:
        text, source = policy_nearby()
    policy = parse_policy(text).with_ceiling(ceiling or (stack.mode if stack else Mode.ENFORCE))
    money = money_without_ledger(policy, bundled_prices(), now)
    found = AnalysisContext(policy=policy, source=source, stack=stack, money=money)
    if stack:
        found = _remembering(replace(found, ports=ports_of(world, stack, policy)), unseen, now)
    return replace(found, unseen=tuple(unseen))


def with_list_prices(found: AnalysisContext, world: ReadOnlySession) -> AnalysisContext:
    """Ask AWS's Price List, which costs nothing; what it does not tell stays as it was."""
    pricing = partial(world.client, "pricing", endpoint_for(world.region))
    try:
        fetched = PriceList(pricing).fetch(world.region, world.now)
    except SourceUnavailableError as exc:
        return replace(
            found, unseen=(*found.unseen, Unreadable("list prices", single_line(str(exc))))
        )
    prices = fetched.over(found.prices)
    return replace(found, prices=prices, money=found.money and replace(found.money, prices=prices))


def money_without_ledger(policy: Policy, prices: Prices, now: datetime) -> CostContext | None:
    """Answer what the rules may know of money where nothing was ever metered."""
    return metering.cost_context(NoUsage(prices), policy, now=now)


def policy_nearby() -> tuple[str, str]:
    """Read the checkout's policy, or the one that came with this command; and say which."""
    if _IN_CHECKOUT.is_file():
        return _IN_CHECKOUT.read_text(encoding="utf-8"), str(_IN_CHECKOUT)
    packed = files("costguard_cli") / "policy.toml"  # in the wheel; in a checkout it is here:
    here = Path(__file__).parents[3] / _IN_CHECKOUT
    text = (packed if packed.is_file() else here).read_text(encoding="utf-8")
    return text, "the workshop's, which came with this command"


def _remembering(
    found: AnalysisContext, unseen: list[Unreadable], now: datetime
) -> AnalysisContext:
    """Add what the deployed guard remembers; where that may not be read, nothing is known."""
    ports = found.ports
    assert ports is not None  # noqa: S101 - only called with a stack
    cases = _asked(unseen, LEDGER, lambda: {case.ref.key: case for case in ports.cases.all()})
    if cases is None:
        return found
    prices = _asked(unseen, "the ledger's prices", lambda: ports.usage.prices(now))
    money = _asked(
        unseen, "what was spent", lambda: metering.cost_context(ports.usage, found.policy, now=now)
    )
    return replace(found, cases=cases, money=money, prices=prices or found.prices)


def _asked[T](unseen: list[Unreadable], what: str, ask: Callable[[], T]) -> T | None:
    """Ask; what is refused is noted. Raises what no other call would survive either."""
    try:
        return ask()
    except (ClientError, BotoCoreError) as error:
        if is_fatal(error):
            raise
        unseen.append(Unreadable(what, why_refused(error)))
        return None
