from collections import Counter
from datetime import timedelta
from typing import Any

from local.sagemaker.account import Account
from local.sagemaker.event_delivery import Faults
from tests.local.sagemaker_cases import HOUR, account, notebook, training

LIVES = 20


def played(faults: Faults) -> Account:
    """Let many jobs run under faults."""
    aws = account(faults=faults)
    for number in range(LIVES):
        aws.call("CreateTrainingJob", training(f"job-{number}"))
    aws.clock.advance(24 * HOUR)
    return aws


def story(aws: Account) -> list[tuple[Any, ...]]:
    return [(event["id"], event["time"], event["detail-type"]) for event in aws.sent]


def test_without_faults_every_event_is_sent_once_in_order() -> None:
    aws = played(Faults())
    assert aws.sent == aws.events
    assert len({event["id"] for event in aws.sent}) == len(aws.sent)


def test_the_same_seed_gives_the_same_faults() -> None:
    faults = Faults(seed=7, duplicate=0.3, late=0.2, lose=0.1)
    assert story(played(faults)) == story(played(faults))


def test_another_seed_gives_others() -> None:
    one, other = (played(Faults(seed=seed, lose=0.3)) for seed in (1, 2))
    assert story(one) != story(other)


def test_what_is_lost_happened_but_is_not_sent() -> None:
    aws = played(Faults(lose=0.5))
    assert 0 < len(aws.sent) < len(aws.events)
    assert len(aws.events) == LIVES * 6


def test_a_repeated_event_comes_with_its_own_id_or_another() -> None:
    aws = played(Faults(duplicate=1.0))
    assert len(aws.sent) == 2 * len(aws.events)
    times = Counter(event["id"] for event in aws.sent)
    assert set(times.values()) == {1, 2}


def test_a_late_event_tells_of_the_moment_it_happened() -> None:
    aws = account(faults=Faults(late=1.0, late_by=timedelta(minutes=7)))
    aws.call("CreateNotebookInstance", notebook())
    aws.clock.advance(timedelta(minutes=6))
    assert aws.sent == []
    aws.clock.advance(timedelta(minutes=1))
    assert {event["time"] for event in aws.sent} == {"2025-06-02T09:00:00Z"}


def test_late_events_come_out_of_order() -> None:
    times = [event["time"] for event in played(Faults(late=0.3, late_by=HOUR)).sent]
    assert times != sorted(times)


def test_faults_can_change_while_the_account_lives() -> None:
    aws = account(faults=Faults(lose=1.0))
    aws.call("CreateNotebookInstance", notebook("lost"))
    aws.faults = Faults()
    aws.call("CreateNotebookInstance", notebook("told"))
    names = [event["detail"].get("NotebookInstanceName") for event in aws.sent]
    assert names == ["told", None]


def test_one_certain_event_can_be_lost() -> None:
    aws = account()
    aws.lose_next(lambda event: event["detail"].get("NotebookInstanceStatus") == "InService")
    for name in ("first", "second"):
        aws.call("CreateNotebookInstance", notebook(name))
        aws.clock.advance(HOUR)
    up = [e for e in aws.sent if e["detail"].get("NotebookInstanceStatus") == "InService"]
    assert [event["detail"]["NotebookInstanceName"] for event in up] == ["second"]
