"""AWS in this process: clients with botocore's own errors and pages, before the local SageMaker.

A fault here is one that the SDK's own retries did not outlast.
"""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.paginate import PageIterator, Paginator, PaginatorModel

from local.clock import Clock
from local.faults import DENIED, ERRORS, Fault, FaultPlan
from local.sagemaker.account import Account
from local.sagemaker.errors import AwsError
from tests.soak.in_memory_table import ConditionFailed, Table

STALE_FOR = timedelta(minutes=2)
"""How old an answer of Describe may be."""
INDEX_LAG = timedelta(minutes=30)
"""How far the tagging API may lag behind."""
_SECRET_KEYS = {"link"}
"""Partitions whose rows have keys by chance; what goes wrong is not to depend on them."""
_SUBJECTS = ("ResourceArn", "FunctionName", "TopicArn", "QueueUrl")

_REFUSED = {
    Fault.KILLED_BEFORE,
    Fault.TIMEOUT,
    Fault.THROTTLED,
    Fault.BROKEN,
    Fault.DENIED,
    Fault.CONFLICT,
}

type Params = Mapping[str, Any]
type Serve = Callable[[Params], dict[str, Any]]


class Killed(BaseException):
    """Lambda ends the function here and now; nothing of it runs any more."""


class Cloud:
    """Every service that the guard calls; `serves` is what is not SageMaker's or the table's."""

    def __init__(self, account: Account, clock: Clock, plan: FaultPlan, table: Table) -> None:
        self.account = account
        self.clock = clock
        self.plan = plan
        self.table = table
        self.serves: dict[tuple[str, str], Serve] = {
            **{("dynamodb", name): serve for name, serve in table.calls.items()},
            ("resourcegroupstaggingapi", "GetResources"): self._index,
        }
        self.before_stop: Callable[[str, str], None] = lambda _kind, _name: None
        self.after_stop: Callable[[str, str, str], None] = lambda _kind, _name, _outcome: None
        self.concurrent_writer: Callable[[str], bool] = lambda _case: False
        self.on_fault: Callable[[str, Params, Fault], None] = lambda _call, _asked, _fault: None
        self._rivals = 0
        self._seen: dict[str, tuple[datetime, dict[str, Any]]] = {}
        self._tagged: dict[str, list[tuple[datetime, list[dict[str, str]]]]] = {}

    def client(self, service: str) -> Any:  # no stub knows a client of ours
        """Give the client of one service."""
        return Client(self, service)

    def call(self, service: str, operation: str, parameters: Params) -> dict[str, Any]:
        """Make a call, and let go wrong what is to go wrong."""
        if service == "secretsmanager":  # read once a container
            return self.serves[service, operation](parameters)
        fault = self.plan.fault_of(service, operation, _subject(parameters), self.clock.now())
        if fault is Fault.CONFLICT and (
            "ConditionExpression" not in parameters or self._rival(parameters)
        ):
            fault = None  # or a real one: the first writer has written
        self._refuse(service, operation, parameters, fault)
        response = self._serve(service, operation, parameters, fault)
        if fault:
            self.on_fault(f"{service}/{operation}", parameters, fault)
        if fault is Fault.KILLED_AFTER:
            raise Killed(operation)
        if fault is Fault.LOST_ANSWER:
            raise ReadTimeoutError(endpoint_url=service)
        return response

    def _refuse(
        self, service: str, operation: str, parameters: Params, fault: Fault | None
    ) -> None:
        """Fail before anything is done, where the fault is one of those."""
        if fault not in _REFUSED:
            return
        self.on_fault(f"{service}/{operation}", parameters, fault)
        if fault is Fault.KILLED_BEFORE:
            raise Killed(operation)
        if fault is Fault.TIMEOUT:
            raise ReadTimeoutError(endpoint_url=service)
        raise refusal(service, operation, fault)

    def _rival(self, parameters: Params) -> bool:
        """Let somebody else be first, by doing the same work just now."""
        key = parameters["Item"]
        if key["pk"]["S"] != "case" or self._rivals:
            return False
        self._rivals += 1
        found = self.concurrent_writer(key["sk"]["S"])
        self._rivals -= 1
        return found

    def retagged(self, arn: str, tags: list[dict[str, str]]) -> None:
        """Let the index know, in its own time, what somebody has tagged."""
        self._tagged.setdefault(arn, []).append((self.clock.now(), tags))

    def _serve(
        self, service: str, operation: str, parameters: Params, fault: Fault | None
    ) -> dict[str, Any]:
        if service == "sagemaker":
            return self._sagemaker(operation, parameters, fault)
        if fault is Fault.SLOW:
            return _payload({"problem": "timed out"})
        if fault is Fault.SHORT_PAGE and operation == "Query":
            return self.table.query(parameters, page=3)
        if fault is Fault.SHORT_PAGE and operation == "BatchGetItem":
            return self.table.get_each(parameters, most=1)
        if operation == "GetResources":
            return self._index(parameters, stale=fault is Fault.STALE)
        try:
            return self.serves[service, operation](parameters)
        except ConditionFailed as failed:
            raise rejected(operation, failed.code, "The conditional request failed") from None

    def _sagemaker(self, operation: str, parameters: Params, fault: Fault | None) -> dict[str, Any]:
        if fault is Fault.SHORT_PAGE and "MaxResults" in parameters:
            parameters = {**parameters, "MaxResults": 2}
        stops = operation.removeprefix("Stop") if operation.startswith("Stop") else None
        key, now = f"{operation}/{_subject(parameters)}", self.clock.now()
        if stops:
            self.before_stop(stops, _subject(parameters))
        if fault is Fault.STALE and key in self._seen and now - self._seen[key][0] <= STALE_FOR:
            return self._seen[key][1]
        try:
            answer = deepcopy(self.account.call(operation, parameters))
        except AwsError as error:
            if stops:
                self.after_stop(stops, _subject(parameters), "refused")
            raise _error(operation, 400, error.code, error.message) from None
        if stops:
            self.after_stop(stops, _subject(parameters), "lost" if fault else "accepted")
        if operation.startswith("Describe"):
            self._seen[key] = (now, answer)
        return answer

    def _index(self, parameters: Params, *, stale: bool = False) -> dict[str, Any]:
        """Answer GetResources, in one page; stale, as it was a while ago."""
        lag = INDEX_LAG * self.plan.random("index").random() if stale else timedelta()
        rows = [(arn, self._indexed(arn, tags, lag)) for arn, tags in self.account.tagged().items()]
        wanted = parameters.get("ResourceARNList")
        return {
            "PaginationToken": "",
            "ResourceTagMappingList": [
                {"ResourceARN": arn, "Tags": tags}
                for arn, tags in rows
                if tags is not None and (wanted is None or arn in wanted)
            ],
        }

    def _indexed(
        self, arn: str, tags: list[dict[str, str]], lag: timedelta
    ) -> list[dict[str, str]] | None:
        until = self.clock.now() - lag
        history = self._tagged.get(arn, [])
        known = [each for when, each in history if when <= until]
        if not lag or not history:
            return tags
        return known[-1] if known else None


