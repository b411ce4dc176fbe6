"""What each function calls is what its role grants: no less, and no more.

The calls come from the code: which ports a handler can reach, and which requests the real wiring
makes for each of them, in the environment that the template gives the function, recorded before
they are sent; and from what Lambda does in the function's role. The grants come from template.yaml
as SAM translates it, with its conditions decided: what SAM adds to a role is seen here too.
"""

import os
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import cache, partial
from typing import Any

import pytest

from costguard.adapters import jupyter
from costguard.adapters.clients import client
from costguard.bootstrap.guard import enforce_ports, park_ports, sweep_ports, watch_ports
from costguard.bootstrap.notifier import notification_ports, notify_queue
from costguard.bootstrap.reporter import report_ports
from costguard.bootstrap.responder import door_ports, press_ports, respond_ports, slack_members
from costguard.reports.html import Assets
from costguard.resources.registry import KINDS
from costguard.resources.unwatched import UNWATCHED_KINDS
from tests.contract.calls import Call, forget_ports, recording_calls
from tests.contract.exercises import EXERCISES
from tests.contract.reach import Code, Port, every_port, reached, read
from tests.contract.template import (
    ALONE,
    EVERYTHING,
    FUNCTIONS,
    IN_SSM,
    NOTHING,
    PATH,
    Deployment,
    target,
)


def _either() -> Any:
    """Give the ports of `notify`, or of the guard: both look these up."""
    return notification_ports() if "NOTIFY_QUEUE_URL" in os.environ else sweep_ports()


def _any() -> Any:
    """Give the ports of the guard, or of `respond`, which publishes nothing."""
    return sweep_ports() if "ALERTS_TOPIC_ARN" in os.environ else respond_ports()


def _exceptions() -> Any:
    """Give what the guard, or the report, reads of exceptions."""
    guards = "STOP_QUEUE_URL" in os.environ
    return (sweep_ports() if guards else reporting()).exceptions


def _marks() -> Any:
    """Give the markers of the report, or of the guard."""
    return reporting().marks if "REPORT_BUCKET" in os.environ else sweep_ports().marks


