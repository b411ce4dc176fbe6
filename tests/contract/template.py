"""The templates as their readers in the contract tests need them: whole, or as one deployment."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # no types, so its classes have none

from tests.contract.translated import translate

PATH = Path(__file__).parents[2] / "template.yaml"
TEXT = PATH.read_text(encoding="utf-8")
REGION, ACCOUNT = "us-east-2", "123456789012"
_PLACE = f"{REGION}:{ACCOUNT}"
_ABSENT = {"Ref": "AWS::NoValue"}
_PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::StackName": "costguard",
}
_ARNS = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{_PLACE}:table/",
    "AWS::S3::Bucket": "arn:aws:s3:::",
    "AWS::SNS::Topic": f"arn:aws:sns:{_PLACE}:",
    "AWS::SQS::Queue": f"arn:aws:sqs:{_PLACE}:",
    "AWS::Serverless::Function": f"arn:aws:lambda:{_PLACE}:function:",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{_PLACE}:log-group:",
}
_STREAMS = {"AWS::Logs::LogGroup": ":*"}  # the ARN of a group names its streams
_REFS = {  # what Ref gives, where that is not the name
    "AWS::SNS::Topic": _ARNS["AWS::SNS::Topic"],
    "AWS::IAM::ManagedPolicy": f"arn:aws:iam::{ACCOUNT}:policy/",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{_PLACE}:stateMachine:",
    "AWS::SQS::Queue": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/",
}


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # of a module without types
    """Reads CloudFormation's short forms: `!Ref X` is {Ref: X}, `!Sub x` is {Fn::Sub: x}."""


def _short_form(loader: Any, tag: str, node: Any) -> dict[str, Any]:
    scalar = isinstance(node, yaml.ScalarNode)
    value = loader.construct_scalar(node) if scalar else loader.construct_sequence(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _short_form)


def read_template(text: str) -> Mapping[str, Any]:
    """Read a template, its short forms as CloudFormation's long ones."""
    return dict(yaml.load(text, _Loader))  # noqa: S506 - a safe loader


TEMPLATE = read_template(TEXT)
TRANSLATED: Mapping[str, Any] = translate(TEMPLATE, REGION)


