"""The local CloudFormation reads a template as MiniStack does."""

import pytest
import yaml  # type: ignore[import-untyped]  # as MiniStack does
from ministack.services.cloudformation import engine

from local.account import LocalAws
from local.ministack.cfn_templates import LibYamlLoader
from local.paths import PROJECT

TAGS = """
Date: 2010-09-09
Joined: !Join [",", [!Ref A, !Sub "${B}", !GetAtt C.Arn, !GetAtt [D, Arn]]]
Chosen: !If [Wanted, {a: !Select [0, !Split ["/", x]]}, !Ref AWS::NoValue]
Shared: &shared {on: yes, text: "y", number: 010}
Again:
  <<: *shared
  Fn::Base64: |
    text
"""
TEXTS = [TAGS, *((PROJECT / name).read_text("utf-8") for name in ("template.yaml", "spoke.yaml"))]


@pytest.mark.parametrize("text", TEXTS, ids=["tags", "template.yaml", "spoke.yaml"])
def test_a_template_is_read_as_ministack_reads_it(aws: LocalAws, text: str) -> None:
    assert aws.endpoint
    assert engine.CfnLoader is LibYamlLoader
    found = engine._parse_template(text)
    theirs = type("Theirs", (yaml.SafeLoader,), {})
    theirs.yaml_constructors = LibYamlLoader.yaml_constructors  # type: ignore[attr-defined]  # yaml's
    assert found == yaml.load(text.strip(), Loader=theirs)  # noqa: S506 - a safe loader
