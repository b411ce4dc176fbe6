"""The deployed guard in this process: its functions, queues and schedules on a simulated clock.

The functions run the real jobs over the real adapters. How often an event, a stop or a notice is
tried again, and when it becomes a dead letter, is read from template.yaml.
"""

import contextlib
import io
import json
from collections import Counter
from collections.abc import Callable, Mapping
from copy import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID

from costguard.adapters.probe_client import Ask
from costguard.app.silence import is_late
from costguard.app.stop_request import parse_stop_request
from costguard.notifications import dispatcher
from costguard.notifications.batch import QueueMessage
from local.clock import Clock
from local.faults import REFUSALS, FaultPlan, FaultRates
from local.sagemaker.account import Account
from tests.contract.template import EVERYTHING
from tests.soak.build import PROPERTIES, Build, Queue, QueuedMessage, own_faults
from tests.soak.cloud import Cloud, Killed, Params
from tests.soak.deployment import NOTIFY_SETTINGS, SETTINGS, Deployment
from tests.soak.in_memory_table import Table
from tests.soak.receivers import Receivers

SWEEP = timedelta(minutes=10)
EVENT_TAKES = timedelta(seconds=2)
SKEW = timedelta(seconds=90)
LATE_SWEEPS = 0.01
"""Of the sweeps: those that wait for hours in Lambda's queue of asynchronous calls."""
DOUBLED = 0.05
"""Of the messages of a queue: those that SQS delivers twice."""
_SUBSCRIBED = {
    "SubscriptionArn": f"{SETTINGS.alerts_topic}:6e1f",
    "Protocol": "email",
    "Owner": "",
    "Endpoint": "admins@example.org",
    "TopicArn": "",
}
_RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=2))
_CALLS = EVERYTHING.functions["Watch"]["Events"]["Call"]["Properties"]["Pattern"]["detail"]
_CHANGES = EVERYTHING.functions["Watch"]["Events"]["StateChange"]["Properties"]["Pattern"]

type Job = Callable[[], object]
type Heard = Callable[[str, Mapping[str, Any]], None]


def nobody_is_in(_name: str, /, *, kernels: bool = False) -> Mapping[str, Any]:
    """Answer for a notebook without a Jupyter server."""
    return {"problem": "nobody is in", "unasked": str(kernels)}


