"""The stack as it is deployed: a policy and a mode, and every function wired to them."""

from collections.abc import Callable
from copy import replace
from typing import Any

from costguard.adapters.slack import SlackChannel
from costguard.adapters.sqs import SqsNotifyQueue
from costguard.bootstrap import guard, notifier, responder
from costguard.bootstrap.settings import GuardSettings, NotifySettings, RespondSettings
from costguard.notifications.ports import NotificationPorts
from costguard.ownership.channel import Channel
from costguard.policy.loader import parse_policy
from costguard.policy.model import Mode, Policy
from tests.contract.template import EVERYTHING
from tests.factories import run_sequentially
from tests.soak.build import Build
from tests.soak.cloud import Cloud

_ENV = EVERYTHING.environment("Sweep") | {
    "STOP_QUEUE_URL": "stops",
    "MODE": "enforce",
    "SWEEP_EVERY": "rate(10 minutes)",
}
_CHANNELS = {"NOTIFY_QUEUE_URL": "notices", "MAIL_FROM": "costguard@example.org"}
_SLACK = {"SLACK_TOKEN_NAME": "slack", "SLACK_WEBHOOK_NAME": "", "CHAT_TOPIC_ARN": ""}
SETTINGS = GuardSettings.read(_ENV | _CHANNELS)
_RESPOND_SETTINGS = RespondSettings.read(_ENV | {"PARK_QUEUE_URL": ""})
NOTIFY_SETTINGS = NotifySettings.read(
    EVERYTHING.environment("Notify") | _CHANNELS | _SLACK | {"MODE": "enforce"}
)


class Deployment:
    """One stack, which its admins deploy again with another policy or mode."""

    def __init__(self, policy: str, build: Build, cloud: Cloud) -> None:
        self.policy, self.mode = policy, Mode.ENFORCE
        self._build, self._cloud = build, cloud
        self.roll_out()

    def roll_out(self, *, policy: str | None = None, mode: Mode | None = None) -> None:
        """Deploy a policy or a mode: every container begins anew."""
        self.policy, self.mode = policy or self.policy, mode or self.mode
        read = self._build.policy(parse_policy(self.policy)).with_ceiling(self.mode)
        self.watch_ports = self._wired(guard.wire_watch, read)
        self.sweep_ports = self._wired(guard.wire_sweep, read)
        self.enforce_ports = self._wired(guard.wire_enforce, read)
        respond = responder.wire_respond(_RESPOND_SETTINGS, read, self._cloud.client)
        self.respond_ports = self._build.answers(respond, self._cloud)
        self.notifier_ports = self._build.notifier(self._notifier(read), self._cloud)

    def _wired(self, wire: Callable[..., Any], of: Policy) -> Any:
        """Wire a function as it is built, its tasks in sequence, so that a run can be repeated."""
        wired = replace(wire(SETTINGS, of, self._cloud.client), run_concurrently=run_sequentially)
        return self._build.ports(wired, self._cloud)

    def _notifier(self, of: Policy) -> NotificationPorts:
        queue = SqsNotifyQueue(self._cloud.client("sqs"), NOTIFY_SETTINGS.queue)
        ports = notifier.wire_notifier(NOTIFY_SETTINGS, of, self._cloud.client, queue)
        senders = dict(ports.senders)
        slack = senders[Channel.SLACK]
        assert isinstance(slack, SlackChannel)
        senders[Channel.SLACK] = replace(slack, sleep=lambda _seconds: None)
        assert set(senders) == {Channel.SNS, Channel.EMAIL, Channel.SLACK}
        return replace(ports, senders=senders)
