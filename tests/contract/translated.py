"""What CloudFormation gets: a template as the SAM translator writes it, with what that adds."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest
from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]  # no types
from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]

_CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}
_MANAGED = {  # what SAM adds by name to a role that it makes itself
    name: f"arn:aws:iam::aws:policy/service-role/{name}"
    for name in ("AWSLambdaBasicExecutionRole", "AWSLambdaSQSQueueExecutionRole")
}


def translate(template: Mapping[str, Any], region: str) -> dict[str, Any]:
    """Translate a template as a deployment does; where its code is does not matter."""
    source = deepcopy(dict(template))
    for resource in source["Resources"].values():
        if code := _CODE.get(resource["Type"]):
            resource["Properties"][code] = "s3://bucket/code.zip"
    values = {name: str(p["Default"]) for name, p in source["Parameters"].items()}
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("AWS_DEFAULT_REGION", region)
        made: dict[str, Any] = Translator(_MANAGED, Parser()).translate(source, values)
    return made
