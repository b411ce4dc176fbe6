"""The local AWS in this process: MiniStack with IAM enforced, SageMaker beside it, on one clock."""

import importlib
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import boto3
from botocore.loaders import create_loader
from botocore.session import get_session

from local.clock import Clock
from local.fault_injection import FaultInjector
from local.jupyter.proxy import Proxy
from local.ministack.server import HOST, ROOT, App, Environment, Server, listen
from local.sagemaker.account import Account
from local.sagemaker.event_delivery import Faults
from local.sagemaker.timings import Timings

if TYPE_CHECKING:
    from local.ministack.aws_budgets import Budgets
    from local.ministack.host import Host
    from local.ministack.ses_smtp import Mailbox

REGION = "us-east-2"
ACCOUNT = "123456789012"
SETTLED_WITHIN = 60.0  # seconds, real ones
LOOK_EVERY = 0.001
LONGEST_LOOK = 0.25  # while asynchronous invocations run
QUIET_LOOKS = 3

_models = create_loader()
_one_at_a_time = threading.Lock()  # MiniStack keeps its state in its modules


class UnsettledError(TimeoutError):
    """Something in the account did not finish in time."""


class LocalAws:
    """An AWS account on this machine, for as long as the `with` block lasts.

    `port` 0 takes a free one. A frozen clock moves only when told; otherwise it runs with real
    time, and can be moved ahead of it. `places` are other accounts and Regions of the same
    organization, such as "222233334444/us-west-2"; an account that is none of them is in none.
    """

    def __init__(  # noqa: PLR0913 - what an account is made of
        self,
        *,
        port: int = 4566,
        start: datetime | None = None,
        frozen: bool = False,
        region: str = REGION,
        pace: Timings | None = None,
        faults: Faults | None = None,
        places: Sequence[str] = (),
    ) -> None:
        self.region = region
        self.clock = Clock(start, frozen=frozen, after_each=self.settle)
        self.account = Account(
            self.clock,
            self.deliver,
            region=region,
            account_id=ACCOUNT,
            pace=pace,
            faults=faults,
        )
        self.notebooks = Proxy(self.clock)
        self.account.use_presigner(self.notebooks.presign)
        self.elsewhere = {place: self._there(place) for place in places}
        self._port = port
        self._clients: dict[tuple[str, str], Any] = {}
        self._host: Host | None = None

    def _there(self, place: str) -> Account:
        """Make SageMaker of another account or Region; its notebooks are behind the one proxy."""
        account, _, region = place.partition("/")
        made = Account(self.clock, self.deliver, region=region, account_id=account)
        made.use_presigner(self.notebooks.presign)
        return made

    @property
    def endpoint(self) -> str:
        """Where the account answers."""
        return f"http://{HOST}:{self._port}"

    @property
    def env(self) -> dict[str, str]:
        """The environment a client needs."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ROOT,
            "AWS_SECRET_ACCESS_KEY": ROOT,
            "AWS_DEFAULT_REGION": self.region,
        }

    def __enter__(self) -> Self:
        """Start the account, empty."""
        if not _one_at_a_time.acquire(blocking=False):
            raise RuntimeError("one local AWS at a time in a process")
        with ExitStack() as undo:
            undo.callback(_one_at_a_time.release)
            self._start(undo)
            self._stop = undo.pop_all()
        return self

    def _start(self, undo: ExitStack) -> None:
        sock = undo.enter_context(listen(self._port))
        self._port = sock.getsockname()[1]
        environment = Environment(self.env, account=ACCOUNT, region=self.region, port=self._port)
        environment.set()
        undo.callback(environment.restore)
        self._root = _session(ROOT, self.region)
        # Not before: MiniStack reads the environment when it is imported.
        host_module = importlib.import_module("local.ministack.host")
        accounts = (self.account, *self.elsewhere.values())
        host: Host = host_module.Host(self.clock, accounts, self.endpoint)
        undo.callback(host.uninstall)
        host.install()
        self.fault_injector = FaultInjector(self.wrap(host.app), self.clock.now)
        server = Server(sock, self.fault_injector)
        server.start()
        undo.callback(server.stop)
        self._host = host
        undo.callback(self._forget)

    def _forget(self) -> None:
        self._host = None
        while self._clients:
            self._clients.popitem()[1].close()
        self.notebooks.close()
        self.clock.close()

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Stop the account and forget all that was in it."""
        self._stop.close()

    def wrap(self, app: App) -> App:
        """Wrap the application; a subclass may put something in front of it."""
        return app

    @property
    def _running_host(self) -> "Host":
        if self._host is None:
            raise RuntimeError("the local AWS is not running")
        return self._host

    @property
    def mailbox(self) -> "Mailbox":
        """The mailbox that receives all e-mail of the account's SES."""
        return self._running_host.mailbox

    @property
    def aws_budgets(self) -> "Budgets":
        """AWS's own budgets of the account."""
        return self._running_host.budgets

    def client(self, service: str, place: str = "") -> Any:
        """Return a boto3 client of the account's root user, the same one each time.

        Of another place it is that account's root user.
        """
        if (service, place) not in self._clients:
            session = self._root
            if place:  # MiniStack: the number of an account is its root user's key
                account, _, region = place.partition("/")
                session = _session(account, region)
            # Its stubs name every service there is; here it is any one.
            made = session.client(service, endpoint_url=self.endpoint)  # type: ignore[call-overload]  # any service
            self._clients[service, place] = made
        return self._clients[service, place]

    def deliver(self, event: Mapping[str, Any]) -> None:
        """Pass an event of an AWS service through the account's rules, its time unchanged."""
        self._running_host.deliver(event)

    def has_message(self, queue: str) -> bool:
        """Whether a queue, by its ARN, has a visible message."""
        return self._running_host.has_message(queue)

    def settle(self) -> None:
        """Wait, in real time, until everything that was triggered has finished.

        A retry of a failed function waits on the clock, as does a message that is not visible yet:
        move the clock for those.
        """
        end = time.monotonic() + SETTLED_WITHIN
        while True:
            self._wait_until_quiet(end)
            if self._host is None or not self._host.settle():
                return

    def _wait_until_quiet(self, end: float) -> None:
        quiet = 0
        while quiet < QUIET_LOOKS:
            busy = self._host.busy() if self._host else ""
            quiet = 0 if busy else quiet + 1
            if busy and self._host:
                self._host.wait_for_an_invocation(LONGEST_LOOK)
            if time.monotonic() > end:
                raise UnsettledError(f"after {SETTLED_WITHIN:.0f} s: {busy}")
            time.sleep(LOOK_EVERY)


def _session(key: str, region: str) -> boto3.Session:
    """Make a session of a root user; all of them read the SDK's models once."""
    session = get_session()
    session.register_component("data_loader", _models)
    return boto3.Session(key, ROOT, region_name=region, botocore_session=session)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return a time in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)
