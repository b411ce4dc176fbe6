"""What a person would say of a notebook, and which signal says it: with a real Jupyter Server."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from costguard.adapters.activity_source import NotebookObserver
from costguard.adapters.heartbeat_file import HEARTBEAT_FILE
from costguard.adapters.heartbeats import read_heartbeats
from costguard.adapters.jupyter import probe_notebook, read_activity
from costguard.adapters.sagemaker.inventory import SageMakerInventory
from costguard.idleness.assessment import Idle, Unobservable, Working, assess
from costguard.idleness.memory import with_look
from costguard.idleness.signals import LoadThreshold
from costguard.resources.model import ResourceRef
from local.account import ACCOUNT, LocalAws
from local.jupyter.proxy import error_backend, forwarding_backend, hanging_backend, page_backend
from local.jupyter.server import TOKEN, JupyterServer, Kernel, until
from local.paths import PROJECT
from tests.fakes import InMemoryWork
from tests.local.sagemaker_cases import processing, tagged, training

LATER = timedelta(hours=2)
CREATE = {"InstanceType": "ml.t3.medium", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/notebooks"}


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws(port=0, start=datetime.now(UTC) + LATER, frozen=True) as running:
        yield running


@pytest.fixture(scope="module")
def running_server() -> Iterator[JupyterServer]:
    with JupyterServer() as running:
        yield running


@pytest.fixture
def server(running_server: JupyterServer) -> Iterator[JupyterServer]:
    yield running_server
    running_server.clear()
    (running_server.home / HEARTBEAT_FILE).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def clients(aws: LocalAws) -> Callable[[str], Any]:
    return cache(aws.client)


@dataclass
class Notebook:
    """A notebook two hours later, when nobody has touched it since."""

    aws: LocalAws
    clients: Callable[[str], Any]
    server: JupyterServer
    name: str
    home: Path

    def __post_init__(self) -> None:
        aws, name, server = self.aws, self.name, self.server
        aws.account.call("CreateNotebookInstance", {"NotebookInstanceName": name, **CREATE})
        aws.clock.advance(timedelta(minutes=5))
        aws.notebooks.backends[name] = forwarding_backend(server.url, TOKEN)
        self.sagemaker = self.clients("sagemaker")
        self.ledger = InMemoryWork()

    def beat(self, *python: str) -> None:
        """Run the lifecycle script once, as cron does on the box."""
        metadata = self.home / "resource-metadata.json"
        arn = f"arn:aws:sagemaker:{self.aws.region}:{ACCOUNT}:notebook-instance/x"
        metadata.write_text(json.dumps({"ResourceName": self.name, "ResourceArn": arn}))
        command = [*(python or (sys.executable,)), str(PROJECT / "lifecycle" / "heartbeat.py")]
        options = f"--url={self.server.url} --token={TOKEN} --users-from=4000000000 --seconds=1"
        options += f" --state={self.home}/state.json --directory={self.server.home}"
        subprocess.run(  # noqa: S603 - our own script
            [*command, f"--metadata={metadata}", *options.split()], check=True
        )

    def seen(self, patience: float = 4.0) -> Working | Idle | Unobservable:
        """Look through the guard's own eyes, and weigh."""
        inventory = SageMakerInventory(
            self.sagemaker,
            partial(self.clients, "resourcegroupstaggingapi"),
            partial(self.clients, "application-autoscaling"),
        )
        ask = partial(probe_notebook, self.sagemaker, patience=patience)
        cloudwatch = partial(self.clients, "cloudwatch")
        observer = NotebookObserver(inventory, cloudwatch, ask, ledger=self.ledger)
        found = inventory.describe(ResourceRef("notebook-instance", self.name))
        assert found is not None
        now = self.aws.clock.now()
        seen = observer.observe([found], now, lambda _resource, _known: now)
        activity = seen.activity[found.ref.key]
        verdict = assess(activity, LoadThreshold(), started=now - 2 * LATER, now=now)
        work = with_look(activity, verdict)
        observer.remember({found.ref.key: found}, {found.ref.key: work}, now)
        return verdict

    def decides(self) -> str:
        """Say the verdict and the signals that decided it."""
        found = self.seen()
        if isinstance(found, Unobservable):
            return f"cannot tell: {found.why}"
        if isinstance(found, Working):
            return f"working: {found.by.signal}: {found.by.says}"
        return f"idle: {', '.join(fact.signal for fact in found.by)}"


