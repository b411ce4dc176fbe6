"""The command line, run in this process: what it prints and its exit code."""

import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.model import OperationModel
from botocore.validate import validate_parameters
from rich.console import Console

from costguard_cli.aws.session import ReadOnlySession
from costguard_cli.main import main
from tests.factories import at
from tests.integration.aws import client

type Answer = Callable[[str, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class CommandResult:
    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """Both streams, whatever the width folded."""
        return " ".join((self.out + self.err).split())


def run(*arguments: object) -> CommandResult:
    out, err, code = io.StringIO(), io.StringIO(), 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as exc:
            code = int(exc.code or 0)
    return CommandResult(code, out.getvalue(), err.getvalue())


def fake_session(answers: Mapping[str, Answer], now: datetime | None = None) -> ReadOnlySession:
    """Make a session whose services functions answer for."""

    def connect(service: str, _region: str) -> Any:
        return answering_client(service, answers[service])

    return ReadOnlySession(region="us-east-2", connect=connect, now=now or at(1))


def answering_client(service: str, answer: Answer) -> Any:
    """Make a client of any protocol that a function answers, in AWS's own shapes."""
    client_ = client(service)
    name = client_.meta.service_model.service_id.hyphenize()

    def note(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["asked"] = params

    def reply(model: OperationModel, context: dict[str, Any], **_: Any) -> tuple[Any, Any]:
        response = answer(model.name, context["asked"])
        assert model.output_shape is not None
        validate_parameters(response, model.output_shape)
        return AWSResponse("", 200, HTTPHeaders(), None), response

    client_.meta.events.register(f"before-parameter-build.{name}", note)
    client_.meta.events.register(f"before-call.{name}", reply)
    return client_


def printed(draw: Callable[[Console], None], width: int) -> str:
    """Draw on a terminal of this width, with colours, and give the text that is left."""
    console = Console(
        file=io.StringIO(),
        width=width,
        record=True,
        force_terminal=True,
        markup=False,
        highlight=False,
        emoji=False,
    )
    draw(console)
    lines = console.export_text().splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


def raw(draw: Callable[[Console], None]) -> str:
    """Draw without colours, and give every character."""
    file = io.StringIO()
    draw(Console(file=file, width=140, markup=False, highlight=False, emoji=False))
    return file.getvalue()


def column(rows: Sequence[Mapping[str, Any]], name: str) -> list[Any]:
    return [row[name] for row in rows]
