"""template.yaml as its readers in the contract tests need it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

PATH = Path(__file__).parents[2] / "template.yaml"
TEXT = PATH.read_text()


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads CloudFormation's short forms: `!Ref X` is {Ref: X}, `!Sub x` is {Fn::Sub: x}."""


def _short_form(loader: Any, tag: str, node: Any) -> dict[str, Any]:
    scalar = isinstance(node, yaml.ScalarNode)
    value = loader.construct_scalar(node) if scalar else loader.construct_sequence(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _short_form)
TEMPLATE: Mapping[str, Any] = yaml.load(TEXT, _Loader)  # noqa: S506 - a safe loader
RESOURCES: Mapping[str, Mapping[str, Any]] = TEMPLATE["Resources"]


def of_type(kind: str) -> dict[str, Mapping[str, Any]]:
    """Give the properties of every resource of a type, by logical name."""
    return {n: r.get("Properties", {}) for n, r in RESOURCES.items() if r["Type"] == kind}


FUNCTIONS = of_type("AWS::Serverless::Function")


def listed(value: Any) -> list[Any]:
    """Give a list, also where one thing stands for it."""
    return value if isinstance(value, list) else [value]


def target(value: Any) -> str:
    """Name what a reference points to; text stays as it is."""
    if not isinstance(value, Mapping):
        return str(value)
    ((form, to),) = value.items()
    return str(to[0] if form == "Fn::GetAtt" else to)


def statements(function: str) -> Iterator[Mapping[str, Any]]:
    """Give every statement of a function's own policies."""
    for policy in FUNCTIONS[function]["Policies"]:
        yield from policy["Statement"]


def actions(function: str) -> set[str]:
    """Give every action that a function's role is granted."""
    return {action for each in statements(function) for action in listed(each["Action"])}
