"""The context of an analysis: a policy and its source, the ledger, the prices."""

from collections.abc import Callable, Mapping
from copy import replace
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from importlib.resources import files
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from costguard.adapters.price_list import PriceList, endpoint_for
from costguard.app import known_costs
from costguard.app.ports import WatchPorts
from costguard.common.errors import SourceUnavailableError
from costguard.common.sanitize import single_line
from costguard.costs.budgets import CostContext
from costguard.costs.prices import Prices, bundled_prices
from costguard.enforcement.case import Case
from costguard.policy.exceptions import with_approved
from costguard.policy.loader import parse_policy
from costguard.policy.model import Mode, Policy
from costguard_cli.analysis.assessment import Unreadable
from costguard_cli.analysis.dry_run import NoUsage
from costguard_cli.aws.session import ReadOnlySession
from costguard_cli.aws.stack import Stack, find_stack, policy_text, ports_of
from costguard_cli.errors import is_fatal, why_refused
from costguard_cli.policy_file import read_policy_file

LEDGER = "the ledger"
_IN_CHECKOUT = Path("layers/policy/policy.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisContext:
    """Everything that the analysis of a region rests on. `unseen` is what could not be read."""

    policy: Policy
    source: str
    stack: Stack | None = None
    ports: WatchPorts | None = None  # the deployed guard's; None without a stack
    cases: Mapping[str, Case] = field(default_factory=dict)
    prices: Prices = field(default_factory=bundled_prices)
    list_prices: bool = False  # AWS was asked for them, for this analysis alone
    unseen: tuple[Unreadable, ...] = ()


def analysis_context(
    session: ReadOnlySession,
    stack_name: str,
    file: Path | None,
    ceiling: Mode | None,
    *,
    now: datetime,
) -> AnalysisContext:
    """Read the context. Without a stack the ledger is empty and the bundled prices are used.

    The policy is the given file, else the deployed one, else the checkout's, else the packaged one;
    the ceiling is the given Mode, else the deployed one, else none.
    """
    unseen: list[Unreadable] = []
    stack = _try_read(unseen, "the stack", lambda: find_stack(session, stack_name))
    text, source = (read_policy_file(file), str(file)) if file else (None, "")
    if stack and text is None:
        text = _try_read(unseen, "the deployed policy", lambda: policy_text(session, stack))
        source = f"deployed with the stack {stack.name}"
    if text is None:
        text, source = default_policy()
    read = parse_policy(text)
    policy = stack.limited(read, ceiling) if stack else read.with_ceiling(ceiling or Mode.ENFORCE)
    context = AnalysisContext(policy=policy, source=source, stack=stack)
    ports = stack and _try_read(unseen, LEDGER, lambda: ports_of(session, stack, policy))
    if ports:
        context = _with_ledger(replace(context, ports=ports, policy=ports.policy), unseen, now)
    return replace(context, unseen=tuple(unseen))


def with_list_prices(context: AnalysisContext, session: ReadOnlySession) -> AnalysisContext:
    """Fetch AWS's Price List, free of charge; prices that it lacks stay as they were."""
    pricing = partial(session.client, "pricing", endpoint_for(session.region))
    try:
        fetched = PriceList(pricing).fetch(session.region, session.now)
    except SourceUnavailableError as exc:
        return replace(
            context, unseen=(*context.unseen, Unreadable("list prices", single_line(str(exc))))
        )
    return replace(context, prices=fetched.over(context.prices), list_prices=True)


def money_without_ledger(policy: Policy, prices: Prices, now: datetime) -> CostContext | None:
    """Return the cost context of an account without any metered usage."""
    return known_costs.cost_context(NoUsage(prices), policy, now=now, whole_fleet=True)


def default_policy() -> tuple[str, str]:
    """Read the checkout's policy or the packaged one; return its text and its source."""
    if _IN_CHECKOUT.is_file():
        return read_policy_file(_IN_CHECKOUT), str(_IN_CHECKOUT)
    packaged = files("costguard_cli") / "policy.toml"  # in the wheel; in a checkout it is here:
    checkout = Path(__file__).parents[3] / _IN_CHECKOUT
    text = (packaged if packaged.is_file() else checkout).read_text(encoding="utf-8")
    return text, "the workshop's, which came with this command"


def _with_ledger(
    context: AnalysisContext, unseen: list[Unreadable], now: datetime
) -> AnalysisContext:
    """Add the deployed guard's cases, prices and spend, as far as they can be read."""
    ports = context.ports
    assert ports is not None  # noqa: S101 - only called with a stack
    cases = _try_read(unseen, LEDGER, lambda: {case.ref.key: case for case in ports.cases.all()})
    if cases is None:
        return replace(context, ports=None)
    prices = _try_read(unseen, "the ledger's prices", lambda: ports.usage.prices(now))
    asked = _try_read(unseen, "approved exceptions", ports.exceptions.requests) or ()
    policy = with_approved(context.policy, asked)
    return replace(
        context,
        policy=policy,
        ports=replace(ports, policy=policy),
        cases=cases,
        prices=prices or context.prices,
    )


def _try_read[T](unseen: list[Unreadable], what: str, read: Callable[[], T]) -> T | None:
    """Read; note a refused call as unreadable. Raises errors that would fail every call."""
    try:
        return read()
    except (ClientError, BotoCoreError) as error:
        if is_fatal(error):
            raise
        unseen.append(Unreadable(what, why_refused(error)))
        return None
