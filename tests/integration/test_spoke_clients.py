"""Clients under a role in another account: assumed when needed, and again before it ends."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError

from costguard.adapters.clients import session
from costguard.adapters.spoke_clients import SpokeClients, SpokeRole

ROLE = SpokeRole(
    place="222233334444/eu-west-1", stack="costguard", task="look", external_id="ours alone"
)
REFUSED = ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "AssumeRole")


class Sts:
    """Answers who assumes a role."""

    def __init__(self, lasts: timedelta = timedelta(hours=1)) -> None:
        self.lasts, self.asked, self.refuses = lasts, list[dict[str, str]](), False

    def assume_role(self, **asked: str) -> Any:
        self.asked.append(asked)
        if self.refuses:
            raise REFUSED
        number = len(self.asked)
        return {
            "Credentials": {
                "AccessKeyId": f"key-{number}",
                "SecretAccessKey": "secret",
                "SessionToken": f"token-{number}",
                "Expiration": datetime.now(UTC) + self.lasts,
            }
        }


def spoke(sts: Sts, role: SpokeRole = ROLE) -> SpokeClients:
    return SpokeClients(role, lambda: SimpleNamespace(assume_role=sts.assume_role), session())  # type: ignore[arg-type,return-value] # only this call is made


def sent_by(client: Any, refused: Collection[str] = ()) -> list[Any]:
    """Record the requests of a client, and answer them with nothing; refuse some credentials."""
    requests: list[Any] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        requests.append(request)
        is_refused = request.headers["X-Amz-Security-Token"].decode() in refused
        body = b'{"__type": "UnrecognizedClientException"}' if is_refused else b"{}"
        raw: Any = SimpleNamespace(stream=lambda *_, **__: iter([body]))
        return AWSResponse(request.url, 400 if is_refused else 200, HTTPHeaders(), raw)

    client.meta.events.register("before-send", answer)
    return requests


def test_nothing_is_asked_before_a_call_is_made() -> None:
    sts = Sts()
    made = spoke(sts).factory
    assert made("sagemaker") is made("sagemaker")
    assert sts.asked == []


def test_the_role_of_the_place_is_assumed_once_for_all_its_clients() -> None:
    sts = Sts()
    made = spoke(sts).factory
    for service in ("sagemaker", "cloudwatch"):
        sent_by(made(service))
    made("sagemaker").list_training_jobs()
    made("sagemaker").list_endpoints()
    made("cloudwatch").list_metrics()
    assert sts.asked == [
        {
            "RoleArn": "arn:aws:iam::222233334444:role/costguard-look-eu-west-1",
            "RoleSessionName": "costguard-look",
            "ExternalId": "ours alone",
        }
    ]


def test_a_call_goes_to_the_region_of_the_place_and_carries_its_credentials() -> None:
    sagemaker = spoke(Sts()).factory("sagemaker")
    requests = sent_by(sagemaker)
    sagemaker.list_training_jobs()
    (request,) = requests
    assert request.url == "https://api.sagemaker.eu-west-1.amazonaws.com/"
    assert request.headers["X-Amz-Security-Token"] == b"token-1"
    assert b"key-1/" in request.headers["Authorization"]


def test_the_role_is_assumed_again_before_it_ends() -> None:
    sts = Sts(lasts=timedelta(minutes=5))
    sagemaker = spoke(sts).factory("sagemaker")
    sent_by(sagemaker)
    sagemaker.list_training_jobs()
    sagemaker.list_training_jobs()
    assert len(sts.asked) == 2


def test_a_role_that_was_taken_away_and_given_back_is_assumed_anew() -> None:
    sts = Sts()
    clients = spoke(sts)
    sagemaker = clients.factory("sagemaker")
    requests = sent_by(sagemaker, refused=["token-1"])
    with pytest.raises(ClientError, match="UnrecognizedClient"):
        sagemaker.list_training_jobs()
    sts.refuses = True
    with pytest.raises(ClientError, match="AssumeRole"):
        clients.enter()
    sts.refuses = False
    clients.enter()
    sagemaker.list_training_jobs()
    sagemaker.list_training_jobs()
    assert requests[-1].headers["X-Amz-Security-Token"] == b"token-3"
    assert len(sts.asked) == 3


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_the_role_is_in_the_partition_of_its_region(region: str, partition: str) -> None:
    sts = Sts()
    role = SpokeRole(place=f"222233334444/{region}", stack="cg", task="stop", external_id="x")
    spoke(sts, role).enter()
    assert sts.asked[0]["RoleArn"] == f"arn:{partition}:iam::222233334444:role/cg-stop-{region}"