WHOLE = {"everything": EVERYTHING, "secrets-in-ssm": IN_SSM, "nothing": NOTHING}
DEPLOYMENTS = {**WHOLE, **ALONE}
DEPLOYED = [
    *((function, name) for name, each in WHOLE.items() for function in each.functions),
    *(("Notify", name) for name in ALONE),
]
reporting = partial(report_ports, Assets("", "", "", ""))
MAKE: dict[str, Callable[[], Any]] = {
    "GuardPorts": sweep_ports,
    "SweepPorts": sweep_ports,
    "Inventory": lambda: _any().inventory,
    "ActivityObserver": lambda: sweep_ports().activity,
    "UseMeter": lambda: sweep_ports().use,
    "CaseStore": lambda: _any().cases,
    "AuditTrail": lambda: _any().audit,
    "TimeMarks": _marks,
    "Creators": lambda: _any().creators,
    "EventMemory": lambda: watch_ports().events,
    "UsageStore": lambda: sweep_ports().usage,
    "NoticePublisher": lambda: sweep_ports().notices,
    "NoticeReceipts": lambda: sweep_ports().receipts,
    "TextPublisher": lambda: sweep_ports().texts,
    "UnwatchedReader": lambda: sweep_ports().unwatched,
    "UnwatchedLedger": lambda: sweep_ports().unwatched_ledger,
    "RosterFiles": lambda: sweep_ports().roster_files,
    "RosterStore": lambda: sweep_ports().rosters,
    "UnwatchedHistory": lambda: reporting().unwatched,
    "StopRequests": lambda: _any().stop_requests,
    "Stopper": lambda: enforce_ports().stopper,
    "Deleter": lambda: park_ports().deleter,
    "RespondPorts": respond_ports,
    "SlackMembers": slack_members,
    "PressQueue": lambda: press_ports().replies,
    "PressReplies": lambda: notification_ports().presses,
    "LinkStore": lambda: door_ports().links,
    "MeterReader": lambda: door_ports().meter,
    "PageRequests": lambda: door_ports().page_requests,
    "ExceptionReader": _exceptions,
    "ExceptionStore": lambda: respond_ports().exceptions,
    "Tagger": lambda: respond_ports().tagger,
    "ReportPorts": reporting,
    "PriceSource": lambda: reporting().price_source,
    "PriceStore": lambda: reporting().prices,
    "UsageHistory": lambda: reporting().usage,
    "MarkReader": lambda: reporting().guard_marks,
    "CaseReader": lambda: reporting().cases,
    "AuditReader": lambda: reporting().audit,
    "UnreachedReader": lambda: reporting().unreached,
    "BillSource": lambda: reporting().bill,
    "AwsBudgetSource": lambda: reporting().aws_budgets,
    "CreditSource": lambda: reporting().credits,
    "PagePublisher": lambda: reporting().pages,
    "SummaryPublisher": lambda: reporting().texts,
    "NotificationPorts": notification_ports,
    "CreatorLookup": lambda: _either().creators,
    "DeliveryReader": lambda: _either().deliveries,
    "KnownNotices": lambda: notification_ports().known,
    "WarningLookup": lambda: notification_ports().warnings,
    "DeliveryStore": lambda: notification_ports().deliveries,
    "TurnKeeper": lambda: notification_ports().turns,
    "DeferralQueue": lambda: notification_ports().deferrals,
    "LinkMaker": lambda: notification_ports().links,
    "SqsNotifyQueue": notify_queue,
}
OUTSIDE = ("costguard.adapters", "costguard.bootstrap")
ALL = {"costguard.adapters.logs": {"logged"}, "costguard.adapters.metrics": {"alive"}}
ENTRY_POINTS = {  # what a handler imports from OUTSIDE; the probe needs no ports and no policy
    "Watch": {
        "costguard.bootstrap.guard": {"watch_ports"},
        "costguard.adapters.logs": {"log_decision", "logged"},
    },
    "Sweep": {
        "costguard.bootstrap.guard": {"sweep_ports"},
        "costguard.adapters.logs": {"log_decision", "logged"},
    },
    "Probe": {
        "costguard.bootstrap.prober": {"sagemaker_in"},
        "costguard.adapters.jupyter": {"probe_notebook"},
        "costguard.adapters.logs": {"log_decision", "logged"},
    },
    "Enforce": {"costguard.bootstrap.guard": {"enforce_ports"}},
    "Parker": {"costguard.bootstrap.guard": {"park_ports"}},
    "Report": {
        "costguard.bootstrap.reporter": {"report_ports"},
        "costguard.adapters.logs": {"log_decision", "logged"},
        "costguard.adapters.metrics": {"alive", "here"},
    },
    "Notify": {
        "costguard.bootstrap.notifier": {"notification_ports", "notify_queue"},
        "costguard.adapters.logs": {"logged", "logger"},
    },
    "Respond": {"costguard.bootstrap.responder": {"respond_ports"}},
    "Door": {"costguard.bootstrap.responder": {"door_ports", "press_ports", "slack_members"}},
}
DELETES = {"sagemaker:DeleteApp", "sagemaker:DeleteEndpoint"}
"""All that `park` will ever be granted: of both, what another is made of stays."""
TAKING = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
WITHOUT_ARN = {  # AWS knows no narrower resource for these (Service Authorization Reference)
    "billing:GetCredits",
    "ce:GetCostAndUsage",
    "cloudwatch:GetMetricData",
    "pricing:GetProducts",
    "tag:GetResources",
    *(
        f"sagemaker:{each}"
        for kind in KINDS.values()
        for use in ("list", "volumes")
        for each in kind.grants[use]
    ),
    *(each for kind in KINDS.values() for each in kind.grants["hindrances"]),
    *(f"sagemaker:{each}" for kind in UNWATCHED_KINDS for each in kind.lists),
}


