"""Events that come often, twice, late, in the wrong order, spelled otherwise, or not at all."""

import json
from pathlib import Path
from typing import Any

import pytest

from costguard.resources.coverage import COVERAGE, Coverage
from local.sagemaker.event_delivery import Faults
from tests.local.guard import COMPLETE, NOTEBOOK, TAGS, Event, Guard, machines

RECORDED = Path(__file__).parents[2] / "events" / "create-project.json"
ASKED = {
    "requestParameters": {"name": "churn", "onlineStoreConfig": 1, "validationSpecification": 1}
}
BIG = {"ResourceConfig": machines("ml.p4d.24xlarge")}
LIST = [{"Key": key, "Value": value} for key, value in COMPLETE.items()]
LOWER = [{"key": key, "value": value} for key, value in COMPLETE.items()]


def renamed(events: list[Event]) -> list[Event]:
    """Give the events ids of their own."""
    return [event | {"id": f"{number:036}"} for number, event in enumerate(events)]


def unseen(guard: Guard, name: str, tags: dict[str, str] | None = None) -> Event:
    """Have a notebook in service whose events were lost; give the last of them."""
    guard.next_sweep()
    with guard.losing_events():
        guard.open(name, tags)
    return guard.changes(name)[-1]


def test_the_same_event_ten_times_at_once_is_one_warning(guard: Guard) -> None:
    event = unseen(guard, "DoeJohn-Ten")
    guard.redeliver(*[event] * 10)
    assert guard.stages_of("DoeJohn-Ten") == ["warning"]


def test_ten_events_of_one_change_with_ids_of_their_own_are_one_stop(guard: Guard) -> None:
    name = "sinkorswim-ten"
    with guard.losing_events():
        guard.create("TrainingJob", name, TAGS, **BIG)
    guard.redeliver(*renamed(guard.changes(name) * 10))
    guard.wait(minutes=1)
    assert guard.stops(name) == ["StopTrainingJob"]
    assert guard.stages_of(name) == ["stopped"]


def test_the_whole_story_told_again_backwards_changes_nothing(guard: Guard) -> None:
    name = "DoeJohn-Again"
    guard.open(name)
    guard.wait(minutes=72)
    assert guard.stages_of(name) == ["warning", "stopped"]
    story = guard.changes(name)
    assert len(story) == 4
    guard.redeliver(*renamed(story[::-1]), *story)
    guard.wait(minutes=20)
    assert guard.stages_of(name) == ["warning", "stopped"]
    assert guard.stops(name) == ["StopNotebookInstance"]


def test_events_in_the_wrong_order_tell_the_same_story(guard: Guard) -> None:
    name = "DoeJohn-Muddled"
    unseen(guard, name)
    guard.redeliver(guard.changes(name)[1])
    guard.redeliver(guard.changes(name)[0])
    guard.wait(minutes=65)
    with guard.losing_events():
        guard.wait(minutes=3)
    assert guard.status(NOTEBOOK, name) == "Stopped"
    assert guard.stages_of(name) == ["warning"]
    guard.redeliver(guard.changes(name)[3])
    guard.redeliver(guard.changes(name)[2])
    assert guard.stages_of(name) == ["warning", "stopped"]
    assert guard.stops(name) == ["StopNotebookInstance"]


def test_with_every_event_twice_and_half_of_them_late_nothing_is_said_or_done_twice(
    guard: Guard,
) -> None:
    guard.account.faults = Faults(seed=3, duplicate=1.0, late=0.5)
    guard.open("DoeJohn-Twice")
    guard.create("TrainingJob", "sinkorswim-twice", TAGS, **BIG)
    guard.wait(minutes=80)
    guard.account.faults = Faults()
    assert guard.stages_of("DoeJohn-Twice") == ["warning", "stopped"]
    assert guard.stops("DoeJohn-Twice") == ["StopNotebookInstance"]
    assert guard.stages_of("sinkorswim-twice") == ["stopped"]
    assert guard.stops("sinkorswim-twice") == ["StopTrainingJob"]


def test_an_event_older_than_the_present_state_is_judged_by_the_present(guard: Guard) -> None:
    name = "DoeJohn-Old"
    old = unseen(guard, name)
    guard.tag(name, COMPLETE)
    guard.redeliver(old)
    assert guard.stages_of(name) == []
    assert guard.rows(name) == []


