"""Resources and properties of the template that MiniStack's CloudFormation leaves out."""

from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch, dynamodb, scheduler
from ministack.services.cloudformation import provisioners

type Properties = dict[str, Any]

LIFECYCLE = "AWS::SageMaker::NotebookInstanceLifecycleConfig"
COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
TABLE = "AWS::DynamoDB::Table"
SCHEDULE = "AWS::Scheduler::Schedule"
_SCHEDULE_ALSO = ("ScheduleExpressionTimezone", "StartDate", "EndDate")
_originals = {kind: provisioners._RESOURCE_HANDLERS[kind] for kind in (TABLE, SCHEDULE)}


def install(
    schedules_changed: Callable[[], None], sagemaker: Callable[[str, Properties], object]
) -> None:
    """Complete what is created or updated from now on; ask SageMaker for its own resources."""

    def complete_schedule(name: str, properties: Properties) -> None:
        schedule = scheduler._schedules[f"{properties.get('GroupName', 'default')}/{name}"]
        schedule.update({p: properties[p] for p in _SCHEDULE_ALSO if p in properties})
        schedules_changed()

    provisioners._RESOURCE_HANDLERS[LIFECYCLE] = _lifecycle(sagemaker)
    provisioners._RESOURCE_HANDLERS[COMPOSITE] = _composite()
    _complete(TABLE, _complete_table)
    _complete(SCHEDULE, complete_schedule)


def uninstall() -> None:
    """Leave MiniStack as it was."""
    provisioners._RESOURCE_HANDLERS.update(_originals)
    for kind in (LIFECYCLE, COMPOSITE):
        del provisioners._RESOURCE_HANDLERS[kind]


def _lifecycle(call: Callable[[str, Properties], object]) -> dict[str, Callable[..., Any]]:
    """Create, update and delete a lifecycle configuration through SageMaker itself."""
    key = "NotebookInstanceLifecycleConfigName"

    def create(logical_id: str, properties: Properties, stack: str, *_rest: Any) -> Any:
        name = properties.get(key) or f"{logical_id}-{stack}"
        call("CreateNotebookInstanceLifecycleConfig", {**properties, key: name})
        return name, {key: name}

    def update(name: str, _old: Properties, properties: Properties, *_: Any, **_more: Any) -> Any:
        call("UpdateNotebookInstanceLifecycleConfig", {**properties, key: name})
        return name, {key: name}

    def delete(name: str, _properties: Properties) -> None:
        call("DeleteNotebookInstanceLifecycleConfig", {key: name})

    return {"create": create, "update": update, "delete": delete}


def _composite() -> dict[str, Callable[..., Any]]:
    """Create, update and delete an alarm of other alarms."""

    def put(name: str, properties: Properties) -> tuple[str, Properties]:
        request = {**properties, "AlarmName": name}
        status, _, body = cloudwatch._put_composite_alarm({}, request, is_cbor=False, is_json=True)
        if status != 200:  # noqa: PLR2004 - the HTTP status OK
            raise ValueError(f"{COMPOSITE}: {body!r}")
        return name, {"Arn": cloudwatch._composite_alarms[name]["AlarmArn"]}

    def create(logical_id: str, properties: Properties, stack: str, *_rest: Any) -> Any:
        name = properties.get("AlarmName") or provisioners._physical_name(stack, logical_id)
        return put(name, properties)

    def update(name: str, _old: Properties, properties: Properties, *_: Any, **_more: Any) -> Any:
        return put(name, properties)

    def delete(name: str, _properties: Properties) -> None:
        cloudwatch._delete_alarms({}, {"AlarmNames": [name]}, is_cbor=False, is_json=True)

    return {"create": create, "update": update, "delete": delete}


def _complete(kind: str, complete: Callable[[str, Properties], None]) -> None:
    original = _originals[kind]

    def create(logical_id: str, properties: Properties, *rest: Any) -> Any:
        name, attributes = original["create"](logical_id, properties, *rest)
        complete(name, properties)
        return name, attributes

    def update(name: str, old: Properties, properties: Properties, *rest: Any, **more: Any) -> Any:
        name, attributes = original["update"](name, old, properties, *rest, **more)
        complete(name, properties)
        return name, attributes

    provisioners._RESOURCE_HANDLERS[kind] = {**original, "create": create, "update": update}


def _complete_table(name: str, properties: Properties) -> None:
    for prop, apply in {
        "PointInTimeRecoverySpecification": dynamodb._update_continuous_backups,
        "SSESpecification": dynamodb._update_table,
        "TimeToLiveSpecification": dynamodb._update_ttl,
    }.items():
        if prop in properties:
            value = dict(properties[prop])
            if prop == "SSESpecification":
                value["Enabled"] = value.pop("SSEEnabled")
            status, _, body = apply({"TableName": name, prop: value})
            if status != 200:  # noqa: PLR2004 - the HTTP status OK
                raise ValueError(f"{TABLE} {prop}: {body!r}")
