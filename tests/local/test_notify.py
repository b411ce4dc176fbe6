"""Delivery from the alerts topic to a mailbox, Slack and the admins, with IAM enforced."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from costguard.adapters.dynamodb.deliveries import DynamoDbDeliveries
from costguard.adapters.dynamodb.table import Table
from local.slack import HOOK, TOKEN, UNAVAILABLE, rate_limited, refused
from tests.cli.command import run
from tests.local.notices import DeployedNotifier, deployed_notifier, notice

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeployedNotifier]:
    with deployed_notifier(tmp_path_factory.mktemp("telling")) as running:
        yield running


@pytest.fixture
def people(deployed: DeployedNotifier) -> Iterator[DeployedNotifier]:
    """Everybody on a quiet day: an hour has passed, nothing was said yet."""
    deployed.slack.every_response, deployed.slack.next_responses = None, []
    deployed.slack.posts.clear()
    deployed.aws.mailbox.mails.clear()
    deployed.aws.mailbox.refuse.clear()
    deployed.aws.clock.advance(HOUR)
    deployed.read("SummaryTopicArn")
    deployed.read("ChatTopicArn")
    yield deployed
    deployed.aws.settle()


def at(people: DeployedNotifier, **changes: Any) -> dict[str, Any]:
    """Date a notice now, with a deadline in four hours."""
    now = people.aws.clock.now()
    times = {"time": now.isoformat(), "deadline": (now + 4 * HOUR).isoformat()}
    return times | changes


def unreached(people: DeployedNotifier) -> list[str]:
    table = Table(people.aws.client("dynamodb"), people.outputs["LedgerTableName"])
    since = people.aws.clock.now() - HOUR
    return [row.to for row in DynamoDbDeliveries(table).unreached_since(since)]


def test_an_owner_without_slack_gets_an_e_mail_as_text_and_html(people: DeployedNotifier) -> None:
    people.publish(notice("DoeJohn-A", "john doe", **at(people, id="mail")))
    [mail] = people.aws.mailbox.to("john.doe@example.org")
    parts = {part.get_content_type(): part.get_content() for part in mail.iter_parts()}
    assert "aws sagemaker add-tags" in parts["text/plain"]
    assert "<h1" in parts["text/html"]
    assert mail["Subject"].startswith("[Costguard] Please fix DoeJohn-A before")


def test_the_doctor_finds_mail_and_slack_set_up_and_misses_a_trail(
    people: DeployedNotifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", people.aws.endpoint)
    done = run("doctor", "--local", "--json")
    [found] = json.loads(done.out)
    states = {check["name"]: check["state"] for check in found["checks"]}
    assert [states[name] for name in ("e-mail", "sender", "Slack", "SDK")] == ["fine"] * 4
    assert (done.code, found["could_not_look"]) == (1, [])
    assert states["CloudTrail"] == "broken"  # the local AWS records calls without a trail


def test_the_notices_of_one_resource_make_one_thread_in_slack(people: DeployedNotifier) -> None:
    first = notice("RoeJane-Thread", **at(people, id="thread-1"))
    people.publish(first, first | {"id": "thread-2", "stage": "stopped"})
    people.aws.clock.advance(MINUTE)
    warned, stopped = people.slack.in_channel("U0JANE")
    assert (warned.thread, stopped.thread) == (None, warned.ts)


def test_the_rooms_read_what_the_owner_reads(people: DeployedNotifier) -> None:
    people.publish(notice("RoeJane-Room", **at(people, id="room")))
    [told] = people.read("ChatTopicArn")
    assert json.loads(told)["content"]["title"].startswith("Please fix RoeJane-Room")
    assert len(people.slack.in_channel("webhook")) == 1


def test_ten_duplicates_of_a_notice_are_said_once(people: DeployedNotifier) -> None:
    people.publish(*[notice("DoeJohn-Ten", "John Doe", **at(people, id="ten"))] * 10)
    people.aws.clock.advance(HOUR)
    assert len(people.subjects("john.doe@example.org")) == 1
    assert len(people.slack.in_channel("webhook")) == 1


def test_an_unknown_owner_is_the_admins_matter(people: DeployedNotifier) -> None:
    people.publish(notice("thing", None, **at(people, id="nobody")))
    [post] = people.slack.in_channel("#costguard")
    assert "Owner unknown" in json.dumps(post.message["blocks"])


def test_who_created_it_hears_too(people: DeployedNotifier) -> None:
    caller = people.aws.account.call(
        "CreateNotebookInstance",
        {
            "NotebookInstanceName": "DoeJohn-Borrowed",
            "InstanceType": "ml.t3.medium",
            "RoleArn": "arn:aws:iam::123456789012:role/x",
        },
        caller=people.person("jane.roe@example.org"),
    )
    assert caller
    people.aws.settle()
    people.slack.posts.clear()
    people.publish(notice("DoeJohn-Borrowed", "John Doe", **at(people, id="both")))
    assert len(people.slack.in_channel("U0JANE")) == 1
    assert any("DoeJohn-Borrowed" in s for s in people.subjects("john.doe@example.org"))


@pytest.mark.parametrize("answer", ["invalid_auth", "channel_not_found", "account_inactive"])
def test_where_slack_refuses_the_owner_gets_an_e_mail(
    people: DeployedNotifier, answer: str
) -> None:
    people.slack.every_response = refused(answer)
    people.publish(notice(f"RoeJane-{answer}", **at(people, id=answer)))
    assert len(people.subjects("jane.roe@example.org")) == 1


def test_where_slack_is_slow_or_broken_the_owner_gets_an_e_mail_at_once(
    people: DeployedNotifier,
) -> None:
    people.slack.every_response = UNAVAILABLE
    people.publish(notice("RoeJane-Broken", **at(people, id="broken")))
    assert len(people.subjects("jane.roe@example.org")) == 1


def test_slack_down_for_ten_minutes_is_waited_for_and_the_order_kept(
    people: DeployedNotifier,
) -> None:
    people.slack.every_response = UNAVAILABLE
    first = notice("Only-Down", "Slack Only", **at(people, id="down-1"))
    people.publish(first)
    people.publish(first | {"id": "down-2", "stage": "stopped"})
    people.aws.clock.advance(10 * MINUTE)
    people.slack.every_response = None
    people.aws.clock.advance(HOUR)
    said = [post.message["text"].split(":")[0] for post in people.slack.in_channel("U0ONLY")]
    assert [words.split()[0] for words in said] == ["Please", "Stopped"]


def test_retry_after_is_honoured_and_nothing_is_said_twice(people: DeployedNotifier) -> None:
    people.slack.every_response = rate_limited(600)
    people.publish(notice("RoeJane-Busy", **at(people, id="busy")))
    people.slack.every_response = None
    people.aws.clock.advance(9 * MINUTE)
    assert people.slack.in_channel("U0JANE") == []
    people.aws.clock.advance(2 * MINUTE)
    assert len(people.slack.in_channel("U0JANE")) == 1
    assert people.subjects("jane.roe@example.org") == []


@pytest.mark.parametrize("owner", ["John Doe", "Wrong Address"])
def test_whom_nothing_reaches_the_admins_hear_of_once(people: DeployedNotifier, owner: str) -> None:
    people.aws.mailbox.refuse |= {"john.doe@example.org", "wrong.address@example.org"}
    people.publish(*[notice("X-" + owner[:4], owner, **at(people, id=owner))] * 3)
    people.aws.clock.advance(HOUR)
    [post] = people.slack.in_channel("#costguard")
    assert f"This message was for {owner}, who could not be reached" in json.dumps(
        post.message["blocks"]
    )
    assert unreached(people) == [owner.replace(" ", "").lower()]


def test_with_every_channel_down_the_admins_read_it_on_the_summary_topic(
    people: DeployedNotifier,
) -> None:
    people.slack.every_response = refused("invalid_auth")
    people.aws.mailbox.refuse.add("*")
    people.publish(notice("RoeJane-Alone", **at(people, id="alone")))
    said = [text for text in people.read("SummaryTopicArn") if "RoeJane-Alone" in text]
    assert len(said) == 1
    assert "invalid_auth" in said[0]


def test_more_than_a_few_messages_become_a_digest(people: DeployedNotifier) -> None:
    many = [notice(f"RoeJane-{n}", **at(people, id=f"many-{n}")) for n in range(12)]
    people.publish(*many[:3])  # two invocations at once may each send one that is the last
    people.publish(*many[3:])
    assert len(people.slack.in_channel("U0JANE")) == 3
    people.aws.clock.advance(6 * MINUTE)
    *_, last = people.slack.in_channel("U0JANE")
    assert len(people.slack.in_channel("U0JANE")) == 4
    assert last.message["text"] == "9 updates"
    told = json.dumps(last.message["blocks"])
    assert all(f"RoeJane-{n}:" in told for n in range(3, 12))


def test_a_bad_message_fails_no_other_and_ends_as_a_dead_letter(people: DeployedNotifier) -> None:
    sns, topic = people.aws.client("sns"), people.outputs["AlertsTopicArn"]
    sns.publish(TopicArn=topic, Message='{"schema": "other"}')
    people.publish(notice("DoeJohn-Good", "John Doe", **at(people, id="good")))
    assert len(people.subjects("john.doe@example.org")) == 1
    people.aws.clock.advance(3 * HOUR)
    [letter] = _dead(people)
    assert letter == {"schema": "other"}


def _dead(people: DeployedNotifier) -> list[dict[str, object]]:
    sqs, url = people.aws.client("sqs"), people.outputs["DeadLetterQueueUrl"]
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in got:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in got]


def test_a_reminder_comes_before_the_deadline_only_where_the_warning_stands(
    people: DeployedNotifier,
) -> None:
    people.publish(notice("DoeJohn-Fixed", "John Doe", **at(people, id="fixed")))
    people.aws.clock.advance(4 * HOUR)
    assert len(people.subjects("john.doe@example.org")) == 1


def test_notify_may_read_no_secret_but_its_own(people: DeployedNotifier) -> None:
    iam = people.aws.client("iam")
    asked = people.aws.client("lambda").get_function(
        FunctionName=people.outputs["NotifyFunctionName"]
    )
    role = asked["Configuration"]["Role"].rsplit("/", 1)[-1]
    said = json.dumps(
        [
            iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
        ]
    )
    assert "secret:costguard/slack-??????" in said
    assert "parameter/costguard/hook" in said
    assert "secret:*" not in said


def test_what_reaches_nobody_is_a_dead_letter_and_can_be_redriven(people: DeployedNotifier) -> None:
    people.slack.every_response = refused("invalid_auth")
    people.publish_without_summary_topic(notice("thing-2", None, **at(people, id="dead")))
    people.aws.clock.advance(3 * HOUR)
    assert people.waiting("DeadLetterQueueUrl") == 1
    people.slack.every_response = None
    people.redrive()
    [post] = people.slack.in_channel("#costguard")
    assert "thing-2" in post.message["text"]
    assert people.waiting("DeadLetterQueueUrl") == people.waiting("NotifyQueueUrl") == 0


def test_after_all_of_this_no_secret_is_anywhere_but_where_it_is_kept(
    people: DeployedNotifier,
) -> None:
    people.slack.every_response = refused("invalid_auth")  # an error that might show what was sent
    people.publish_without_summary_topic(notice("thing-9", None, **at(people, id="canary")))
    people.aws.clock.advance(3 * HOUR)
    said = people.stored_texts()
    assert "thing-9" in said["queues"]
    assert "invalid_auth" in said["logs"]
    assert all(said.values())
    assert [(w, s) for w, text in said.items() for s in (TOKEN, HOOK) if s in text] == []
