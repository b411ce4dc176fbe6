"""Install what MiniStack lacks while it runs.

Importing this imports MiniStack, which reads the environment: set it first, or be content with
what is set here.
"""

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any

from ministack import app as ministack
from ministack.core.responses import request_scope
from ministack.services import eventbridge, lambda_svc, scheduler, sqs

from local.clock import Clock
from local.ministack import (
    cfn_conditions,
    cfn_properties,
    cfn_templates,
    clock,
    cloudwatch_alarms,
    cloudwatch_metrics,
    control_api,
    event_buses,
    function_urls,
    iam_simulation,
    json_services,
    lambda_clock,
    lambda_layers,
    lambda_logs,
    organization,
    parsed_once,
    s3_encryption,
    sagemaker,
    ses_smtp,
)
from local.ministack.aws_budgets import Budgets
from local.ministack.billing import Billing
from local.ministack.cloudtrail import Trail
from local.ministack.cost_explorer import CostExplorer
from local.ministack.fork_server import ForkServers
from local.ministack.lambda_async import Invoker
from local.ministack.lambda_environments import Environments
from local.ministack.price_list import PriceList
from local.ministack.scaling import ScalableTargets
from local.ministack.scheduler import Schedules
from local.ministack.server import App
from local.ministack.step_functions import StateMachines
from local.sagemaker.account import Account


def _nothing() -> None:
    """Start no real-time ticker: schedules are on the clock."""


