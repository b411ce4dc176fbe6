"""Places, and references to resources in them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.app.stop_request import StopRequest, parse_stop_request
from costguard.common.codec import decode, encode
from costguard.common.errors import EventInvalid
from costguard.costs.usage import Usage, update_usage
from costguard.enforcement.case import decode_case, encode_case, open_case
from costguard.resources.events import ResourceEvent, parse_event
from costguard.resources.model import ResourceRef
from costguard.resources.places import (
    HOME,
    NOWHERE,
    account_and_region,
    is_place,
    place_of,
    place_of_arn,
    place_of_event,
)
from costguard.resources.registry import KINDS, labelled_ref, owned_ref
from tests.factories import at, training_job

OURS = ("123456789012", "us-east-2")
SPOKE = "222233334444/eu-west-1"
accounts = st.from_regex(r"[0-9]{12}", fullmatch=True)
regions = st.sampled_from(["us-east-2", "eu-west-1", "ap-southeast-1", "us-gov-west-1"])
places = st.just(HOME) | st.builds("{}/{}".format, accounts, regions)
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9/.-]{0,40}", fullmatch=True)
refs = st.builds(ResourceRef, st.sampled_from(list(KINDS)), names, places)


def change(**members: Any) -> dict[str, Any]:
    return {
        "detail-type": "SageMaker Training Job State Change",
        "time": "2026-11-23T14:00:00Z",
        "detail": {"TrainingJobName": "churn", "TrainingJobStatus": "InProgress"},
    } | members


def ref_of(event: dict[str, Any], **home: Any) -> ResourceRef:
    found = parse_event(event, **home)
    assert isinstance(found, ResourceEvent)
    return found.ref


@given(refs, places)
def test_two_resources_of_one_name_in_two_places_never_share_a_key(
    ref: ResourceRef, place: str
) -> None:
    other = ResourceRef(ref.kind, ref.name, place)
    assert (other.key == ref.key) == (other.place == ref.place)


@given(refs, refs)
def test_a_key_belongs_to_one_kind_name_and_place(one: ResourceRef, other: ResourceRef) -> None:
    same = (one.kind, one.name.lower(), one.place) == (other.kind, other.name.lower(), other.place)
    assert (one.key == other.key) == same


@given(refs, refs)
def test_no_key_begins_the_rows_of_another_resource(one: ResourceRef, other: ResourceRef) -> None:
    assert one.key == other.key or not other.key.startswith(f"{one.key}#")


def test_at_home_a_key_is_what_it_was_before_there_were_places() -> None:
    assert ResourceRef("training-job", "Churn-1").key == "training-job/churn-1"


@given(refs)
def test_a_label_is_read_as_what_it_names(ref: ResourceRef) -> None:
    assert labelled_ref(ref.label) == ref


@pytest.mark.parametrize("text", ["", "training-job", "training-job/", "nothing/x", f"{SPOKE}/x/y"])
def test_a_text_that_is_no_label_names_nothing(text: str) -> None:
    assert labelled_ref(text) is None


@given(st.lists(refs, min_size=1, max_size=4))
def test_a_stop_request_names_the_place_of_each(requested: list[ResourceRef]) -> None:
    body = encode(StopRequest(time=at(0), resources=tuple(requested)))
    assert parse_stop_request(body) == (tuple(requested), at(0))
    assert body.count('"place"') == sum(ref.place != HOME for ref in requested)


def test_a_stop_request_with_an_impossible_place_is_refused() -> None:
    body = encode(StopRequest(time=at(0), resources=(ResourceRef("training-job", "x", "mars"),)))
    with pytest.raises(EventInvalid, match="place: expected an account and a Region"):
        parse_stop_request(body)


@pytest.mark.parametrize("place", [HOME, SPOKE])
def test_a_case_and_usage_keep_the_place(place: str) -> None:
    job = training_job(place=place)
    text = encode_case(open_case(job))
    assert decode_case(text).ref == job.ref
    (row,) = update_usage(job, (), None, swept=None, now=at(1))
    assert decode(encode(row), Usage).ref == job.ref
    assert ('"place"' in encode(row)) == (place != HOME)
    assert ('"place"' in text) == (place != HOME)


def test_what_a_resource_belongs_to_is_in_its_place() -> None:
    job = training_job(place=SPOKE, parent="arn:aws:sagemaker:eu-west-1:222233334444:app/d/u/t/n")
    assert owned_ref(job) == ResourceRef("app", "d/u/t/n", SPOKE)


def test_an_event_of_the_stack_itself_is_of_home() -> None:
    ours = change(account=OURS[0], region=OURS[1])
    assert ref_of(ours, home=OURS) == ResourceRef("training-job", "churn")
    assert ref_of(change(), home=OURS).place == HOME
    assert ref_of(change(account="222233334444", region="eu-west-1")).place == HOME


@pytest.mark.parametrize(
    ("account", "region"), [("222233334444", "us-east-2"), (OURS[0], "eu-west-1")]
)
def test_an_event_of_another_account_or_region_is_of_its_place(account: str, region: str) -> None:
    found = ref_of(change(account=account, region=region), home=OURS)
    assert found == ResourceRef("training-job", "churn", f"{account}/{region}")


@given(accounts, regions)
def test_a_place_is_read_as_it_is_written(account: str, region: str) -> None:
    place = place_of(account, region, OURS)
    assert place == HOME if (account, region) == OURS else is_place(place)
    assert account_and_region(place, OURS) == (account, region)
    arn = f"arn:aws:sagemaker:{region}:{account}:training-job/x"
    assert place_of_arn(arn, OURS) == place
    assert place_of_event({"account": account, "region": region}, OURS) == place


def test_where_no_home_is_known_every_event_is_of_home() -> None:
    assert place_of_event({"account": "222233334444", "region": "eu-west-1"}, NOWHERE) == HOME


def test_what_is_no_arn_is_at_home() -> None:
    assert place_of_arn("churn", OURS) == HOME
