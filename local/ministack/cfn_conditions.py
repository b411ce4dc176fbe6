"""Functions that MiniStack's CloudFormation does not know in conditions: Fn::Split and Fn::Join."""

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers, stacks

type Evaluate = Callable[[dict[str, Any], dict[str, Any]], dict[str, bool]]

_original: Evaluate = engine._evaluate_conditions


def install() -> None:
    """Work them out before MiniStack decides a condition."""
    _use(_evaluate)


def uninstall() -> None:
    """Leave MiniStack as it was."""
    _use(_original)


def _use(evaluate: Evaluate) -> None:
    for module in (changesets, engine, handlers, stacks):
        module._evaluate_conditions = evaluate


def _evaluate(template: dict[str, Any], params: dict[str, Any]) -> dict[str, bool]:
    conditions = _resolved(template.get("Conditions", {}), params)
    return _original({**template, "Conditions": conditions}, params)


def _resolved(value: Any, params: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_resolved(each, params) for each in value]
    if not isinstance(value, dict):
        return value
    known = {key: _resolved(each, params) for key, each in value.items()}
    match known:
        case {"Fn::Split": [by, text]}:
            return _text(text, params).split(by)
        case {"Fn::Join": [by, parts]}:
            return by.join(_text(part, params) for part in parts)
        case _:
            return known


def _text(value: Any, params: dict[str, Any]) -> str:
    return str(params[value["Ref"]]["Value"] if isinstance(value, dict) else value)
