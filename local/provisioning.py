"""Properties of the template that MiniStack's CloudFormation leaves out, put in after it."""

from collections.abc import Callable
from typing import Any

from ministack.services import dynamodb, scheduler
from ministack.services.cloudformation import provisioners

type Properties = dict[str, Any]

TABLE = "AWS::DynamoDB::Table"
SCHEDULE = "AWS::Scheduler::Schedule"
_SCHEDULE_ALSO = ("ScheduleExpressionTimezone", "StartDate", "EndDate")
_originals = {kind: provisioners._RESOURCE_HANDLERS[kind] for kind in (TABLE, SCHEDULE)}


def install(schedules_changed: Callable[[], None]) -> None:
    """Complete what is created or updated from now on."""

    def complete_schedule(name: str, properties: Properties) -> None:
        schedule = scheduler._schedules[f"{properties.get('GroupName', 'default')}/{name}"]
        schedule.update({p: properties[p] for p in _SCHEDULE_ALSO if p in properties})
        schedules_changed()

    _complete(TABLE, _complete_table)
    _complete(SCHEDULE, complete_schedule)


def uninstall() -> None:
    """Leave MiniStack as it was."""
    provisioners._RESOURCE_HANDLERS.update(_originals)


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
            given = dict(properties[prop])
            if prop == "SSESpecification":
                given["Enabled"] = given.pop("SSEEnabled")
            status, _, body = apply({"TableName": name, prop: given})
            if status != 200:  # noqa: PLR2004 - the HTTP status OK
                raise ValueError(f"{TABLE} {prop}: {body!r}")
