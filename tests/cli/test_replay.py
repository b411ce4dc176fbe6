"""`costguard replay`, offline: the guard evaluates events and notifies nobody."""

import json
from collections.abc import Mapping
from copy import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from costguard.common.datetimes import parse_duration
from costguard.costs.prices import bundled_prices
from costguard.policy.model import Policy
from costguard.resources.events import ResourceEvent, parse_event
from costguard.resources.registry import KINDS
from costguard_cli.analysis.dry_run import Decision, DryRunState, by_events, dry_run
from costguard_cli.analysis.event_inventory import EventInventory
from costguard_cli.commands.replay import _history, _since
from costguard_cli.errors import CannotRunError
from tests.cli.command import fake_session, run
from tests.factories import POLICY, at, policy
from tests.fakes import override

EVENTS = Path(__file__).parents[2] / "events"
CAPTURED = Path(__file__).parents[1] / "unit" / "resources" / "captured"
NOTEBOOK: dict[str, Any] = json.loads((EVENTS / "notebook-instance-in-service.json").read_text())
CREATE: dict[str, Any] = json.loads((EVENTS / "create-training-job.json").read_text())


UNNAMED = NOTEBOOK["detail"] | {"NotebookInstanceArn": None}


def replayed(*events: Mapping[str, Any], given: Policy | None = None) -> list[Decision]:
    told, stage = EventInventory(), DryRunState()
    return dry_run(by_events(given or policy(), bundled_prices(), told, stage), stage, told, events)


def in_service(hours: float, tags: dict[str, str] | None) -> dict[str, Any]:
    """The notebook's event, so many hours later."""
    changed = at(0.05).timestamp() * 1000
    detail = NOTEBOOK["detail"] | {"Tags": tags, "LastModifiedTime": changed}
    return NOTEBOOK | {"time": (at(0.1) + timedelta(hours=hours)).isoformat(), "detail": detail}


def retag(call: str, hours: float, **asked: Any) -> dict[str, Any]:
    detail = {
        "eventSource": "sagemaker.amazonaws.com",
        "eventName": call,
        "requestParameters": {"resourceArn": NOTEBOOK["resources"][0], **asked},
    }
    time = (at(0.1) + timedelta(hours=hours)).isoformat()
    return CREATE | {"time": time, "detail": detail}


def stages(decision: Decision) -> list[str]:
    return [notice.stage for notice in decision.notices]


def test_a_job_that_may_not_run_would_be_stopped_at_once() -> None:
    [decision] = replayed(CREATE)
    assert [ref.name for ref in decision.stops] == [
        CREATE["detail"]["requestParameters"]["trainingJobName"]
    ]


@pytest.mark.parametrize(
    "odd",
    [
        {"detail": None},
        {"time": "9999-12-31T23:59:59Z"},
        {"time": {"a": [1]}},
        {"detail": UNNAMED | {"NotebookInstanceName": {"a": 1}}, "resources": [3]},
        {"detail": UNNAMED | {"NotebookInstanceName": "\x1b[31m"}, "resources": {"a": 1}},
    ],
)
def test_an_event_that_cannot_be_read_is_told_and_the_others_are_judged(odd: Any) -> None:
    decisions = replayed(NOTEBOOK | odd, CREATE)
    assert [each.outcome for each in decisions if each.problems] == ["unreadable"]
    assert [ref.kind for each in decisions for ref in each.stops] == ["training-job"]


def test_what_nobody_has_thought_of_is_one_problem_and_no_traceback() -> None:
    told, stage = EventInventory(), DryRunState()
    ports = by_events(policy(), bundled_prices(), told, stage)

    def broken(*_: object) -> None:
        raise TypeError("a list has no name\n\x1b[31m")

    odd = replace(ports, inventory=override(ports.inventory, describe=broken))
    [decision] = dry_run(odd, stage, told, [NOTEBOOK])
    assert decision.problems == ("it cannot be evaluated: TypeError: a list has no name [31m",)


def test_a_file_of_any_depth_is_an_error_and_no_traceback(tmp_path: Path) -> None:
    file = tmp_path / "deep.json"
    file.write_text("[" * 100_000)
    result = run("replay", str(file))
    assert result.code == 2
    assert "holds no events as JSON" in result.words


def test_an_app_of_a_space_is_not_taken_for_one_of_a_profile() -> None:
    event = json.loads((EVENTS / "create-app.json").read_text())
    told, parsed = EventInventory(), parse_event(event)
    assert isinstance(parsed, ResourceEvent)
    told.record(event)
    found = told.describe(parsed.ref)
    assert found is not None
    assert (found.name, found.profile, found.shared) == (parsed.ref.name, None, True)


def test_a_notebook_in_order_is_left_alone() -> None:
    [decision] = replayed(NOTEBOOK)
    assert (decision.outcome, decision.notices, decision.stops) == ("looked", (), ())