def test_what_no_event_told_of_is_found_by_the_next_sweep(guard: Guard) -> None:
    unseen(guard, "DoeJohn-Lost")
    with guard.losing_events():
        guard.create("TrainingJob", "sinkorswim-lost", TAGS, **BIG)
    assert guard.stages_of("DoeJohn-Lost") == guard.stops("sinkorswim-lost") == []
    guard.next_sweep()
    assert guard.stages_of("DoeJohn-Lost") == ["warning"]
    assert guard.stops("sinkorswim-lost") == ["StopTrainingJob"]


@pytest.mark.parametrize("spelled", [COMPLETE, LIST, LOWER, {}, [], None, "absent"])
def test_however_an_event_spells_the_tags_of_a_good_notebook_nothing_is_said(
    guard: Guard, request: pytest.FixtureRequest, spelled: Any
) -> None:
    name = f"DoeJohn-Spelled{request.node.callspec.indices['spelled']}"
    event = unseen(guard, name, COMPLETE)
    detail = {key: value for key, value in event["detail"].items() if key != "Tags"}
    tags = {} if spelled == "absent" else {"Tags": spelled}
    guard.redeliver(event | {"detail": detail | tags})
    assert guard.stages_of(name) == []


@pytest.mark.parametrize("spelled", [{"Project": ""}, [{"Key": "Project", "Value": " "}], None])
def test_however_an_event_spells_missing_tags_they_are_missed(
    guard: Guard, request: pytest.FixtureRequest, spelled: Any
) -> None:
    name = f"DoeJohn-Missing{request.node.callspec.indices['spelled']}"
    event = unseen(guard, name, {"Project": " "})
    guard.redeliver(event | {"detail": event["detail"] | {"Tags": spelled}})
    assert guard.stages_of(name) == ["warning"]


def test_a_tag_is_noticed_when_it_is_set_not_at_the_next_sweep(guard: Guard) -> None:
    guard.open("DoeJohn-Quick")
    before = guard.aws.clock.now()
    guard.tag("DoeJohn-Quick", COMPLETE)
    assert guard.stages_of("DoeJohn-Quick") == ["warning", "all-clear"]
    assert guard.aws.clock.now() == before


def test_a_status_nobody_knows_is_looked_at_and_an_event_of_no_kind_is_counted(
    guard: Guard,
) -> None:
    event = unseen(guard, "DoeJohn-Unknown")
    ignored = guard.metric_sum("Watch", "EventsIgnored")
    status = {"NotebookInstanceStatus": "Hibernating"}
    guard.redeliver(event | {"detail": event["detail"] | status})
    other = event | {"detail-type": "SageMaker Moon Phase Change"}
    assert guard.invoke("Watch", other) == {"outcome": "ignored-detail-type"}
    assert guard.metric_sum("Watch", "EventsIgnored") == ignored + 1
    assert guard.stages_of("DoeJohn-Unknown") == ["warning"]  # by what AWS says of it now
    assert guard.dead_letters() == []
    assert guard.status(NOTEBOOK, "DoeJohn-Unknown") == "InService"


def unreadable(guard: Guard) -> Event:
    """Have an event of a notebook that names none."""
    guard.open("DoeJohn-Model")
    event = guard.changes("DoeJohn-Model")[-1]
    detail = {"NotebookInstanceStatus": "InService"}
    return event | {"id": "an-event-without-a-name", "resources": [], "detail": detail}


def test_an_event_that_cannot_be_read_is_logged_counted_and_kept_and_stops_nobody_else(
    guard: Guard,
) -> None:
    event = unreadable(guard)
    guard.redeliver(event)
    guard.open("DoeJohn-Beside")
    guard.wait(minutes=5)
    assert guard.stages_of("DoeJohn-Beside") == ["warning"]
    (letter,) = guard.dead_letters()
    assert letter["requestPayload"] == event
    assert letter["responsePayload"]["errorType"] == "EventInvalid"
    assert f"event {event['id']} cannot be read" in guard.log("Watch")
    assert guard.metric_sum("Watch", "EventsUnreadable") == 3  # it was tried three times


def test_the_admins_read_of_every_call_whose_cost_nothing_watches(guard: Guard) -> None:
    recorded: Event = json.loads(RECORDED.read_text(encoding="utf-8"))
    rows = list(COVERAGE.listed(Coverage.TOLD))
    calls = [
        recorded | {"detail": recorded["detail"] | {"eventName": row.operation, **ASKED}}
        for row in rows
    ]
    guard.redeliver(*renamed(calls), *renamed(calls))
    for row in rows:
        [text] = guard.summaries(f" called {row.operation} (churn) ")
        assert row.why in text
