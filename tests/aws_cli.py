"""The AWS CLI of the lock, up to the call: it parses a line, and nothing is sent."""

import io
import shlex
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr
from functools import cache
from typing import Any

from awscli.argparser import ArgTableArgParser
from awscli.clidriver import CLIDriver, create_clidriver
from awscli.customizations.commands import BasicCommand
from botocore.validate import validate_parameters

PARSED = 0


class RefusedLineError(Exception):
    """The AWS CLI does not take a line."""


class _Parser:
    """The CLI's driver, with a handler in the place of every call."""

    def __init__(self) -> None:
        self.driver: CLIDriver = create_clidriver()
        self.commands: Mapping[str, Any] = self.driver.create_help_command().command_table
        self.parameters: dict[str, Any] = {}
        self.driver.session.get_component("event_emitter").register_last(
            "calling-command", self._keep
        )

    def _keep(self, call_parameters: dict[str, Any], **_: Any) -> int:
        self.parameters = call_parameters
        return PARSED

    def parse(self, arguments: Sequence[str]) -> dict[str, Any]:
        if isinstance(self.commands[arguments[0]], BasicCommand):
            return self._parse_custom(arguments)
        self.parameters, said = {}, io.StringIO()
        with redirect_stderr(said):
            code = self.driver.main(list(arguments))
        if code != PARSED:
            raise RefusedLineError(said.getvalue().strip().splitlines()[-1])
        service = self.driver.session.get_service_model(arguments[0])
        names = {name.lower(): name for name in service.operation_names}
        operation = service.operation_model(names[arguments[1].replace("-", "")])
        tokens = dict.fromkeys(operation.idempotent_members, "x" * 32)  # the CLI makes these
        validate_parameters(tokens | self.parameters, operation.input_shape)
        return self.parameters

    def _parse_custom(self, arguments: Sequence[str]) -> dict[str, Any]:
        """Parse what the CLI adds to the services, such as `s3 sync`."""
        command = self.commands[arguments[0]].subcommand_table[arguments[1]]
        parser = ArgTableArgParser(command.arg_table, command.subcommand_table)
        with redirect_stderr(io.StringIO()):
            parsed, left = parser.parse_known_args(list(arguments[2:]))
        if left:
            raise RefusedLineError(f"Unknown options: {left}")
        return dict(vars(parsed))


@cache
def _parser() -> _Parser:
    return _Parser()


def parse_arguments(arguments: Sequence[str]) -> Mapping[str, Any]:
    """Answer what a call would be made with. Raises RefusedLineError."""
    try:
        return _parser().parse(arguments)
    except SystemExit as exc:
        raise RefusedLineError(shlex.join(arguments)) from exc


def parse_line(line: str) -> Mapping[str, Any]:
    """Parse a line as a shell and then the CLI do. Raises RefusedLineError."""
    command, *arguments = shlex.split(line)
    if command != "aws":
        raise RefusedLineError(line)
    return parse_arguments(arguments)
