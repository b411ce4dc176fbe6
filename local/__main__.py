"""Commands for people: `up` runs the local AWS with the stack on it, `demo` plays a week there."""

import argparse
import importlib
import shlex
import signal
import sys
import threading
from dataclasses import fields

from local import message_log, sam
from local.account import LocalAws
from local.fault_injection import LOCAL_RATES
from local.faults import FaultPlan
from local.ministack import control_api
from local.ministack.server import PortTakenError
from local.paths import PROJECT
from local.sagemaker.event_delivery import Faults
from local.sagemaker.timings import Timings
from local.sam_cli import SamError

BRISK = 60  # times faster than AWS, for what SageMaker takes its time over
OUTBOX = PROJECT / "build" / "local" / "outbox"
MODES = ("observe", "warn", "enforce")


def brisk(pace: Timings) -> Timings:
    """Shorten the waits for a change of state; a job still runs as long as it runs."""
    waits = {f.name: getattr(pace, f.name) for f in fields(pace) if f.name != "job_running"}
    return Timings(**{name: wait / BRISK for name, wait in waits.items()})


def up(port: int, mode: str, *, real_pace: bool, faults: int | None = None) -> None:
    """Run the account until Ctrl-C or SIGTERM."""
    stopped = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: stopped.set())
    local_aws = LocalAws(port=port, pace=Timings() if real_pace else brisk(Timings()))
    with local_aws as aws, message_log.workspace(local_aws.clock.now()) as slack:
        message_log.set_up(aws, slack)
        outputs = sam.deploy(aws, parameters={"Mode": mode, **message_log.PARAMETERS})
        if faults is not None:
            aws.fault_injector.plan = FaultPlan(faults, LOCAL_RATES)
            aws.account.faults = Faults(seed=faults, duplicate=0.1, late=0.1, lose=0.1)
        messages = message_log.MessageLog(aws, slack, OUTBOX)

        def settle_and_read() -> None:
            aws.settle()
            messages.read_new()

        aws.clock.after_each = settle_and_read  # who moves the clock finds what was sent
        print("READY\n")
        for name, value in aws.env.items():
            print(f"export {name}={shlex.quote(value)}")
        print()
        for name, value in sorted(outputs.items()):
            print(f"{name} = {value}")
        print(f'\nclock: {aws.endpoint}{control_api.PATH}  (POST {{"advance": "2h"}} moves it)')
        print(f"e-mail and Slack messages: {OUTBOX.relative_to(PROJECT)}/")
        print("Ctrl-C stops it and forgets everything", flush=True)
        while not stopped.wait(1):
            messages.read_new()


def demo(arguments: list[str]) -> int:
    """Play the demo."""
    played: int | None = importlib.import_module("local.demo").main(arguments)
    return played or 0


def main(arguments: list[str]) -> int:
    """Run a command; the answer is the process's exit status."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("demo", help="play a week in a shared account", add_help=False)
    run = commands.add_parser("up", help="run the local AWS with the stack deployed")
    run.add_argument("--port", type=int, default=4566, help="where to listen (default 4566)")
    run.add_argument("--mode", choices=MODES, default="enforce", help="the stack's Mode")
    run.add_argument(
        "--real-pace",
        action="store_true",
        help=f"SageMaker takes its time as on AWS, not 1/{BRISK} of it",
    )
    run.add_argument(
        "--faults", type=int, metavar="SEED", help="let calls fail and events go astray"
    )
    known, rest = parser.parse_known_args(arguments)
    if known.command == "demo":
        return demo(rest)
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        up(known.port, known.mode, real_pace=known.real_pace, faults=known.faults)
    except (PortTakenError, SamError) as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
