"""What each function calls is what its role grants: no less, and no more.

The calls come from the code: which ports a handler can reach in app.py, and which requests the real
wiring makes for each port, recorded before they are sent. The grants come from template.yaml.
"""

import ast
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from costguard import app
from costguard.app import Ports
from costguard.aws.wiring import wire
from costguard.case import case_of
from costguard.kinds import KINDS, kind_of
from costguard.messages import NoticeStage, notice
from costguard.model import Ref
from costguard.policy import Mode, Policy
from costguard.settings import Settings
from tests.contract.template import FUNCTIONS, PATH, RESOURCES, actions, listed, statements, target
from tests.factories import arn, resource

type Grant = tuple[str, str]  # the IAM action, and what it is allowed on

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
NAMESPACES = {"tagging": "tag"}  # IAM's name of a service, where it is not the signing name
SETTINGS = Settings(
    ledger_table="Ledger",
    alerts_topic="AlertsTopic",
    summary_topic="SummaryTopic",
    stop_queue="https://sqs.us-east-2.amazonaws.com/123456789012/StopQueue",
    stack="costguard",
    function="any",
    mode=Mode.ENFORCE,
)
JOB = resource("training-job", "one")
TOLD = notice(NoticeStage.WARNING, JOB, [], Policy(), now=NOW)
ALL = [resource(kind, "one") for kind in KINDS]
EXERCISES: dict[str, Callable[[Ports], object]] = {
    "policy": lambda _: None,
    "look": lambda p: [p.look(each.ref) for each in ALL],
    "running": lambda p: p.running(NOW),
    "tags": lambda p: [p.tags(each.arn) for each in ALL],
    "case": lambda p: p.case(JOB.ref),
    "cases": lambda p: list(p.cases()),
    "save": lambda p: p.save(case_of(JOB), None, NOW),
    "audit": lambda p: p.audit("told", JOB, NOW, {}),
    "recall": lambda p: p.recall("swept"),
    "note": lambda p: p.note("swept", NOW),
    "tell": lambda p: p.tell(TOLD),
    "summarise": lambda p: p.summarise("text"),
    "hand_over": lambda p: p.hand_over(Ref("training-job", "one"), NOW),
    "stop": lambda p: [p.stop(each) for each in ALL],
    "count": lambda p: p.count({}),
}


class Recorder:
    """Real clients whose requests are written down and answered before they are sent."""

    def __init__(self) -> None:
        self.calls: set[Grant] = set()
        self._session = boto3.Session("key", "secret", region_name="us-east-2")
        self.ports = wire(SETTINGS, Policy(), cache(self._client))

    def listen(self, exercise: Callable[[Ports], object]) -> frozenset[Grant]:
        """Give the calls that an exercise makes."""
        self.calls.clear()
        exercise(self.ports)
        return frozenset(self.calls)

    def _client(self, service: str) -> Any:
        made = self._session.client(service)  # type: ignore[call-overload]
        made.meta.events.register("before-parameter-build", self._note)
        made.meta.events.register("before-call", self._answer)
        return made

    def _note(self, params: dict[str, Any], model: Any, **_: object) -> None:
        name = model.service_model.signing_name
        self.calls.add((f"{NAMESPACES.get(name, name)}:{model.name}", asked_about(params)))

    def _answer(self, model: Any, **_: object) -> tuple[AWSResponse, dict[str, Any]]:
        return AWSResponse("", 200, HTTPHeaders(), None), answer(model.name)


def asked_about(params: dict[str, Any]) -> str:
    """Name what a request is about, in the template's word for it or as a kind."""
    known = ("TableName", "TopicArn", "QueueUrl")
    if ours := next((params[key] for key in known if key in params), None):
        return str(ours).rpartition("/")[2]
    if kind := kind_of(params.get("ResourceArn", "")):
        return kind.name
    return next((k.name for k in KINDS.values() if f"{k.prefix}Name" in params), "*")


def answer(operation: str) -> dict[str, Any]:
    """Answer with one thing that runs, of whatever kind is asked for."""
    for kind in KINDS.values():
        row = {
            f"{kind.prefix}Name": "one",
            f"{kind.prefix}Arn": arn(kind.name, "one"),
            f"{kind.prefix}Status": kind.active,
        }
        if operation == f"Describe{kind.prefix}":
            return row
        if operation == f"List{kind.prefix}s":
            return {kind.summaries: [row]}
    return {"Tags": [], "ResourceTagMappingList": [], "Items": []}


