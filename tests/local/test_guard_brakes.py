"""The brakes: max_stops, exemptions; and the whole account, page by page."""

from datetime import UTC, datetime, timedelta

from tests.local.guard import COMPLETE, TAGS, Guard, machines

BIG = {"ResourceConfig": machines("ml.p4d.24xlarge")}
UNTIL = datetime(2026, 11, 23, 15, tzinfo=UTC)
ENDED = "An exemption has ended"


def test_more_stops_than_allowed_in_one_run_are_none_and_one_notice_lists_them(
    guard: Guard,
) -> None:
    names = [f"wattbot-flood-{number}" for number in range(6)]
    guard.account.script_job("wattbot-flood", for_=timedelta(minutes=50))
    guard.next_sweep()
    with guard.losing_events():
        for name in names:
            guard.create("TrainingJob", name, TAGS, **BIG)
        guard.next_sweep()
    guard.wait(minutes=30)
    assert [guard.stages_of(name) for name in names] == [["held-back"]] * 6
    assert [guard.stops(name) for name in names] == [[]] * 6
    (held,) = guard.notices_about(names[0])
    assert (held["audience"], held["resource"]["name"]) == ("admins", "6 resources")
    guard.sagemaker.stop_training_job(TrainingJobName=names[0])
    guard.wait(minutes=15)
    assert [guard.stages_of(name)[1:] for name in names] == [[]] + [["stopped"]] * 5


def test_an_exemption_holds_until_its_moment_and_its_end_is_reported_once(guard: Guard) -> None:
    name = "genomics-DoeJohn-Align"
    guard.open(name, COMPLETE | {"Project": "genomics"}, InstanceType="ml.m4.xlarge")
    guard.aws.clock.advance_to(UNTIL - timedelta(minutes=1))
    assert (guard.stages_of(name), guard.rows(name), guard.summaries(ENDED)) == ([], [], [])
    guard.aws.clock.advance_to(UNTIL + timedelta(hours=2))
    assert guard.stages_of(name) == ["warning", "stopped"]
    assert guard.notices_about(name)[0]["time"] == "2026-11-23T15:00:00Z"
    (said,) = guard.summaries(ENDED)
    assert "genomics-*" in said
    assert "Mon 23 Nov 2026 09:00 CST" in said


def test_a_tag_that_a_user_sets_exempts_nothing(guard: Guard) -> None:
    claims = {"costguard": "exempt", "exempt": "true", "Project": "genomics", "AutoStop": "no"}
    guard.create("TrainingJob", "wattbot-claims", TAGS | claims, **BIG)
    assert guard.stops("wattbot-claims") == ["StopTrainingJob"]


def test_a_sweep_follows_every_page_and_finds_what_was_never_tagged(guard: Guard) -> None:
    names = [f"DoeJohn-Page{number:03}" for number in range(105)]
    never_tagged = {names[0], names[52], names[-1]}
    with guard.losing_events():
        for name in names:
            guard.create("NotebookInstance", name, None if name in never_tagged else COMPLETE)
        guard.wait(minutes=4)
    guard.next_sweep()
    assert {name for name in names if guard.stages_of(name)} == never_tagged


def test_a_sweep_goes_on_after_an_empty_page(guard: Guard) -> None:
    guard.next_sweep()
    guard.account.script_job("wattbot-brief", for_=timedelta(seconds=1))
    with guard.losing_events():
        guard.create("TrainingJob", "wattbot-oldest")
        guard.wait(seconds=1)
        for number in range(100):
            guard.create("TrainingJob", f"wattbot-brief-{number}")
        guard.wait(minutes=5)
    first = guard.sagemaker.list_training_jobs(StatusEquals="InProgress", MaxResults=100)
    assert first["TrainingJobSummaries"] == []
    guard.next_sweep()
    assert guard.stages_of("wattbot-oldest") == ["warning"]
