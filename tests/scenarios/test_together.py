"""What is read, written and ended together: nothing that fails there hinders its neighbours."""

from collections.abc import Callable, Iterable, Sequence
from copy import replace
from datetime import datetime
from typing import Any

import pytest

from costguard.app.enforce import enforce
from costguard.app.sweep import sweep
from costguard.enforcement.audit import AuditRecord
from costguard.enforcement.case import Case
from costguard.resources.model import ResourceRef
from tests.factories import at, policy
from tests.fakes import Refused, override
from tests.scenarios.account import Account
from tests.scenarios.test_once import Change, many, warned

NUMBER = 8
BAD = "DoeJohn-N3"
OTHERS = [f"DoeJohn-N{each}" for each in range(NUMBER) if each != 3]

type Record = Callable[[Iterable[AuditRecord], datetime], None]


def due() -> Account:
    """Give an account with notebooks whose stops are asked for in one message."""
    world = Account(policy(max_stops=NUMBER), *many(NUMBER).resources.values())
    world.sweep(at(0))
    world.sweep(at(4))
    assert len(world.queued_stops) == NUMBER
    return world


def refusing(record_each: Record, what: str) -> Record:
    """Refuse a call with this row about `BAD` in it."""

    def record(rows: Iterable[AuditRecord], now: datetime) -> None:
        rows = list(rows)
        if any((row.what, row.resource.name) == (what, BAD) for row in rows):
            raise Refused("ValidationException: item size")
        record_each(rows, now)

    return record


def unauditable(ports: Any, what: str) -> Any:
    record = refusing(ports.audit.record_each, what)
    return replace(ports, audit=override(ports.audit, record_each=record))


def forgetful(ports: Any, calls: list[int]) -> Any:
    """Write several cases and lose the answer."""

    def save_each(changes: Iterable[Change], now: datetime) -> Sequence[bool]:
        changes = list(changes)
        calls.append(len(changes))
        saved: Sequence[bool] = ports.cases.save_each(changes, now)
        if len(changes) > 1 and len(calls) == 1:
            raise Refused("read timeout")
        return saved

    return replace(ports, cases=override(ports.cases, save_each=save_each))


def stop_all(world: Account, ports: Any) -> None:
    ((refs, _),) = world.queue
    enforce(ports, refs, now=at(4))


def test_a_row_that_cannot_be_written_keeps_only_its_own_resource_from_being_stopped() -> None:
    world = due()
    with pytest.raises(Refused):
        stop_all(world, unauditable(world.enforce_ports, "asked-to-stop"))
    assert sorted(world.stopped) == OTHERS
    assert not world.case(BAD).stopping
    assert {name for what, name in world.audited if what == "stop-accepted"} == {*OTHERS}


def test_an_outcome_that_cannot_be_written_hides_no_other() -> None:
    world = due()
    with pytest.raises(Refused):
        stop_all(world, unauditable(world.enforce_ports, "stop-accepted"))
    assert sorted(world.stopped) == sorted([*OTHERS, BAD])
    assert {name for what, name in world.audited if what == "stop-accepted"} == {*OTHERS}


def test_what_was_written_without_an_answer_is_stopped() -> None:
    world = due()
    with pytest.raises(Refused, match="timeout"):
        stop_all(world, forgetful(world.enforce_ports, []))
    assert sorted(world.stopped) == sorted([*OTHERS, BAD])
    assert not any(what == "stop-overtaken" for what, _ in world.audited)


def test_what_was_written_without_an_answer_is_told_once_and_at_once() -> None:
    world = many(NUMBER)
    with pytest.raises(ExceptionGroup):
        sweep(forgetful(world.sweep_ports, []), now=at(0))
    assert warned(world) == sorted([*OTHERS, BAD])
    world.sweep(at(0.2))
    assert warned(world) == []


def test_a_lost_answer_hides_no_rival() -> None:
    world = due()
    ports = forgetful(world.enforce_ports, [])
    get = ports.cases.get

    def overwritten(ref: ResourceRef) -> Case | None:
        case: Case | None = get(ref)
        return replace(case, version=case.version + 1) if case and ref.name == BAD else case

    ports = replace(ports, cases=override(ports.cases, get=overwritten))
    with pytest.raises(Refused, match="timeout"):
        stop_all(world, ports)
    assert sorted(world.stopped) == OTHERS


def test_a_notice_that_is_not_in_the_audit_keeps_only_its_own_case_waiting() -> None:
    world = many(NUMBER)
    with pytest.raises(ExceptionGroup):
        sweep(unauditable(world.sweep_ports, "told-warning"), now=at(0))
    assert warned(world) == sorted([*OTHERS, BAD])  # each once
    assert [bool(world.case(name).outbox) for name in (BAD, *OTHERS)] == [True, *[False] * 7]


def test_outboxes_that_cannot_be_emptied_tell_nothing_twice_in_one_sweep() -> None:
    world = many(NUMBER)
    ports, calls = world.sweep_ports, list[int]()

    def save_each(changes: Iterable[Change], now: datetime) -> Sequence[bool]:
        calls.append(1)
        if len(calls) > 1:
            raise Refused("throttled")
        return ports.cases.save_each(changes, now)

    with pytest.raises(ExceptionGroup):
        sweep(replace(ports, cases=override(ports.cases, save_each=save_each)), now=at(0))
    assert warned(world) == sorted([*OTHERS, BAD])


def test_a_resource_that_a_request_names_twice_is_looked_at_once() -> None:
    world = due()
    ((refs, when),) = world.queue
    world.queue = [((*refs, *refs), when)]
    assert world.enforce() == ["accepted"] * NUMBER
    assert world.counted[-1]["StopsNotDue"] == 0


def test_the_audit_has_why_a_stop_failed_though_the_ledger_fails_then() -> None:
    world = due()
    world.stop_results = [Refused("SageMaker: no")]
    ports = world.enforce_ports

    def get(_ref: ResourceRef) -> Case | None:
        raise Refused("DynamoDB: no")

    with pytest.raises(Refused, match="DynamoDB: no"):
        stop_all(world, replace(ports, cases=override(ports.cases, get=get)))
    (failed,) = (
        details
        for (what, _), details in zip(world.audited, world.audit.details, strict=True)
        if what == "stop-failed"
    )
    assert failed == {"error": "SageMaker: no"}
