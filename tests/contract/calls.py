"""Record the AWS calls of a function's real code, and answer them before they are sent."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import ANY

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.validate import validate_parameters

from costguard.adapters import clients
from costguard.app.admin_channel import REACHED
from costguard.bootstrap import guard, notifier, responder
from costguard.enforcement.notice_builder import build_notice
from costguard.notifications.notice import NoticeStage
from costguard.notifications.schema import encode_published
from costguard.policy.model import Policy
from costguard.resources.kind import Kind
from costguard.resources.registry import KINDS
from costguard.resources.unwatched import UNWATCHED_KINDS
from local.slack import Slack
from tests.contract import built
from tests.contract.template import ACCOUNT, REGION
from tests.factories import a_name, address_of, arn, at, notebook

type Call = tuple[str, str]  # the IAM action, and the ARN that it is about or "*"

POLICY = Path(__file__).parents[2] / "layers" / "policy" / "policy.toml"
_PLACE = f"{REGION}:{ACCOUNT}"
_NAMESPACES = {"monitoring": "cloudwatch", "tagging": "tag"}
"""IAM's name of a service, where it is not the name that requests are signed for."""
_ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "budgets:DescribeBudgets": "budgets:ViewBudget",
    "sns:PublishBatch": "sns:Publish",
}
"""IAM's name of an action, where it is not the operation's."""
_SUBJECTS = {  # by the parameter that names it
    "TableName": f"arn:aws:dynamodb:{{Region}}:{ACCOUNT}:table/{{TableName}}",
    "TopicArn": "{TopicArn}",
    "ResourceArn": "{ResourceArn}",
    "QueueUrl": f"arn:aws:sqs:{_PLACE}:{{QueueName}}",
    "FunctionName": f"arn:aws:lambda:{_PLACE}:function:{{FunctionName}}",
    "Bucket": "arn:aws:s3:::{Bucket}/{Key}",
    "FromEmailAddress": f"arn:aws:ses:{_PLACE}:identity/{{FromEmailAddress}}",
    "SecretId": f"arn:aws:secretsmanager:{_PLACE}:secret:{{SecretId}}-AbCdEf",
    "Name": f"arn:aws:ssm:{_PLACE}:parameter{{Name}}",
    "RoleArn": "{RoleArn}",
    "AccountId": "arn:aws:budgets::{AccountId}:budget/one",
}
_KINDS = sorted(KINDS.values(), key=lambda kind: -len(kind.identity.parts))
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": REGION,
}
_WAYS_IN = ("CreatePresignedNotebookInstanceUrl", "AssumeRole")
_FACTS = b'{"kernels": [], "terminals": []}'

_TOLD = build_notice(NoticeStage.WARNING, notebook("one"), [], Policy(), now=at(2))
_PUBLISHED = {
    "pk": {"S": "published"},
    "sk": {"S": "one"},
    "body": {"S": encode_published(_TOLD)},
    "token": {"S": "0"},
}
"""The row of a notice that was published, and of the token; no other row is found."""

_EMPTY: Mapping[str, Any] = {
    "Attributes": {},
    "Budgets": [],
    "Items": [],
    "MetricDataResults": [],
    "PriceList": [],
    "ResourceTagMappingList": [],
    "Responses": {},
    "ResultsByTime": [],
    "Tags": [],
}


class CallRecorder:
    """Hear every call of every client that is made while they listen."""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack
        self._heard: set[Call] = set()
        self.written: set[str] = set()  # partitions of the ledger

    def record(self, act: Callable[[], object]) -> set[Call]:
        """Give the calls that something makes."""
        self._heard.clear()
        act()
        return set(self._heard)

    def note(
        self, params: dict[str, Any], model: Any, context: Mapping[str, Any], **_: object
    ) -> None:
        """Write a call down; what it says is in the model that the layer ships."""
        validate_parameters(params, model.input_shape)
        signed = model.service_model.signing_name
        action = f"{_NAMESPACES.get(signed, signed)}:{model.name}"
        if model.name == "PutItem":
            self.written.add(params["Item"]["pk"]["S"])
        if model.name == "UpdateItem":
            self.written.add(params["Key"]["pk"]["S"])
        if model.name == "TransactWriteItems":
            for each in params["TransactItems"]:
                self.note(each["Put"], model.service_model.operation_model("PutItem"), context)
            return
        about = subject(params, context["client_region"], model.name)
        self._heard.add((_ACTIONS.get(action, action), about))

    def answer(self, model: Any, params: dict[str, Any], **_: object) -> tuple[Any, dict[str, Any]]:
        """Answer with one thing that runs, of whatever kind is asked for; refuse a way in."""
        if model.name in _WAYS_IN:
            refused = {"Error": {"Code": "AccessDeniedException", "Message": "not here"}}
            return AWSResponse("", 400, HTTPHeaders(), None), refused
        hook = "hook" in str(params.get("body"))
        secret = self.slack.hook if hook else self.slack.secret
        answers = {"SecretString": secret, "Parameter": {"Value": secret}, **_EMPTY}
        if REACHED in str(params.get("body")):
            answers["Item"] = {"time": {"S": at(0).isoformat()}}
        return AWSResponse("", 200, HTTPHeaders(), None), _of_a_kind(model.name) or {
            **answers,
            **({"Item": _PUBLISHED} if '"published"' in str(params.get("body")) else {}),
            "Payload": BytesIO(_FACTS),
            "Body": BytesIO(b"name\nJane Roe\n"),
            "ETag": "1",
        }


