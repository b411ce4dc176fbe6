"""Which function sees which places, and under which role."""

from collections.abc import Iterator
from typing import Any

import pytest

from costguard.adapters.places import PlacesObserver, PlacesStopper, PlacesUse
from costguard.adapters.places_inventory import PlacesInventory
from costguard.adapters.sagemaker.inventory import SageMakerInventory
from costguard.adapters.sagemaker.stop import SageMakerStopper
from costguard.adapters.spoke_clients import SpokeRole
from costguard.bootstrap import guard, prober, responder, spokes
from costguard.bootstrap.settings import GuardSettings, RespondSettings
from costguard.bootstrap.spoke_settings import SpokeSettings
from costguard.common.errors import GuardError, SettingsInvalid
from tests.factories import policy
from tests.integration.aws import client
from tests.integration.test_settings import ENVIRONMENT

PLACES = ("222233334444/eu-west-1", "222233334444/us-west-2")
SPOKES = {"SPOKES": ",".join(PLACES), "SPOKE_EXTERNAL_ID": "ours alone", "STACK": "costguard"}
QUEUE = {"STOP_QUEUE_URL": "https://sqs.us-east-2.amazonaws.com/123456789012/stops"}
HUB = GuardSettings.read(ENVIRONMENT | SPOKES | {"PROBE_FUNCTION": "probe"})
ALONE = GuardSettings.read(ENVIRONMENT)
made: Any = client


def roles(task: str) -> dict[str, SpokeRole]:
    found = spokes.clients_in(HUB.spokes, task, made)
    return {place: clients.role for place, clients in found.items()}


@pytest.mark.parametrize("given", [{}, {"SPOKES": ""}, {"SPOKES": " , "}])
def test_mostly_there_is_no_spoke(given: dict[str, str]) -> None:
    assert SpokeSettings.read(given) == SpokeSettings()


def test_spokes_are_read_once_each() -> None:
    given = SPOKES | {"SPOKES": f" {PLACES[0]},{PLACES[1]} ,{PLACES[0]}"}
    assert SpokeSettings.read(given).places == PLACES


def test_the_place_of_the_stack_itself_is_no_spoke() -> None:
    given = SPOKES | {"SPOKES": f"123456789012/us-east-2,{PLACES[0]}"}
    assert GuardSettings.read(ENVIRONMENT | given).spokes.places == PLACES[:1]
    told = RespondSettings.read(ENVIRONMENT | QUEUE | {"AWS_REGION": "us-east-2"} | given)
    assert tuple(responder.wire_respond(told, policy(), made).spokes) == PLACES[:1]


def test_everything_that_is_wrong_with_the_spokes_is_told_at_once() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        SpokeSettings.read({"SPOKES": "eu-west-1,2222/eu-west-1"})
    expected = "SPOKES: expected account/Region such as 222233334444/eu-west-1, got {!r}"
    assert caught.value.problems == (
        expected.format("eu-west-1"),
        expected.format("2222/eu-west-1"),
        "STACK: missing",
        "SPOKE_EXTERNAL_ID: missing",
    )


def test_a_hub_looks_everywhere_and_stops_under_another_role() -> None:
    ports = guard.wire_enforce(HUB, policy(), made)
    assert isinstance(ports.inventory, PlacesInventory)
    assert isinstance(ports.activity, PlacesObserver)
    assert isinstance(ports.use, PlacesUse)
    assert isinstance(ports.stopper, PlacesStopper)
    assert tuple(ports.spokes) == tuple(ports.inventory.spokes) == PLACES
    assert ports.stopper.of.keys() == {"", *PLACES}
    assert {role.task for role in roles("stop").values()} == {"stop"}
    there = ports.stopper.of[PLACES[0]]()
    assert isinstance(there, SageMakerStopper)
    assert (there.place, there.sagemaker.meta.region_name) == (PLACES[0], "eu-west-1")


def test_each_spoke_has_its_own_clients() -> None:
    ports = guard.wire_sweep(HUB, policy(), made)
    assert isinstance(ports.inventory, PlacesInventory)
    there: Any = ports.inventory.spokes[PLACES[1]].inventory
    assert (there.place, there.sagemaker.meta.region_name) == (PLACES[1], "us-west-2")
    assert there.tagging().meta.region_name == there.scaling().meta.region_name == "us-west-2"
    observers: Any = ports.activity
    observer = observers.of(PLACES[1])
    assert observer is observers.of(PLACES[1])  # it remembers
    assert observer.ask.keywords == {"place": PLACES[1]}
    assert observer.cloudwatch().meta.region_name == "us-west-2"
    meters: Any = ports.use
    meter = meters.of(PLACES[1])
    assert meter.cloudwatch().meta.region_name == "us-west-2"
    assert observers.of("") is not observer
    assert meters.of("") is not meter


def test_a_probe_that_is_turned_off_asks_nowhere() -> None:
    settings = GuardSettings.read(ENVIRONMENT | SPOKES)
    ports = guard.wire_sweep(settings, policy(), made)
    observers: Any = ports.activity
    assert observers.of(PLACES[0]).ask is None


def test_what_deletes_sees_its_own_account_alone() -> None:
    ports = guard.wire_park(HUB, policy(), made)
    assert isinstance(ports.inventory, SageMakerInventory)
    assert ports.spokes == ()


def test_a_stack_alone_sees_its_own_account_alone() -> None:
    ports = guard.wire_enforce(ALONE, policy(), made)
    assert isinstance(ports.inventory, SageMakerInventory)
    assert isinstance(ports.stopper, SageMakerStopper)
    assert ports.spokes == ()


@pytest.mark.parametrize("given", [{}, SPOKES])
def test_who_answers_sees_what_the_guard_sees(given: dict[str, str]) -> None:
    told = ENVIRONMENT | QUEUE | {"AWS_REGION": "us-east-2"} | given
    ports = responder.wire_respond(RespondSettings.read(told), policy(), made)
    assert ports.place == ("123456789012", "us-east-2")
    assert tuple(ports.spokes) == (PLACES if given else ())
    assert isinstance(ports.inventory, PlacesInventory if given else SageMakerInventory)


@pytest.fixture
def probing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in (SPOKES | {"AWS_DEFAULT_REGION": "us-east-2"}).items():
        monkeypatch.setenv(name, value)
    yield
    prober._factory.cache_clear()


@pytest.mark.usefixtures("probing")
def test_a_probe_opens_a_notebook_where_it_is() -> None:
    assert prober.sagemaker_in("").meta.region_name == "us-east-2"
    assert prober.sagemaker_in(PLACES[1]).meta.region_name == "us-west-2"
    assert prober.sagemaker_in(PLACES[1]) is prober.sagemaker_in(PLACES[1])


@pytest.mark.usefixtures("probing")
def test_a_probe_of_a_place_that_is_not_guarded_is_refused() -> None:
    with pytest.raises(GuardError, match="is not guarded"):
        prober.sagemaker_in("999988887777/us-east-2")