@pytest.fixture
def notebook(
    aws: LocalAws,
    clients: Callable[[str], Any],
    server: JupyterServer,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> Notebook:
    name = request.node.name.replace("_", "-").replace("[", "-").rstrip("]")[-60:].lstrip("-")
    return Notebook(aws, clients, server, name, tmp_path)


def test_an_open_tab_is_nothing(notebook: Notebook) -> None:
    kernel = notebook.server.kernel()
    kernel.open_tab()
    kernel.finish("1 + 1")
    assert kernel.state["connections"] == 1
    assert notebook.decides() == "idle: jupyter"


@pytest.mark.parametrize("tab", ["open", "closed"])
def test_a_long_silent_cell_is_work(notebook: Notebook, tab: str) -> None:
    kernel = notebook.server.kernel()
    kernel.open_tab()
    kernel.run("import time; time.sleep(60)")
    notebook.server.until_busy(kernel)
    if tab == "closed":
        kernel.close_tab()
    assert notebook.decides() == "working: jupyter: 1 kernel busy"


LISTED_IDLE = "working: jupyter: 1 kernel listed as idle does not answer: a cell runs"


def at_work(notebook: Notebook) -> Kernel:
    """Run a long cell in a kernel with a tab."""
    kernel = notebook.server.kernel()
    kernel.open_tab()
    kernel.run("import time; time.sleep(60)")
    notebook.server.until_busy(kernel)
    return kernel


def until_idle(kernel: Kernel) -> None:
    until(lambda: kernel.state["execution_state"] == "idle")


def since(notebook: Notebook) -> datetime:
    found = notebook.seen()
    assert isinstance(found, Idle)
    return found.since


@pytest.mark.parametrize("sort", ["usage_request", "list_subshell_request", "comm_msg"])
def test_a_cell_that_jupyter_lists_as_idle_is_work(notebook: Notebook, sort: str) -> None:
    kernel = at_work(notebook)
    kernel.request(sort, {"comm_id": "x", "data": {}}, channel="control")
    until_idle(kernel)
    assert notebook.decides() == LISTED_IDLE


def test_a_progress_bar_in_a_running_cell_does_not_hide_it(notebook: Notebook) -> None:
    kernel = at_work(notebook)
    kernel.create_subshell()
    until_idle(kernel)
    assert notebook.decides() == LISTED_IDLE


def test_what_a_widget_runs_in_a_subshell_is_work(notebook: Notebook) -> None:
    kernel = notebook.server.kernel()
    kernel.open_tab()
    kernel.run_in_subshell(kernel.create_subshell(), "import time; time.sleep(60)")
    notebook.server.until_busy(kernel)
    kernel.run("1 + 1")
    until_idle(kernel)
    assert notebook.decides() == LISTED_IDLE


def test_a_free_kernel_beside_one_that_hides_its_cell_does_not_decide(notebook: Notebook) -> None:
    free, hidden = notebook.server.kernel(), at_work(notebook)
    free.open_tab()
    hidden.create_subshell()
    until_idle(hidden)
    assert notebook.decides() == LISTED_IDLE


def test_what_asking_moves_is_no_activity(notebook: Notebook) -> None:
    kernel = notebook.server.kernel()
    kernel.open_tab()
    kernel.finish("1 + 1")
    first = since(notebook)
    assert [since(notebook) for _ in range(3)] == [first] * 3


def test_an_open_usage_panel_is_no_activity_and_a_cell_beside_it_is(notebook: Notebook) -> None:
    kernel = notebook.server.kernel()
    kernel.open_tab()
    kernel.finish("1 + 1")
    first = since(notebook)
    for _ in range(3):
        kernel.request("usage_request", channel="control")
        until_idle(kernel)
        assert since(notebook) == first
    kernel.finish("2 + 2")
    assert since(notebook) > first


def test_a_proxy_that_refuses_web_sockets_leaves_it_unknown(notebook: Notebook) -> None:
    kernel = notebook.server.kernel()
    kernel.open_tab()
    kernel.finish("1 + 1")
    notebook.aws.notebooks.refuses_sockets = True
    said = notebook.decides()
    notebook.aws.notebooks.refuses_sockets = False
    assert said == (
        "cannot tell: a kernel is listed as 'idle', which proves nothing: "
        "its web socket was refused (HTTP 403)"
    )


def test_the_heartbeat_asks_where_the_proxy_refuses_web_sockets(notebook: Notebook) -> None:
    kernel = notebook.server.kernel()
    kernel.open_tab()
    kernel.finish("1 + 1")
    notebook.aws.notebooks.refuses_sockets = True
    notebook.beat()
    quiet = notebook.decides()
    kernel.run("import time; time.sleep(60)")
    notebook.server.until_busy(kernel)
    kernel.create_subshell()
    until_idle(kernel)
    (notebook.home / "state.json").unlink()  # ten minutes later
    notebook.beat()
    hidden = notebook.decides()
    notebook.aws.notebooks.refuses_sockets = False
    assert (quiet, hidden) == ("idle: heartbeat", "working: heartbeat: 1 kernel busy")


def test_a_cell_that_has_just_ended_counts_from_its_end(notebook: Notebook) -> None:
    kernel = notebook.server.kernel()
    kernel.open_tab()
    kernel.finish("1 + 1")
    ended = datetime.fromisoformat(kernel.state["last_activity"])
    found = notebook.seen()
    assert isinstance(found, Idle)
    assert found.since == ended


def test_a_kernel_that_nobody_ever_connected_to_is_idle(notebook: Notebook) -> None:
    kernel = notebook.server.kernel()
    assert kernel.state["execution_state"] == "starting"
    assert notebook.decides() == "idle: jupyter"


@pytest.fixture
def spin(tmp_path: Path) -> Iterator[str]:
    """Give code that works until the test is over."""
    flag = tmp_path / "spin"
    flag.touch()
    yield f"import os\nwhile os.path.exists({str(flag)!r}): pass"
    flag.unlink()


def test_a_background_thread_is_work_that_only_the_heartbeat_sees(
    notebook: Notebook, spin: str
) -> None:
    kernel = notebook.server.kernel()
    kernel.open_tab()
    kernel.finish(f"import threading; threading.Thread(target=exec, args=({spin!r},)).start()")
    assert notebook.decides() == "idle: jupyter"
    notebook.beat()
    assert notebook.decides().startswith("working: heartbeat: the processor works at ")


def test_a_background_process_that_was_let_go_is_work(notebook: Notebook, spin: str) -> None:
    kernel = notebook.server.kernel()
    kernel.open_tab()
    code = notebook.home / "work.py"
    code.write_text(spin)
    kernel.finish(f"import os; os.system('setsid {sys.executable} {code} &')")
    notebook.beat()
    assert notebook.decides().startswith("working: heartbeat: the processor works at ")


def test_a_terminal_at_its_prompt_is_idle_where_a_heartbeat_says_so(notebook: Notebook) -> None:
    terminal = notebook.server.terminal()
    terminal.type("true")
    assert "no heartbeat shows whether it works" in notebook.decides()
    notebook.beat()
    assert notebook.decides() == "idle: jupyter, heartbeat"


def test_a_silent_job_in_a_terminal_is_work(notebook: Notebook) -> None:
    terminal = notebook.server.terminal()
    terminal.type("sleep 60")
    notebook.server.until_working(terminal)
    terminal.close_tab()
    notebook.beat()
    assert notebook.decides() == "working: heartbeat: 1 terminal with a working process"


def test_of_two_kernels_the_busy_one_decides(notebook: Notebook) -> None:
    idle, busy = notebook.server.kernel(), notebook.server.kernel()
    for kernel in (idle, busy):
        kernel.open_tab()
    busy.run("import time; time.sleep(60)")
    notebook.server.until_busy(busy)
    assert notebook.decides() == "working: jupyter: 1 kernel busy"


def test_a_dead_server_is_no_proof_of_idleness(notebook: Notebook) -> None:
    notebook.aws.notebooks.backends[notebook.name] = forwarding_backend("http://127.0.0.1:9", TOKEN)
    assert notebook.decides() == "cannot tell: Jupyter gives no answer (HTTP 502)"


def test_a_heartbeats_metrics_accuse_nobody_where_jupyter_gives_no_answer(
    notebook: Notebook,
) -> None:
    notebook.aws.notebooks.backends[notebook.name] = error_backend(502)
    notebook.beat()
    assert notebook.decides().startswith("cannot tell: Jupyter gives no answer (HTTP 502); metrics")


def test_a_page_for_people_is_no_answer(notebook: Notebook) -> None:
    notebook.aws.notebooks.backends[notebook.name] = page_backend()
    assert "a sign-in page, perhaps" in notebook.decides()


@pytest.mark.parametrize("status", [500, 503, 504])
def test_an_error_of_the_proxy_is_no_answer(notebook: Notebook, status: int) -> None:
    notebook.aws.notebooks.backends[notebook.name] = error_backend(status)
    assert notebook.decides() == f"cannot tell: Jupyter gives no answer (HTTP {status})"


def test_a_server_that_hangs_is_no_answer(notebook: Notebook) -> None:
    until = threading.Event()
    notebook.aws.notebooks.backends[notebook.name] = hanging_backend(until)
    found = notebook.seen(patience=0.3)
    until.set()
    assert isinstance(found, Unobservable)
    assert found.why == "Jupyter gives no answer (timeout)"


def test_a_url_that_has_expired_opens_nothing(notebook: Notebook) -> None:
    asked = notebook.sagemaker.create_presigned_notebook_instance_url(
        NotebookInstanceName=notebook.name
    )
    notebook.aws.clock.advance(timedelta(minutes=5))
    assert read_activity(asked["AuthorizedUrl"])["problem"].startswith(
        "no session: the URL has expired"
    )


def test_a_session_that_runs_out_on_the_way_is_no_answer(notebook: Notebook) -> None:
    def answer(path: str) -> tuple[int, str, bytes]:
        notebook.aws.notebooks.end_sessions()
        return forwarding_backend(notebook.server.url, TOKEN)(path)

    notebook.aws.notebooks.backends[notebook.name] = answer
    assert notebook.decides() == "cannot tell: Jupyter answers in part (sessions: HTTP 302)"


def test_an_hour_of_probes_leaves_a_notebook_as_idle_as_before(notebook: Notebook) -> None:
    kernel = notebook.server.kernel()
    kernel.open_tab()
    kernel.finish("1 + 1")
    before = notebook.server.get("/api/status"), kernel.state
    url = notebook.sagemaker.create_presigned_notebook_instance_url(
        NotebookInstanceName=notebook.name
    )["AuthorizedUrl"]
    looks = [read_activity(url) for _ in range(60)]
    assert (notebook.server.get("/api/status"), kernel.state) == before
    assert all(one == looks[0] for one in looks)


def test_the_heartbeat_tells_through_the_command_line_where_there_is_no_sdk(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = notebook.home / "aws"
    command.write_text(f'#!/bin/bash\necho "$@" >{notebook.home}/said\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{notebook.home}:/usr/bin:/bin")
    notebook.beat(sys.executable, "-S")
    said = (notebook.home / "said").read_text()
    assert said.startswith("cloudwatch put-metric-data --region us-east-2 --namespace Costguard/")
    names = {datum["MetricName"] for datum in json.loads(said[said.index("[") :])}
    assert names == {"BusyKernels", "CpuPercent"}


def test_a_busy_kernel_beats_too(notebook: Notebook) -> None:
    kernel = notebook.server.kernel()
    kernel.open_tab()
    kernel.run("import time; time.sleep(60)")
    notebook.server.until_busy(kernel)
    notebook.beat()
    cloudwatch = notebook.clients("cloudwatch")
    [beat] = read_heartbeats(cloudwatch, [notebook.name], notebook.aws.clock.now())[notebook.name]
    assert (beat.busy_kernels, beat.working_terminals) == (1, None)
    assert beat.cpu is not None


def test_a_job_that_has_ended_is_found_with_its_tags_and_its_end(
    aws: LocalAws, clients: Callable[[str], Any]
) -> None:
    aws.account.script_job("churn", for_=timedelta(minutes=10))
    aws.account.call("CreateTrainingJob", training("churn", Tags=tagged(Notebook="mine")))
    aws.account.call("CreateProcessingJob", processing("clean"))
    aws.clock.advance(timedelta(minutes=45))
    now = aws.clock.now()
    inventory = SageMakerInventory(
        clients("sagemaker"),
        partial(clients, "resourcegroupstaggingapi"),
        partial(clients, "application-autoscaling"),
    )
    found = list(inventory.ended(now - LATER, now))
    told = aws.account.call("DescribeTrainingJob", {"TrainingJobName": "churn"})
    [(job, end)] = [(job, end) for job, end in found if job.name == "churn"]
    assert job.tags == {"Notebook": "mine"}
    assert abs(end - told["TrainingEndTime"]) < timedelta(seconds=1)
