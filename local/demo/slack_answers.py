"""A request for an exception in Slack: Marie asks for a p3, and an admin approves it."""

import json
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

from local.demo.environment import DemoEnvironment
from local.demo.idle_scenario import AddStep
from local.slack import SIGNING_SECRET, PostedMessage, Slack
from local.slack_presses import button_payload, form_payload, signed_form

MARIE, ADMIN = "U0MARIE", "U0ANNA"


def asks_for_more(
    aws: DemoEnvironment, slack: Slack, add_step: AddStep, complete: Callable[..., dict[str, str]]
) -> None:
    """Script the request and its answer, between two sweeps each."""
    marie, name = "Marie Curie", "CurieMarie-Thesis"

    def on_friday(clock: str, who: str, text: str, action: Callable[[], object]) -> None:
        add_step(4, clock, who, text, action)

    on_friday(
        "09:20",
        marie,
        f"creates {name} on an ml.p3.2xlarge, which is not allowed",
        lambda: aws.notebook(marie, name, complete(marie), "ml.p3.2xlarge"),
    )
    on_friday("09:28", marie, "asks for four hours of it, in Slack", lambda: _ask(aws, slack, name))
    on_friday("09:32", "an admin", "approves it, in Slack", lambda: _approve(aws, slack, name))
    on_friday(
        "11:30",
        marie,
        f"is done, and stops {name}",
        lambda: aws.call_as(marie, "StopNotebookInstance", NotebookInstanceName=name),
    )


def _ask(aws: DemoEnvironment, slack: Slack, name: str) -> str:
    _press(aws, slack, _newest(slack, MARIE, name), MARIE, "ask")
    given = {"until": "14400s", "why": "the thesis is due, and it needs a V100"}
    _send(aws, form_payload(MARIE, slack.views[-1], given))
    return _answered(slack)


def _approve(aws: DemoEnvironment, slack: Slack, name: str) -> str:
    _press(aws, slack, _newest(slack, ADMIN, name), ADMIN, "approve")
    return _answered(slack)


def _newest(slack: Slack, member: str, about: str) -> PostedMessage:
    return [each for each in slack.in_channel(member) if about in json.dumps(each.message)][-1]


def _press(
    aws: DemoEnvironment, slack: Slack, post: PostedMessage, member: str, action: str
) -> None:
    """Press a button of a message."""
    [buttons] = [each for each in post.message["blocks"] if each["type"] == "actions"]
    [button] = [each for each in buttons["elements"] if each["action_id"] == action]
    at = {"type": "message", "message_ts": post.ts, "channel_id": post.channel}
    payload = button_payload(member, action, button["value"], container=at)
    slack.triggers.add(payload["trigger_id"])
    _send(aws, payload)


def _send(aws: DemoEnvironment, payload: dict[str, Any]) -> None:
    """Send it to the public URL, as Slack does; the local AWS knows that by its host."""
    headers, body = signed_form(payload, aws.clock.now(), SIGNING_SECRET)
    stack = aws.client("cloudformation").describe_stacks(StackName="costguard")["Stacks"][0]
    [url] = [o["OutputValue"] for o in stack["Outputs"] if o["OutputKey"] == "DoorUrl"]
    host = url.split("/")[2].partition(".")[0]
    to = f"{aws.endpoint}/_aws/lambda-url/{host}/slack"
    with urlopen(Request(to, data=body, headers=headers)):  # noqa: S310 - the local AWS
        aws.settle()


def _answered(slack: Slack) -> str:
    """Give what the message says of the press."""
    blocks = slack.updates[-1].message["blocks"]
    texts = [
        element["text"]
        for block in blocks
        if block["type"] == "rich_text"
        for section in block["elements"]
        for element in section["elements"]
        if "text" in element
    ]
    return str(texts[texts.index("Answered\n") + 1])
