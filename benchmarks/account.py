"""An account full of notebooks, and the policy that both guards hold it against."""

from datetime import timedelta

from benchmarks.counting import CountingAws
from local.sagemaker.event_delivery import Faults

ROLE = "arn:aws:iam::123456789012:role/workshop-notebooks"
TAGS = {"Project": "sinkorswim", "Name": "John Doe", "Purpose": "Workshop", "ModelSize": "small"}
OWNERS = 50
SETTLED = timedelta(minutes=5)
GRACE = timedelta(minutes=15)
POLICY = """
mode = "enforce"
max_stops = 100000
timezone = "America/Chicago"
grace = "15m"

[notify]
digest_above = 100000

[rules.missing-tags]
required = ["Project", "Name", "Purpose", "ModelSize"]

[rules.naming]
patterns = ["{LastnameFirstname}-{Purpose}"]
"""
"""The equivalent of Custodian's policy, with a grace; Custodian stops at once.

No digest: each warning is accepted at once, so that all become due together.
"""


def fill(aws: CountingAws, number: int, *, every: int, untagged_of: int = 2) -> None:
    """Create notebooks, one of so many in violation; their events are lost.

    One of so many violators has no tags (0: none of them), the others have a bad name.
    """
    aws.account.faults = Faults(lose=1.0)
    for count in range(number):
        wrong = count % every == 0
        untagged = wrong and untagged_of and count // every % untagged_of == 0
        misnamed = wrong and not untagged
        owner = f"Doe{chr(65 + count % OWNERS // 10)}{chr(97 + count % 10)}John"
        tags = [{"Key": key, "Value": value} for key, value in TAGS.items()]
        aws.account.call(
            "CreateNotebookInstance",
            {
                "NotebookInstanceName": f"test-{count}" if misnamed else f"{owner}-Explore{count}",
                "InstanceType": "ml.t3.medium",
                "RoleArn": ROLE,
                **({} if untagged else {"Tags": tags}),
            },
        )
    aws.clock.advance(SETTLED)


def start_again(aws: CountingAws) -> None:
    """Start whatever was stopped."""
    aws.clock.advance(SETTLED)
    for resource in aws.account.resources():
        if resource.status == "Stopped":
            aws.account.call("StartNotebookInstance", {"NotebookInstanceName": resource.name})
    aws.clock.advance(SETTLED)
