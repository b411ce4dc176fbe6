"""Functions' processes are forked, and know nothing of it."""

import io
import os
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from local.account import LocalAws
from local.ministack.fork_server import ForkedProcess, ForkServer
from tests.local.functions import function
from tests.local.test_function_clock import run

type Fork = Callable[..., ForkedProcess]

WHO = 'return {"process": os.getpid(), "parent": os.getppid(), "marked": hasattr(json, "mark")}'
MARK = f"json.mark = True\n{WHO}"
ECHO = "import sys\nprint(sys.stdin.readline().strip(), flush=True)\nsys.stdin.read()\n"
GONE_WITHIN = 10  # seconds


@pytest.fixture
def fork(tmp_path: Path) -> Iterator[Fork]:
    server, started = ForkServer([]), ExitStack()

    def start(script: str = ECHO) -> ForkedProcess:
        path = tmp_path / "script.py"
        path.write_text(script, encoding="utf-8")
        made = server.fork(str(path), str(tmp_path), dict(os.environ))
        started.callback(made.wait, GONE_WITHIN)
        started.callback(made.kill)
        for pipe in (made.stdin, made.stdout, made.stderr):
            started.enter_context(pipe)
        return made

    yield start
    started.close()
    server.close()


def gone(pid: int) -> bool:
    end = time.monotonic() + GONE_WITHIN
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > end:
            return False
        time.sleep(0.001)
    return True


def test_functions_are_forked_from_one_process_and_share_no_state(aws: LocalAws) -> None:
    function(aws, "marks", MARK)
    function(aws, "looks", WHO)
    marks, looks = run(aws, "marks"), run(aws, "looks")
    assert marks["parent"] == looks["parent"] != os.getpid()
    assert marks["process"] != looks["process"]
    assert (marks["marked"], looks["marked"]) == (True, False)


def test_a_function_has_its_own_environment_and_arguments(aws: LocalAws) -> None:
    function(aws, "own", "import sys\nreturn [sys.argv, sys.path[:3], dict(os.environ)]")
    settings = {"Variables": {"ITS_OWN": "setting"}}
    aws.client("lambda").update_function_configuration(FunctionName="own", Environment=settings)
    arguments, path, env = run(aws, "own")
    assert [Path(each).name for each in arguments] == ["_worker.py"]
    assert not [each for each in path if each.endswith("ministack")]
    assert env["ITS_OWN"] == "setting"
    assert env["AWS_LAMBDA_FUNCTION_NAME"] == "own"


def test_what_a_function_ships_comes_before_what_is_loaded_for_all(aws: LocalAws) -> None:
    function(aws, "ships", "")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("s3transfer.py", "OWN = 'its own'")
        file.writestr("index.py", "import s3transfer\ndef handler(*_): return s3transfer.OWN")
    client = aws.client("lambda")
    client.update_function_code(FunctionName="ships", ZipFile=archive.getvalue())
    assert run(aws, "ships") == "its own"


def test_a_setting_that_python_reads_as_it_starts_starts_one(aws: LocalAws) -> None:
    function(aws, "seeded", "return {'parent': os.getppid(), 'order': hash('a')}")
    settings = {"Variables": {"PYTHONHASHSEED": "0"}}
    aws.client("lambda").update_function_configuration(FunctionName="seeded", Environment=settings)
    first = run(aws, "seeded")
    assert first["parent"] == os.getpid()
    aws.client("lambda").update_function_configuration(FunctionName="seeded", Timeout=9)
    assert run(aws, "seeded") == first


def test_a_process_ends_with_its_input_and_leaves_nothing(fork: Fork) -> None:
    process = fork()
    process.stdin.write("hello\n")
    assert process.stdout.readline() == "hello\n"
    assert process.poll() is None
    process.stdin.close()
    assert process.wait(GONE_WITHIN) == 0
    assert process.stdout.read() == process.stderr.read() == ""
    assert gone(process.pid)


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_a_process_that_is_ended_is_gone(fork: Fork, end: str) -> None:
    first, second = fork(), fork()
    getattr(first, end)()
    assert first.wait(GONE_WITHIN) == 0
    assert gone(first.pid)
    assert second.poll() is None


def test_what_a_script_raises_is_in_its_log(fork: Fork) -> None:
    process = fork("raise ValueError('no')")
    assert process.stderr.read().endswith("ValueError: no\n")
    assert process.wait(GONE_WITHIN) == 0


def test_without_its_server_a_function_runs_on_a_new_one(aws: LocalAws) -> None:
    function(aws, "before", WHO)
    server = run(aws, "before")["parent"]
    os.kill(server, signal.SIGKILL)
    os.waitid(os.P_PID, server, os.WEXITED | os.WNOWAIT)
    function(aws, "after", WHO)
    assert run(aws, "after")["parent"] not in {server, os.getpid()}