@cache
def handler(function: str) -> Code:
    """Read a function's handler."""
    return read(PATH.parent / FUNCTIONS[function]["CodeUri"] / "handler.py")


@cache
def heard(function: str, deployment: str) -> tuple[set[Call], set[str]]:
    """Give every call that a function may make where it is deployed, and where it then writes."""
    environment = DEPLOYMENTS[deployment].environment(function)
    with recording_calls(environment) as recorder:
        if function == "Probe":
            return recorder.record(
                lambda: jupyter.probe_notebook(client("sagemaker"), "one")
            ), set()
        calls = {
            c for port in reached(handler(function)) for c in recorder.record(partial(use, port))
        }
        return calls, recorder.written


def used(function: str, deployment: str) -> set[Call]:
    """Give every call that a function may make where it is deployed, and Lambda in its role."""
    return heard(function, deployment)[0] | by_lambda(function, DEPLOYMENTS[deployment])


def by_lambda(function: str, deployment: Deployment) -> set[Call]:
    """Give what Lambda does in a function's role: write its log, take its messages, give up."""
    group = deployment.translated[function]["Properties"]["LoggingConfig"]["LogGroup"]
    streams = deployment.text({"Fn::GetAtt": [target(group), "Arn"]})
    calls = {("logs:CreateLogStream", streams), ("logs:PutLogEvents", streams)}
    for each in deployment.translated.values():
        given = each.get("Properties", {})
        if target(given.get("FunctionName", "")) != function:
            continue
        if each["Type"] == "AWS::Lambda::EventSourceMapping":
            calls |= {(f"sqs:{call}", deployment.text(given["EventSourceArn"])) for call in TAKING}
        if each["Type"] == "AWS::Lambda::EventInvokeConfig":
            failed = given["DestinationConfig"]["OnFailure"]["Destination"]
            calls.add(("sqs:SendMessage", deployment.text(failed)))
    return calls


def use(port: Port) -> None:
    """Use one port of a wiring that is made for it."""
    kind, _ = port
    forget_ports()
    EXERCISES[port](MAKE[kind]())


def means(action: str, on: str) -> bool:
    """Tell whether an action can be about a resource: of its service and, if it has one, kind."""
    parts = {"sagemaker:CreatePresignedNotebookInstanceUrl": "notebook-instance"}
    for kind in KINDS.values():
        stop = (kind.api.stop.operation,) if kind.api.stop else ()
        parts |= {f"sagemaker:{call}": kind.arn_part for call in (kind.api.describe, *stop)}
        parts |= {f"sagemaker:{each.operation}": each.resource for each in kind.further}
    if on == "*":
        return True
    part = on.rsplit(":", 1)[-1].partition("/")[0]
    known = part in {*parts.values()}
    other = known and parts.get(action, part) != part
    return action.partition(":")[0] == on.split(":")[2] and not other


def allows(grant: Call, call: Call) -> bool:
    return grant[0] == call[0] and (grant[1] == "*" or fnmatchcase(call[1], grant[1]))


@pytest.mark.parametrize(("function", "deployment"), DEPLOYED)
def test_a_role_grants_every_call_its_function_makes(function: str, deployment: str) -> None:
    grants, calls = DEPLOYMENTS[deployment].grants(function), used(function, deployment)
    assert calls
    assert [c for c in sorted(calls) if not any(allows(grant, c) for grant in grants)] == []


@pytest.mark.parametrize(("function", "deployment"), DEPLOYED)
def test_nothing_is_granted_that_a_function_does_not_use(function: str, deployment: str) -> None:
    calls, grants = used(function, deployment), DEPLOYMENTS[deployment].grants(function)
    unused = [g for g in grants if means(*g) and not any(allows(g, call) for call in calls)]
    assert unused == []