@cache
def calls() -> dict[str, frozenset[Grant]]:
    """Give the calls that each port makes."""
    recorder = Recorder()
    return {port: recorder.listen(exercise) for port, exercise in EXERCISES.items()}


def ports_in(tree: ast.AST, name: str) -> set[str]:
    """Give the attributes of one name: `ports.look` and `ports.tags` are look and tags."""
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return {n.attr for n in found if isinstance(n.value, ast.Name) and n.value.id == name}


def reached(start: set[str]) -> set[str]:
    """Give the ports that functions of app.py use, themselves or through others there."""
    tree = ast.parse(Path(app.__file__).read_text())
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    seen: set[str] = set()
    while fresh := (start & functions.keys()) - seen:
        seen |= fresh
        names = (n for f in fresh for n in ast.walk(functions[f]) if isinstance(n, ast.Name))
        start = {name.id for name in names}
    return {port for name in seen for port in ports_in(functions[name], "ports")}


def handler(function: str) -> ast.Module:
    """Read a function's handler."""
    code: str = FUNCTIONS[function]["CodeUri"]
    return ast.parse((PATH.parent / code / "handler.py").read_text())


def imported(tree: ast.Module) -> dict[str, set[str]]:
    """Give what a module imports, by module."""
    plain = {a.name: set[str]() for n in tree.body if isinstance(n, ast.Import) for a in n.names}
    named = (n for n in tree.body if isinstance(n, ast.ImportFrom))
    return plain | {str(n.module): {alias.name for alias in n.names} for n in named}


def used(function: str) -> set[Grant]:
    """Give every call that a function may make."""
    tree = handler(function)
    ports = reached(imported(tree)["costguard.app"]) | ports_in(tree, "guard")
    return {call for port in ports for call in calls()[port]}


def granted(function: str) -> set[Grant]:
    """Give every grant of a function's role; a kind's own call means nothing on other kinds."""
    pairs = {
        (action, thing(allowed))
        for each in statements(function)
        for action in listed(each["Action"])
        for allowed in listed(each["Resource"])
    }
    return {(a, on) for a, on in pairs if on not in KINDS or about(a) in (on, None)}


def about(action: str) -> str | None:
    """Name the kind that an action is about, if it is about one."""
    verbs = ("Describe", "Stop")
    named = {f"sagemaker:{verb}{k.prefix}": k.name for k in KINDS.values() for verb in verbs}
    return named.get(action)


def thing(allowed: Any) -> str:
    """Name what a grant is on: a resource of the template, a kind, or everything."""
    kind = kind_of(target(allowed))
    return kind.name if kind else target(allowed)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_grants_every_call_its_function_makes_and_no_other(function: str) -> None:
    missing, unused = used(function) - granted(function), granted(function) - used(function)
    assert (missing, unused) == (set(), set())


def test_every_port_is_looked_at() -> None:
    assert EXERCISES.keys() == {field.name for field in fields(Ports)}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_reaches_aws_through_its_ports_alone(function: str) -> None:
    modules = imported(handler(function))
    assert not [name for name in modules if name.startswith(("boto", "costguard.aws.clients"))]
    assert modules["costguard.aws.wiring"] == {"ports"}


def test_only_enforce_may_stop() -> None:
    holders = {f for f in FUNCTIONS if any(":Stop" in action for action in actions(f))}
    assert holders == {"Enforce"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_role_may_delete_or_do_more_than_is_spelled_out(function: str) -> None:
    assert [a for a in actions(function) if "*" in a or "Delete" in a] == []
    assert {each["Effect"] for each in statements(function)} == {"Allow"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_a_look_at_everything_is_allowed_on_everything(function: str) -> None:
    on_all = {action for action, on in granted(function) if on == "*"}
    lists = {f"sagemaker:List{kind.prefix}s" for kind in KINDS.values()}
    assert on_all <= lists | {"tag:GetResources"}


def test_every_role_is_made_of_these_grants_alone() -> None:
    assert not [name for name, r in RESOURCES.items() if r["Type"].startswith("AWS::IAM::")]
    for properties in FUNCTIONS.values():
        assert "Role" not in properties
        assert all(policy.keys() == {"Version", "Statement"} for policy in properties["Policies"])
