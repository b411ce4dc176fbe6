"""A client in its own environment before the local AWS: what it sends, and what the guard says."""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.account import LocalAws
from local.paths import PROJECT
from tests.cli.command import run
from tests.real.clients.sent import Sent, read_calls
from tests.real.environments import python_of

PROGRAMS = Path(__file__).parent / "programs"
POLICY = PROJECT / "layers" / "policy" / "policy.toml"
BUCKET, ROLE = "workshop", "ml-sagemaker-use"
ZONE = "<+0545>-05:45"
"""The client's time zone, that of `AHEAD`. It needs no tables."""
RUNS_AFTER = timedelta(minutes=10)


class Stand:
    """One client, and an account of its own."""

    def __init__(self, environment: str, program: str, defaults: str = "") -> None:
        self._environment, self._program, self._defaults = environment, program, defaults
        self._aws = LocalAws(port=0, start=datetime.now(UTC), frozen=True)
        self._seen = 0

    def __enter__(self) -> Self:
        """Start the account, with a bucket and a role, and the client."""
        self._aws.__enter__()
        _furnish(self._aws)
        self._home = tempfile.TemporaryDirectory()
        Path(self._home.name, "train.py").write_text("print('trained')\n", encoding="utf-8")
        config = Path(self._home.name, "config.yaml")
        config.write_text(self._defaults, encoding="utf-8")
        python = python_of(self._environment)
        self._client = subprocess.Popen(  # noqa: S603 - our own program
            [str(python), str(PROGRAMS / self._program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=self._home.name,
            env=self._aws.env
            | {"HOME": self._home.name, "TZ": ZONE, "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": str(config)}
            | {"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"},
        )
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """End both."""
        with self._client:
            pass  # it ends with its standard input
        self._home.cleanup()
        self._aws.__exit__(None, None, None)

    def play(self, cases: Sequence[str]) -> dict[str, Sent]:
        """Play cases in order, let their jobs run a while, and ask the guard."""
        sent = {case: self._play(case) for case in cases}
        self._aws.clock.advance(RUNS_AFTER)
        said = self._audit()
        return {
            case: each if each.raised else replace(each, guard=said.get(each.name, ""))
            for case, each in sent.items()
        }

    def _play(self, case: str) -> Sent:
        assert self._client.stdin
        assert self._client.stdout
        self._client.stdin.write(f"{case}\n")
        self._client.stdin.flush()
        answer = self._client.stdout.readline()
        assert answer, f"the client ended at {case!r}"
        raised: str = json.loads(answer)
        asked = [event for event in self._new_calls() if event["eventName"] != "CreateModel"]
        now = self._aws.clock.now()
        return read_calls(asked, now, raised) if asked else Sent(raised=raised)

    def _new_calls(self) -> list[Mapping[str, Any]]:
        details = [event["detail"] for event in self._aws.account.events]
        calls = [each for each in details if each.get("eventName", "").startswith("Create")]
        new, self._seen = calls[self._seen :], len(calls)
        return new

    def _audit(self) -> dict[str, str]:
        """Ask `costguard audit` with the shipped policy; answer what it says, by name."""
        now = self._aws.clock.now().isoformat()
        told = run("audit", "--policy", POLICY, "--local", "--as-of", now, "--all", "--json")
        assert told.out, told.err
        return {row["resource"]["name"]: _said(row) for row in json.loads(told.out)["resources"]}


def _said(row: Mapping[str, Any]) -> str:
    rules = [finding["rule"] for finding in row["findings"]]
    unknown = [f"{each['rule']} unknown" for each in row["cannot_tell"]]
    words = ", ".join([*rules, *unknown])
    return f"{row['outcome']}: {words}" if words else str(row["outcome"])


def _furnish(aws: LocalAws) -> None:
    """Make the bucket and the role that the workshop has."""
    place = {"LocationConstraint": aws.region}
    aws.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    iam = aws.client("iam")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    trust |= {"Principal": {"Service": "sagemaker.amazonaws.com"}}  # type: ignore[dict-item]
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=_document(trust))
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.put_role_policy(RoleName=ROLE, PolicyName="all", PolicyDocument=_document(everything))


def _document(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