@dataclass(frozen=True)
class Deployment:
    """A template with values for its parameters: every condition is decided, and gone."""

    given: Mapping[str, str]
    source: Mapping[str, Any] = field(default_factory=lambda: TEMPLATE)

    @cached_property
    def values(self) -> Mapping[str, str]:
        """Every parameter's value."""
        known = self.source["Parameters"].items()
        defaults = {name: str(p["Default"]) for name, p in known if "Default" in p}
        return defaults | dict(self.given)

    @cached_property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """The resources that there are."""
        return self._there(self.source["Resources"])

    @cached_property
    def translated(self) -> Mapping[str, Mapping[str, Any]]:
        """The same as CloudFormation gets them: what SAM adds is there too."""
        made = TRANSLATED if self.source is TEMPLATE else self.source
        return self._there(made["Resources"])

    def _there(self, whole: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
        return {
            name: self._decided(resource)
            for name, resource in whole.items()
            if self.holds({"Condition": resource.get("Condition", "")})
        }

    @property
    def functions(self) -> Mapping[str, Mapping[str, Any]]:
        """The functions' properties, by logical name."""
        return self.of_type("AWS::Serverless::Function")

    def of_type(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        """Give the properties of every resource of a type, by logical name."""
        return {n: r.get("Properties", {}) for n, r in self.resources.items() if r["Type"] == kind}

    def role_of(self, function: str) -> str:
        """Name the role that a function runs in."""
        return target(self.translated[function]["Properties"]["Role"])

    def statements(self, function: str) -> Iterator[Mapping[str, Any]]:
        """Give every statement of the role that a function runs in."""
        yield from self.statements_of(self.role_of(function))

    def statements_of(self, role: str) -> Iterator[Mapping[str, Any]]:
        """Give every statement of a role's own policies, and of those that name the role."""
        policies = list(self.translated[role]["Properties"]["Policies"])
        attached = self.of_type("AWS::IAM::ManagedPolicy").values()
        policies += [p for p in attached if {"Ref": role} in p.get("Roles", ())]
        for policy in policies:
            yield from policy["PolicyDocument"]["Statement"]

    def grants(self, function: str) -> list[tuple[str, str]]:
        """Give every action that a function's role holds, with the pattern of ARNs it is for."""
        return self.grants_of(self.role_of(function))

    def grants_of(self, role: str) -> list[tuple[str, str]]:
        """Give every action that a role holds, with the pattern of ARNs it is for."""
        return [
            (action, self.text(on))
            for each in self.statements_of(role)
            for action in listed(each["Action"])
            for on in listed(each["Resource"])
        ]

    def environment(self, function: str) -> dict[str, str]:
        """Give a function's environment: what all have, then its own; and what Lambda adds."""
        every = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
        variables = every | own_variables(self.functions[function])
        given = {name: self.text(value) for name, value in variables.items()}
        return given | {"AWS_LAMBDA_FUNCTION_NAME": function}

    def holds(self, condition: Mapping[str, Any]) -> bool:
        """Decide a condition; none at all holds."""
        ((form, of),) = condition.items()
        match form:
            case "Condition":
                return not of or self.holds(self.source["Conditions"][of])
            case "Fn::Not":
                return not self.holds(of[0])
            case "Fn::And":
                return all(map(self.holds, of))
            case "Fn::Equals":
                left, right = map(self.text, of)
                return left == right
            case _:
                raise ValueError(form)

    def text(self, value: Any) -> str:
        """Write a value as CloudFormation would: a name, an ARN, a queue's URL."""
        decided = self._decided(value)
        if not isinstance(decided, Mapping):
            return str(decided)
        ((form, of),) = decided.items()
        match form:
            case "Ref":
                return self._named(of)
            case "Fn::GetAtt":
                return self._attribute(*of)
            case "Fn::Select":
                return str(of[1][int(of[0])])
            case "Fn::Join":
                return str(of[0]).join(map(self.text, of[1]))
            case "Fn::Sub":
                return re.sub(r"\$\{(.+?)}", lambda found: self._in_text(found[1]), of)
            case _:
                raise ValueError(form)

    def _attribute(self, of: str, name: str) -> str:
        if name == "FunctionUrl":
            return f"https://{of.lower()}.lambda-url.{REGION}.on.aws/"
        assert name == "Arn"
        kind = self.resources[of]["Type"]
        return f"{_ARNS[kind]}{of}{_STREAMS.get(kind, '')}"

    def _in_text(self, word: str) -> str:
        name, _, attribute = word.partition(".")
        return self.text({"Fn::GetAtt": [name, attribute]}) if attribute else self._named(name)

    def _named(self, name: str) -> str:
        known = {**_PSEUDO, **self.values}
        return known[name] if name in known else _ref(self.resources[name]["Type"], name)

    def _decided(self, value: Any) -> Any:
        if isinstance(value, list):
            return [each for each in map(self._decided, value) if each != _ABSENT]
        if not isinstance(value, Mapping):
            return value
        if value.keys() == {"Fn::If"}:
            name, yes, no = value["Fn::If"]
            return self._decided(yes if self.holds({"Condition": name}) else no)
        if value.keys() == {"Fn::Split"}:
            by, of = value["Fn::Split"]
            return self.text(of).split(by)
        decided = {key: self._decided(each) for key, each in value.items()}
        return {key: each for key, each in decided.items() if each != _ABSENT}


EVERYTHING = Deployment(
    {
        "Mode": "enforce",
        "Park": "yes",
        "AdminEmail": "admins@example.org",
        "MailFrom": "costguard@example.org",
        "SlackTokenSecret": "slack-token",
        "SlackWebhookSecret": "slack-webhook",
        "ChatTopic": "on",
        "SelfService": "public",
        "OtherLedgers": "arn:aws:dynamodb:us-west-2:123456789012:table/there",
        "FailClosed": "class-use,students",
    }
)
"""Nothing is left out; Slack's secrets are in Secrets Manager."""
SPOKES = {
    "Spokes": "222233334444/eu-west-1,222233334444/us-west-2,333344445555/us-west-2",
    "SpokeExternalId": "a-text-of-nobody-else",
    "OrganizationId": "o-a1b2c3d4e5",
}
USUAL = Deployment({**EVERYTHING.given, "SelfService": "off", "Park": "no", "FailClosed": ""})
"""The same as it is billed: nobody answers, and nothing is deleted."""
IN_SSM = Deployment(
    {**EVERYTHING.given, "SlackTokenSecret": "/slack/token", "SlackWebhookSecret": "/slack/hook"}
)
"""The same with Slack's secrets in SSM."""
NOTHING = Deployment({"ProbeNotebooks": "no"})
"""Everything that can be left out is."""
ALONE = {
    parameter: Deployment({**NOTHING.given, parameter: EVERYTHING.given[parameter]})
    for parameter in ("MailFrom", "SlackTokenSecret", "SlackWebhookSecret", "ChatTopic")
}
"""Everything that can be left out is, but for one way to reach people."""
RESOURCES = EVERYTHING.resources
FUNCTIONS = EVERYTHING.functions
of_type = EVERYTHING.of_type


def _ref(kind: str, name: str) -> str:
    return _REFS.get(kind, "") + name


def own_variables(function: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what the template puts into a function's environment."""
    variables: Mapping[str, Any] = function.get("Environment", {}).get("Variables", {})
    return variables


def listed(value: Any) -> list[Any]:
    """Give a list, also where one thing stands for it."""
    return value if isinstance(value, list) else [value]


def target(value: Any) -> str:
    """Name what a reference points to; text stays as it is."""
    if not isinstance(value, Mapping):
        return str(value)
    ((form, to),) = value.items()
    return str(to[0] if form == "Fn::GetAtt" else to)