def test_every_port_is_looked_at_and_some_function_reaches_it() -> None:
    assert EXERCISES.keys() == every_port()
    assert set().union(*(reached(handler(function)) for function in FUNCTIONS)) == every_port()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_reaches_aws_through_its_own_doors_alone(function: str) -> None:
    code, entry_points = handler(function), ENTRY_POINTS[function]
    assert not [module for module in code.modules if module.startswith("boto")]
    taken = {name for name in code.imports.values() if name[0].startswith(OUTSIDE)}
    assert taken == {
        (module, name) for module, names in {**ALL, **entry_points}.items() for name in names
    }


@pytest.mark.parametrize(
    ("verb", "only"), [("Stop", "Enforce"), ("Delete", "Parker"), ("CreatePresigned", "Probe")]
)
def test_what_only_one_function_may_do(verb: str, only: str) -> None:
    holders = {f for f in FUNCTIONS for a, _ in EVERYTHING.grants(f) if f"sagemaker:{verb}" in a}
    assert holders == {only}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_role_but_that_of_park_may_delete_and_none_does_more_than_is_spelled_out(
    function: str,
) -> None:
    held = {action for action, _ in EVERYTHING.grants(function)}
    held -= {"sqs:DeleteMessage"}  # of its own queue: how a message is taken
    deletes = {a for a in held if "Delete" in a}
    assert deletes <= (DELETES if function == "Parker" else set())
    assert not [a for a in held if "*" in a]
    assert {each["Effect"] for each in EVERYTHING.statements(function)} == {"Allow"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_what_aws_knows_no_narrower_resource_for_is_allowed_on_everything(
    function: str,
) -> None:
    everything = [(a, on) for a, on in EVERYTHING.grants(function) if not a.startswith("logs:")]
    wide = {action for action, on in everything if on.split(":")[-1] == "*"}
    assert wide <= WITHOUT_ARN


@pytest.mark.parametrize("function", [f for f in FUNCTIONS if f != "Probe"])
def test_a_function_writes_to_its_own_part_of_the_ledger_alone(function: str) -> None:
    [write] = [s for s in EVERYTHING.statements(function) if s["Action"] == "dynamodb:PutItem"]
    ((form, condition),) = write["Condition"].items()
    assert form == "ForAllValues:StringLike"
    allowed, written = condition["dynamodb:LeadingKeys"], heard(function, "everything")[1]
    assert [pk for pk in written if not any(fnmatchcase(pk, each) for each in allowed)] == []
    assert [each for each in allowed if not any(fnmatchcase(pk, each) for pk in written)] == []


def test_nothing_is_counted_up_but_the_stops_of_events() -> None:
    counts = {
        function: statement["Condition"]
        for function in FUNCTIONS
        for statement in EVERYTHING.statements(function)
        if statement["Action"] == "dynamodb:UpdateItem"
    }
    assert counts == {"Watch": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["place"]}}}


def test_who_speaks_to_the_outside_cannot_write_a_case() -> None:
    for function in ("Report", "Notify"):
        [write] = [s for s in EVERYTHING.statements(function) if s["Action"] == "dynamodb:PutItem"]
        assert "case" not in write["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]


def test_mail_is_sent_in_the_name_of_the_one_sender_alone() -> None:
    [mail] = [s for s in EVERYTHING.statements("Notify") if s["Action"] == "ses:SendEmail"]
    assert mail["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "MailFrom"}}}


def test_nothing_ever_starts_a_notebook() -> None:
    code = [*PATH.parent.glob("layers/**/*.py"), *PATH.parent.glob("functions/**/*.py")]
    assert not [path for path in code if "start_notebook" in path.read_text(encoding="utf-8")]
    assert not [a for f in FUNCTIONS for a, _ in EVERYTHING.grants(f) if ":Start" in a]