class Host:
    """MiniStack and the added services in one process, on one clock."""

    def __init__(self, clock: Clock, accounts: Sequence[Account], endpoint: str) -> None:
        self._clock = clock
        self._accounts = accounts
        self._account = account = accounts[0]
        self._endpoint = endpoint
        self._invoker = Invoker(clock, endpoint)
        self._environments = Environments()
        self._fork_servers = ForkServers()
        self._layers = lambda_layers.Layers()
        self._function_clock = lambda_clock.FunctionClock(clock)
        self._schedules = Schedules(clock)
        self._machines = StateMachines(clock, endpoint)
        place = account.place
        self.budgets = Budgets(place.account_id)
        self._trail = Trail(clock.now)
        self.mailbox = ses_smtp.Mailbox()
        self._polling = threading.Lock()
        self._poll = lambda_svc._poll_sqs
        self._awaited: set[int] = set()
        self._backoff = lambda_svc._ESM_BACKOFF_SECONDS

    @property
    def app(self) -> App:
        """The whole account as one web application."""
        return control_api.mount(ministack.app, self._clock)

    def install(self) -> None:
        """Put everything in its place."""
        ministack.AUTH = True
        sqs.DEFAULT_HOST, sqs.DEFAULT_PORT = self._endpoint.removeprefix("http://").split(":")
        sqs._HOST_EXPLICIT = True
        eventbridge.start_scheduler = scheduler.start_scheduler = _nothing
        lambda_svc._poll_sqs = self._poll_alone
        lambda_svc._ESM_BACKOFF_SECONDS = 0.0
        lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS = 0.002
        self._layers.install()
        self._fork_servers.install()
        self._function_clock.install()
        lambda_logs.install()
        clock.install(self._clock)
        cloudwatch_metrics.install()
        cloudwatch_alarms.install(self.deliver)
        self.mailbox.install()
        self._invoker.install()
        self._environments.install()
        self._schedules.install()
        self._machines.install()
        cfn_conditions.install()
        cfn_templates.install()
        self._trail.install()
        cfn_properties.install(self._schedules.refresh, self._account.call)
        parsed_once.install()
        s3_encryption.install()
        function_urls.install()
        iam_simulation.install()
        sagemaker.install(self._accounts)
        organization.install({each.place.account_id for each in self._accounts})
        event_buses.install()
        place = self._account.place
        json_services.install(PriceList(place))
        json_services.install(CostExplorer(self._account))
        json_services.install(
            self.budgets,
            actions={"DescribeBudgets": "ViewBudget"},
            resource=f"arn:aws:budgets::{place.account_id}:budget/*",
        )
        json_services.install(ScalableTargets(self._clock))
        json_services.install(Billing(self._account))

    def uninstall(self) -> None:
        """Forget the account's state, and uninstall everything."""
        ministack._reset_all_state()
        event_buses.uninstall()
        organization.uninstall()
        s3_encryption.uninstall()
        parsed_once.uninstall()
        function_urls.uninstall()
        iam_simulation.uninstall()
        cfn_properties.uninstall()
        cfn_templates.uninstall()
        cfn_conditions.uninstall()
        self._trail.uninstall()
        self._machines.uninstall()
        self._schedules.uninstall()
        self._environments.uninstall()
        self._invoker.uninstall()
        self.mailbox.uninstall()
        cloudwatch_alarms.uninstall()
        cloudwatch_metrics.uninstall()
        clock.uninstall()
        lambda_logs.uninstall()
        self._function_clock.uninstall()
        self._fork_servers.uninstall()
        self._layers.uninstall()
        lambda_svc._poll_sqs = self._poll
        lambda_svc._ESM_BACKOFF_SECONDS = self._backoff

    def deliver(self, event: Mapping[str, Any]) -> None:
        """Match an event against the rules of its account and region, and send it to their targets.

        `PutEvents` refuses a source of AWS and gives an event its own time and id.
        """
        sagemaker.emit(dict(event))

    def has_message(self, queue: str) -> bool:
        """Whether a queue has a visible message; this makes no call."""
        return _has_visible(queue)

    def busy(self) -> str:
        """Return what is still running; empty when nothing is."""
        with self._polling:
            if self._invoker.running:
                return f"{self._invoker.running} asynchronous invocations"
            if running := lambda_svc.executions_in_flight()[1]:
                return f"running {', '.join(running)}"
            if self._machines.running > 0:
                return f"{self._machines.running} state machines"
            if lambda_svc._esm_inflight:
                return "batches from queues"
            if self.mailbox.busy():
                return "mail on its way"
            return ", ".join(queue for queue in _mapped_queues() if _has_visible(queue))

    def wait_for_an_invocation(self, seconds: float) -> None:
        """Wait until an asynchronous invocation has ended, if any runs."""
        self._invoker.wait_for_one(seconds)

    def settle(self) -> bool:
        """Schedule messages that become visible later, and evaluate alarms; True if one changed."""
        with request_scope(self._account.place.account_id, self._account.place.region):
            for when in set(_visible_again()) - self._awaited:
                self._awaited.add(when)
                self._clock.call_at(datetime.fromtimestamp(when, UTC), lambda_svc._esm_wake.set)
            return cloudwatch_alarms.evaluate_all()

    def _poll_alone(self) -> Any:
        with self._polling:
            return self._poll()


def _mapped_queues() -> list[str]:
    """Name the queues that a function takes from; one without concurrency takes nothing."""
    found = []
    for account, region, mapping in lambda_svc._iter_all_esms():
        with request_scope(account, region):
            function = lambda_svc._functions.get(mapping["FunctionArn"].split(":")[6]) or {}
        if mapping.get("Enabled", True) and function.get("concurrency") != 0:
            found.append(mapping["EventSourceArn"])
    return found


def _visible_again() -> list[int]:
    """Say when messages that wait in those queues can be taken."""
    now = sqs.time.time()
    queues = [sqs._queue_by_arn(arn) for arn in _mapped_queues()]
    waiting = [m["visible_at"] for queue in queues if queue for m in list(queue["messages"])]
    return [ceil(when) for when in waiting if when > now]


def _has_visible(arn: str) -> bool:
    _, _, _, region, account, _ = arn.split(":")
    with request_scope(account, region):
        queue = sqs._queue_by_arn(arn)
    now = sqs.time.time()
    return bool(queue) and any(m.get("visible_at", now) <= now for m in list(queue["messages"]))