def _of_a_kind(operation: str) -> dict[str, Any] | None:
    for told in UNWATCHED_KINDS:
        if operation == told.list.operation:
            return {told.list.rows: [{told.name: "one", told.described_by: "one"}]}
        if operation == told.describe:
            return {}
    for kind in KINDS.values():
        form = kind.translation
        row = {
            **address_of(kind.name, name := a_name(kind.name, "one")),
            form.arn: arn(kind.name, name),
            form.status: [*kind.lifecycle.running, kind.lifecycle.first][0],
            **_referring(kind),
        }
        if operation == kind.api.describe:
            return row
        if (of := kind.api.list.parents) and operation == of.operation:
            return {of.rows: [{of.field: "one"}]}
        if operation == kind.api.list.operation:
            ended = {form.ended: at(0)} if form.ended else {}
            return {kind.api.list.rows: [row | ended]}
    return next(filter(None, (_of_a_deletion(each, operation) for each in KINDS.values())), None)


def _referring(kind: Kind) -> dict[str, Any]:
    """Write the members that its further reads ask for; what those depend on is as they want it."""
    found: dict[str, Any] = {}
    for follow in kind.api.follow_ups:
        for path, value in ((follow.field, "one"), ((follow.only_if or [""])[0], ANY)):
            of, _, own = path.rpartition(".")
            if path and path != kind.translation.arn:
                (found.setdefault(of, {}) if of else found)[own] = value
    return found


def _of_a_deletion(kind: Kind, operation: str) -> dict[str, Any] | None:
    """Answer what is read before a deletion: all is there, and everything hinders it."""
    for hindrance in kind.api.stop.hindered_by if kind.api.stop else ():
        read = hindrance.describe
        if operation == hindrance.operation:
            return {hindrance.rows: [{read.argument: "one"} if read else {"ResourceId": "one"}]}
    if kind.is_deleted and operation in kind.grants["needed"]:
        return {"ProductionVariants": [{"VariantName": "one", "ModelName": "one"}]}
    return None


def subject(params: Mapping[str, Any], region: str, operation: str) -> str:
    """Write the ARN that IAM checks for a call; `*` where it knows none."""
    queue = str(params.get("QueueUrl")).rpartition("/")[2]
    told = {**params, **_batched(params), "QueueName": queue, "Region": region}
    for each in UNWATCHED_KINDS:
        if each.resource and "WithDecryption" not in params and set(params) == {each.argument}:
            return f"arn:aws:sagemaker:{_PLACE}:{each.resource}/{params[each.argument]}"
    for kind in _KINDS:
        if name := kind.identity.name_in(params):
            return f"arn:aws:sagemaker:{_PLACE}:{kind.arn_part}/{name}"
        for follow in kind.further:
            if operation == follow.operation and (name := params.get(follow.argument)):
                return f"arn:aws:sagemaker:{_PLACE}:{follow.resource}/{name}"
    return next((form.format_map(told) for key, form in _SUBJECTS.items() if key in told), "*")


def _batched(params: Mapping[str, Any]) -> dict[str, str]:
    """Name the one table of a batch."""
    if "RequestItems" not in params:
        return {}
    [table] = params["RequestItems"]
    return {"TableName": table}


@contextmanager
def recording_calls(environment: Mapping[str, str]) -> Iterator[CallRecorder]:
    """Record calls of code that runs with a function's environment, its layers, and a Slack."""
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        TemporaryDirectory() as layer,
        Slack({}) as slack,
    ):
        (Path(layer) / "costguard_policy").mkdir()
        (Path(layer) / "costguard_policy" / "policy.toml").write_bytes(POLICY.read_bytes())
        monkeypatch.syspath_prepend(layer)
        for name, value in {**_CREDENTIALS, **environment}.items():
            monkeypatch.setenv(name, value)
        recorder = CallRecorder(slack)
        _forget(clients, guard, notifier)
        session: Any = clients.session()
        session.register_component("data_loader", built.loader())
        session.register("before-parameter-build", recorder.note)
        session.register("before-call", recorder.answer)
        try:
            yield recorder
        finally:
            _forget(clients, guard, notifier)
            sys.modules.pop("costguard_policy", None)


def forget_ports() -> None:
    """Let ports be wired again, with the clients that there are."""
    _forget(guard, notifier, responder)


def _forget(*modules: object) -> None:
    """Let what is made once per container be made again."""
    for module in modules:
        for each in vars(module).values():
            if hasattr(each, "cache_clear"):
                each.cache_clear()
