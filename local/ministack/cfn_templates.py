"""CloudFormation reads a template in a tenth of the time, and the first without a second more."""

import sys
from typing import Final

import yaml  # type: ignore[import-untyped]  # as MiniStack does
from ministack.services.cloudformation import engine

_loader = engine.CfnLoader
_UNUSED: Final = "rfc3987_syntax"
"""Grammars that take a second to load: jsonschema loads them, where they are, for no use here."""


class LibYamlLoader(yaml.CSafeLoader):  # type: ignore[misc]  # it is untyped
    """MiniStack's loader, on the parser that is written in C."""

    yaml_constructors = _loader.yaml_constructors
    yaml_implicit_resolvers = _loader.yaml_implicit_resolvers


def install() -> None:
    """Read templates with it."""
    engine.CfnLoader = LibYamlLoader
    sys.modules.setdefault(_UNUSED, None)  # type: ignore[arg-type]  # its import is refused


def uninstall() -> None:
    """Leave MiniStack as it was."""
    engine.CfnLoader = _loader
    if sys.modules.get(_UNUSED) is None:
        sys.modules.pop(_UNUSED, None)