class Client:
    """A client as the guard's adapters use one."""

    def __init__(self, cloud: Cloud, service: str) -> None:
        self._cloud = cloud
        self._service = service

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        """Give the method that makes a call."""
        operation = _operations(self._service)[method]
        return lambda **parameters: self._cloud.call(self._service, operation, parameters)

    def get_paginator(self, method: str) -> "Pages":
        """Give botocore's own paginator of a call."""
        return Pages(self._service, method, getattr(self, method))


class Pages(Paginator):  # type: ignore[type-arg]
    """Botocore's paginator; the pages are dictionaries already."""

    PAGE_ITERATOR_CLS = PageIterator

    def __init__(self, service: str, method: str, call: Callable[..., Any]) -> None:
        operation = _operations(service)[method]
        model = _model(service).operation_model(operation)
        paging: Any = super().__init__
        paging(call, _pages(service).get_paginator(operation), model)


def refusal(service: str, operation: str, fault: Fault) -> ClientError:
    """Say what goes wrong in the service's own words."""
    status, code, message = ERRORS[service].get(fault, DENIED)
    return _error(operation, status, code, message)


def rejected(operation: str, code: str, message: str) -> ClientError:
    """Refuse a call because of what it asks, whoever makes it and how often."""
    return _error(operation, 400, code, message)


def _error(operation: str, status: int, code: str, message: str) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, operation)


def _payload(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {"Payload": BytesIO(json.dumps(facts).encode())}


def _subject(parameters: Params) -> str:
    """Name what a call is about."""
    if "RequestItems" in parameters:
        [table] = parameters["RequestItems"].values()
        return _subject({"Key": table["Keys"][0]})
    if "TransactItems" in parameters:
        return _subject(parameters["TransactItems"][0]["Put"])
    if "Key" in parameters or "Item" in parameters:
        key = parameters.get("Key") or parameters["Item"]
        part, row = key["pk"]["S"], key["sk"]["S"]
        return part if part in _SECRET_KEYS else f"{part}/{row}"
    if "Payload" in parameters:
        return str(json.loads(parameters["Payload"])["notebook"])
    names = (value for name, value in parameters.items() if name.endswith("Name"))
    named = (str(parameters[name]) for name in _SUBJECTS if name in parameters)
    return next((str(name) for name in names), None) or next(named, "")


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


@cache
def _pages(service: str) -> PaginatorModel:
    loader = botocore.session.get_session().get_component("data_loader")
    return PaginatorModel(loader.load_service_model(service, "paginators-1"))


@cache
def _operations(service: str) -> dict[str, str]:
    return {xform_name(name): name for name in _model(service).operation_names}