class Simulation:
    """One account with the guard deployed, on a simulated clock."""

    def __init__(
        self, seed: int, start: datetime, policy: str, rates: FaultRates, build: Build
    ) -> None:
        self.clock = Clock(start, frozen=True)
        self.plan = FaultPlan(seed, rates)
        self.account = Account(self.clock, self._emitted, region="us-east-2")
        self.table = Table(self._row)
        self.cloud = Cloud(self.account, self.clock, self.plan, self.table)
        self.invocations: Counter[str] = Counter()
        self.dead_letters: list[tuple[datetime, str, str]] = []
        self.unexpected_errors: list[str] = []  # what the guard raised that is no refusal by AWS
        self.on_row_written: Callable[[Mapping[str, Any]], None] = lambda _row: None
        self.on_published: Heard = lambda _topic, _said: None
        self.on_run: Callable[[str, datetime, list[str]], None] = lambda _job, _now, _handed: None
        self.on_output: Callable[[str, str], None] = lambda _function, _printed: None
        self.probe: Ask = nobody_is_in
        self.build = build
        self._ids = count(1)
        self._redriven = 0  # of notify's dead letters
        self._stops, self._notices = Queue.of("StopQueue"), Queue.of("NotifyQueue")
        self._enqueued: list[str] = []
        self._latest: dict[str, Mapping[str, Any]] = {}  # event of a resource, by kind/name
        self.cloud.concurrent_writer = self._rival
        self.receivers = Receivers(self.cloud, self.plan)
        self._serve()
        self.deployed = Deployment(policy, build, self.cloud)
        self.silent_until = self.notify_blocked_until = self.stops_blocked_until = start
        self.sweeps_blocked_until = start

    def start_schedule(self) -> None:
        """Start the schedule."""
        self.clock.call_in(SWEEP, self._tick)

    @property
    def waiting_notices(self) -> list[QueuedMessage]:
        """The messages that `notify` could take now."""
        return self._notices.waiting

    def _serve(self) -> None:
        serves = self.cloud.serves
        serves["sns", "Publish"] = self._publish
        serves["sns", "PublishBatch"] = self._publish_each
        serves["sns", "GetTopicAttributes"] = lambda _: {
            "Attributes": {"SubscriptionsConfirmed": "1"}
        }
        serves["sqs", "SendMessage"] = self._send
        serves["lambda", "Invoke"] = self._invoke_probe
        serves["sns", "ListSubscriptionsByTopic"] = lambda _asked: {"Subscriptions": [_SUBSCRIBED]}
        serves["sns", "GetTopicAttributes"] = lambda _asked: {
            "Attributes": {"SubscriptionsConfirmed": "1", "SubscriptionsPending": "0"}
        }
        serves["cloudwatch", "GetMetricData"] = lambda _asked: {"MetricDataResults": []}

    def _row(self, row: Mapping[str, Any]) -> None:
        self.on_row_written(row)

    def _emitted(self, event: dict[str, Any]) -> None:
        """Let EventBridge match an event, and Lambda take it."""
        detail = event["detail"]
        called = detail.get("eventName") in _CALLS["eventName"] and "errorCode" not in detail
        if event["detail-type"] not in _CHANGES["detail-type"] and not called:
            return
        rng = self.plan.random(f"skew/{event['id']}")
        if not self.plan.rates.is_quiet(self.clock.now()) and rng.random() < 0.1:
            event = {**event, "time": _shifted(event["time"], SKEW * rng.uniform(-1, 1))}
            self.plan.injected["clock skew"] += 1
        seen = json.loads(json.dumps(event))
        for arn in event["resources"]:
            self._latest[arn.rpartition(":")[2]] = seen
        job = partial(self._watch, seen)
        self.clock.call_in(EVENT_TAKES, partial(self._asynchronous, "Watch", job))

    def _rival(self, case: str) -> bool:
        """Let the latest event of a resource be delivered once more, while another works on it."""
        if case not in self._latest:
            return False
        handed = self._enqueued
        self._ran("Watch", partial(self._watch, self._latest[case]))
        self._enqueued = handed
        return True

    def _watch(self, event: Mapping[str, Any]) -> None:
        self.build.watch(self.deployed.watch_ports, event, now=self.clock.now())

    def _tick(self) -> None:
        """Let the schedule strike; now and then it does not, or twice, or Lambda is hours late."""
        now = self.clock.now()
        rng = self.plan.random("schedule")
        quiet, fate = self.plan.rates.is_quiet(now), rng.random()
        times = 1 if quiet or fate >= 0.04 else 0 if fate < 0.02 else 2
        times = 0 if now < self.sweeps_blocked_until else times
        late = timedelta()
        if not quiet and rng.random() < LATE_SWEEPS:
            late = timedelta(hours=rng.uniform(0.3, 5))
            self.plan.injected["late sweeps"] += 1
        for _ in range(times):
            sweep = partial(self._sweep, now)
            self.clock.call_in(late, partial(self._asynchronous, "Sweep", sweep, since=now))
        self.clock.call_in(SWEEP, self._tick)

    def _sweep(self, due: datetime) -> None:
        """Sweep as the handler does: now, unless the next one is due."""
        now = self.clock.now()
        if not is_late(due.isoformat(), SWEEP, now=now):
            self.build.sweep(self.deployed.sweep_ports, now=now)

    def _asynchronous(
        self, function: str, job: Job, tries: int = 0, since: datetime | None = None
    ) -> None:
        """Invoke a function as Lambda does for a caller that does not wait."""
        now, settings = self.clock.now(), PROPERTIES[function]["EventInvokeConfig"]
        since = since or now
        again = partial(self._asynchronous, function, job, tries, since)
        if now < self.silent_until:  # throttled
            age = timedelta(seconds=settings.get("MaximumEventAgeInSeconds", 21600))
            if self.silent_until - since <= age:
                self.clock.call_at(self.silent_until, again)
            return
        if self._ran(function, job):
            return
        if tries < settings["MaximumRetryAttempts"]:
            again = partial(self._asynchronous, function, job, tries + 1, since)
            self.clock.call_in(_RETRY_AFTER[tries], again)
        else:
            self.dead_letters.append((self.clock.now(), function, ""))

    def _ran(self, function: str, job: Job) -> bool:
        """Run a function to its end, or to where it fails or is killed."""
        self._enqueued = []
        self.receivers.invoked()
        self.invocations[function] += 1
        try:
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                job()
        except Killed:
            done = False
        except Exception as exc:  # noqa: BLE001 - Lambda takes note of any
            self.unexpected_errors += [repr(each) for each in own_faults(exc)]
            done = False
        else:
            done = True
        self.on_output(function, printed.getvalue())
        self.on_run(function, self.clock.now(), self._enqueued)
        return done

    def _send(self, parameters: Params) -> dict[str, Any]:
        """Take a message into a queue; SQS delivers it once, or twice."""
        name = str(UUID(int=next(self._ids)))
        message = QueuedMessage(name, parameters["MessageBody"], self.clock.now())
        rng = self.plan.random("sqs")
        if parameters["QueueUrl"] == NOTIFY_SETTINGS.queue:
            delay = timedelta(seconds=parameters.get("DelaySeconds", 0))
            self.clock.call_in(delay, partial(self._arrive, message))
            return {"MessageId": name}
        self._enqueued += [ref.key for ref in parse_stop_request(message.body)[0]]
        quiet = self.plan.rates.is_quiet(self.clock.now())
        slow = timedelta(seconds=rng.uniform(1, 20 if quiet else 600))
        self.clock.call_in(slow, partial(self._enforce, message))
        if not quiet and rng.random() < DOUBLED:
            self.plan.injected["doubled messages"] += 1
            self.clock.call_in(
                slow + timedelta(seconds=1), partial(self._enforce, replace(message))
            )
        return {"MessageId": name}

    def _enforce(self, message: QueuedMessage) -> None:
        if (blocked := max(self.stops_blocked_until, self.silent_until)) > self.clock.now():
            self.clock.call_at(blocked, partial(self._enforce, message))
            return
        message.tries += 1
        refs, _ = parse_stop_request(message.body)
        if self._ran("Enforce", partial(self._stop, refs)):
            return
        if message.tries < self._stops.max_receives:
            self.clock.call_in(self._stops.visibility_timeout, partial(self._enforce, message))
        else:
            self.dead_letters.append((self.clock.now(), "Enforce", message.body))

    def _stop(self, refs: Any) -> None:
        self.build.enforce(self.deployed.enforce_ports, refs, now=self.clock.now())

    def _publish(self, parameters: Params) -> dict[str, Any]:
        """Take a message for a topic, and pass it on to its subscribers."""
        topic = "alerts" if parameters["TopicArn"] == SETTINGS.alerts_topic else "summary"
        if topic == "alerts":
            self.on_published(topic, json.loads(parameters["Message"]))
            self._arrive(
                QueuedMessage(
                    str(UUID(int=next(self._ids))), parameters["Message"], self.clock.now()
                )
            )
        else:
            self.receivers.text(parameters)
        return {"MessageId": str(next(self._ids))}

    def _publish_each(self, parameters: Params) -> dict[str, Any]:
        """Take several messages for a topic; each of them may be refused by itself."""
        answer: dict[str, Any] = {"Successful": [], "Failed": []}
        for each in parameters["PublishBatchRequestEntries"]:
            now, subject = self.clock.now(), str(each["Subject"])
            if self.plan.fault_of("sns", "PublishBatch entry", subject, now) in REFUSALS:
                failed = {"Code": "InternalFailure", "SenderFault": False}
                answer["Failed"].append({"Id": each["Id"], **failed})
            else:
                told = self._publish({"TopicArn": parameters["TopicArn"], **each})
                answer["Successful"].append({"Id": each["Id"], **told})
        return answer

    def _arrive(self, message: QueuedMessage) -> None:
        """Let a message come to the notify queue; SQS delivers it once, or twice."""
        self._notices.waiting.append(message)
        self.clock.call_in(timedelta(seconds=5), self._notify)
        rng = self.plan.random("doubled notices")
        doubled = rng.random() < DOUBLED and not self.plan.rates.is_quiet(self.clock.now())
        if doubled and not message.tries:
            self.plan.injected["doubled notices"] += 1
            again = partial(self._notices.waiting.append, replace(message))
            self.clock.call_in(timedelta(seconds=rng.uniform(0, 600)), again)
            self.clock.call_in(timedelta(seconds=605), self._notify)

    def _notify(self) -> None:
        """Let the notify function take what waits, ten messages at most."""
        if (blocked := max(self.notify_blocked_until, self.silent_until)) > self.clock.now():
            self.clock.call_at(blocked, self._notify)
            return
        batch, self._notices.waiting = self._notices.waiting[:10], self._notices.waiting[10:]
        if not batch:
            return
        for message in batch:
            message.tries += 1
        messages = [QueueMessage(id=m.id, body=m.body, tries=m.tries, sent=m.sent) for m in batch]
        retry_in: dict[str, timedelta] = {}
        if not self._ran("Notify", lambda: retry_in.update(self._deliver(messages))):
            retry_in = {m.id: self._notices.visibility_timeout for m in batch}
        for message in batch:
            if message.id in retry_in:
                self._back(message, retry_in[message.id])

    def _deliver(self, messages: list[QueueMessage]) -> Mapping[str, timedelta]:
        ports = self.deployed.notifier_ports
        return dispatcher.deliver(ports, messages, now=self.clock.now).again

    def _back(self, message: QueuedMessage, hidden: timedelta) -> None:
        if message.tries >= self._notices.max_receives:
            self.dead_letters.append((self.clock.now(), "Notify", message.body))
        else:
            self.clock.call_in(hidden, partial(self._arrive, message))

    def answer(self, event: Mapping[str, Any]) -> int:
        """Let somebody answer at the function URL; return the status, 500 where it failed."""
        statuses = [500]

        def job() -> None:
            ports, now = self.deployed.respond_ports, self.clock.now()
            statuses.append(self.build.respond(ports, event, now=now)["statusCode"])

        self._ran("Respond", job)
        return statuses[-1]

    def redrive(self) -> None:
        """Let the admins send on what notify could not deliver; the rest is only looked at."""
        dead = [letter for letter in self.dead_letters if letter[1] == "Notify"]
        for number, (_, _, body) in enumerate(dead[self._redriven :], start=self._redriven):
            self._arrive(QueuedMessage(f"redriven-{number}", body, self.clock.now()))
        self._redriven = len(dead)

    def _invoke_probe(self, parameters: Params) -> dict[str, Any]:
        asked = json.loads(parameters["Payload"])
        facts = self.probe(asked["notebook"], kernels=asked["kernels"])
        return {"Payload": io.BytesIO(json.dumps(facts).encode())}


def _shifted(time: str, by: timedelta) -> str:
    moment = datetime.fromisoformat(time) + by
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