def test_events_make_a_story_warned_then_due() -> None:
    warned, again, due = replayed(in_service(0, {}), in_service(1, {}), in_service(5, {}))
    assert (stages(warned), stages(again)) == (["warning"], [])
    assert [ref.name for ref in due.stops] == ["DoeJohn-ExploreSageMaker"]


def test_tags_that_a_call_adds_clear_the_warning() -> None:
    tags = [{"key": k, "value": v} for k, v in NOTEBOOK["detail"]["Tags"].items()]
    warned, cleared = replayed(in_service(0, {}), retag("AddTags", 1, tags=tags))
    assert (stages(warned), stages(cleared)) == (["warning"], ["all-clear"])


def test_tags_that_a_call_deletes_are_missing() -> None:
    fine, warned = replayed(
        in_service(0, NOTEBOOK["detail"]["Tags"]), retag("DeleteTags", 1, tagKeys=["Purpose"])
    )
    assert (stages(fine), stages(warned)) == ([], ["warning"])


def test_tags_that_nobody_told_are_no_fault() -> None:
    [decision] = replayed(in_service(0, None))
    assert stages(decision) == ["failed"]  # the admins hear that it cannot be judged
    assert decision.stops == ()


def test_order_in_the_file_does_not_matter() -> None:
    events = in_service(0, {}), in_service(5, {})
    assert replayed(*events[::-1]) == replayed(*events)


def test_what_is_unknown_here_comes_to_nothing() -> None:
    [decision] = replayed(retag("AddTags", 0, tags=[]))
    assert (decision.outcome, decision.notices) == ("unknown-name", ())


EXAMPLES = sorted([*EVENTS.glob("*.json"), *CAPTURED.glob("*.json")])


@pytest.mark.parametrize(
    "path", [p for p in EXAMPLES if '"detail"' in p.read_text()], ids=lambda path: path.stem
)
def test_every_event_seen_so_far_can_be_replayed(path: Path) -> None:
    done = run("replay", path, "--json")
    [decision] = json.loads(done.out)
    assert done.code in (0, 1)
    assert decision["problems"] == []


def file(at_: Path, text: str) -> Path:
    path = at_ / "events.json"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "form", [json.dumps([CREATE, NOTEBOOK]), f"{json.dumps(CREATE)}\n{json.dumps(NOTEBOOK)}\n"]
)
def test_events_come_as_a_list_or_one_a_line(tmp_path: Path, form: str) -> None:
    done = run("replay", file(tmp_path, form), "--json")
    assert len(json.loads(done.out)) == 2


@pytest.mark.parametrize("text", ["no json", "[1]", "3", ""])
def test_what_is_no_event_is_said(tmp_path: Path, text: str) -> None:
    done = run("replay", file(tmp_path, text or "nothing"))
    assert (done.code, "Traceback" in done.err) == (2, False)


def test_an_event_that_cannot_be_read_is_told_with_its_problem(tmp_path: Path) -> None:
    done = run("replay", file(tmp_path, json.dumps(NOTEBOOK | {"time": "tomorrow"})))
    assert (done.code, "expected an ISO time" in done.words) == (2, True)


def test_a_policy_of_ones_own_decides(tmp_path: Path) -> None:
    loose = tmp_path / "loose.toml"
    loose.write_text('mode = "enforce"\n[rules.naming]\n')
    assert POLICY
    done = run("replay", EVENTS / "create-training-job.json", "--policy", loose)
    assert done.code == 0


def test_no_event_at_all_is_wrong_usage() -> None:
    assert run("replay").code == 2
    assert run("replay", EVENTS / "create-training-job.json", "--since", "2h").code == 2


def test_the_event_history_gives_each_call_as_it_is_delivered() -> None:
    asked: list[str] = []

    def answer(_operation: str, wanted: dict[str, Any]) -> dict[str, Any]:
        [attribute] = wanted["LookupAttributes"]
        asked.append(attribute["AttributeValue"])
        mine = attribute["AttributeValue"] == "CreateTrainingJob"
        rows = [CREATE["detail"], CREATE["detail"] | {"eventSource": "ecs.amazonaws.com"}]
        listed = [{"CloudTrailEvent": json.dumps(row)} for row in rows if mine]
        return {"Events": listed}

    [event] = _history(fake_session({"cloudtrail": answer}), "2h")
    assert {create for kind in KINDS.values() for create in kind.events.creates} < set(asked)
    [decision] = replayed(event)
    assert decision.stops


def test_since_is_a_span_or_a_moment() -> None:
    assert _since("2h", at(3)) == at(3) - parse_duration("2h")
    assert _since(at(1).isoformat(), at(3)) == at(1)
    with pytest.raises(CannotRunError):
        _since("yesterday", at(3))
