"""Bind ports to several places; only a stack that guards more than its own loads this."""

from collections.abc import Callable, Mapping
from copy import replace
from functools import cache, partial
from typing import TYPE_CHECKING

from msgspec import Struct

from costguard.adapters.activity_source import NotebookObserver
from costguard.adapters.clients import session
from costguard.adapters.dynamodb.table import Table
from costguard.adapters.dynamodb.work import DynamoDbWork
from costguard.adapters.places import PlacesObserver, PlacesStopper, PlacesUse
from costguard.adapters.places_inventory import PlacesInventory
from costguard.adapters.probe_client import Ask, ask_probe
from costguard.adapters.sagemaker.inventory import SageMakerInventory, inventory_in
from costguard.adapters.sagemaker.stop import SageMakerStopper
from costguard.adapters.sagemaker.unwatched import SpokeUnwatched
from costguard.adapters.spoke_clients import SpokeClients, SpokeRole
from costguard.adapters.use_metrics import CloudWatchUse
from costguard.app.activity_ports import ActivityObserver, UseMeter, WorkLedger
from costguard.app.ports import GuardPorts, Inventory, Stopper, SweepPorts, UnwatchedReader
from costguard.bootstrap.settings import GuardSettings
from costguard.bootstrap.spoke_settings import SpokeSettings
from costguard.resources.places import HOME

if TYPE_CHECKING:
    from costguard.adapters.clients import ClientFactory


class LookedAt(Struct, frozen=True):
    """A spoke, as the role to look lets a function see it."""

    place: str
    clients: SpokeClients

    def enter(self) -> None:
        """Assume its role. Raises what AWS refuses."""
        self.clients.enter()

    @property
    def inventory(self) -> SageMakerInventory:
        """Its inventory."""
        return inventory_in(self.clients.factory, self.place)


def clients_in(
    settings: SpokeSettings, task: str, client: "ClientFactory"
) -> Mapping[str, SpokeClients]:
    """Return the clients of each spoke under its role for a task; nothing is asked yet."""

    def of(place: str) -> SpokeClients:
        role = SpokeRole(
            place=place, stack=settings.stack, task=task, external_id=settings.external_id
        )
        return SpokeClients(role, lambda: client("sts"), session())

    return {place: of(place) for place in settings.places}


def looked_at(settings: SpokeSettings, client: "ClientFactory") -> Mapping[str, LookedAt]:
    """Return the spokes under their roles to look."""
    found = clients_in(settings, "look", client)
    return {place: LookedAt(place, clients) for place, clients in found.items()}


def inventory_of_all(
    home: tuple[str, str], own: Inventory, settings: SpokeSettings, client: "ClientFactory"
) -> PlacesInventory:
    """Bind the inventory of home and of every spoke."""
    return PlacesInventory(home, own, looked_at(settings, client))


def with_spokes(ports: GuardPorts, settings: GuardSettings, client: "ClientFactory") -> GuardPorts:
    """Let the ports see every spoke, under its role to look."""
    spokes = looked_at(settings.spokes, client)
    ask = partial(ask_probe, client("lambda"), settings.probe) if settings.probe else None
    work = DynamoDbWork(Table(client("dynamodb"), settings.ledger_table))
    return replace(
        ports,
        spokes=settings.spokes.places,
        inventory=PlacesInventory(ports.place, ports.inventory, spokes),
        activity=PlacesObserver(_observers(ports.activity, spokes, ask, work)),
        use=PlacesUse(_meters(ports.use, spokes)),
    )


def with_unwatched(ports: SweepPorts) -> SweepPorts:
    """Let a sweep look at what is only told of in every spoke, with the clients that it has."""
    places = ports.inventory.spokes if isinstance(ports.inventory, PlacesInventory) else {}
    known = {place: of for place, of in places.items() if isinstance(of, LookedAt)}
    return replace(ports, unwatched_places={place: _unwatched(of) for place, of in known.items()})


def _unwatched(spoke: LookedAt) -> UnwatchedReader:
    return SpokeUnwatched(lambda: spoke.clients.factory("sagemaker"))


def _observers(
    own: ActivityObserver, spokes: Mapping[str, LookedAt], ask: Ask | None, work: WorkLedger
) -> Callable[[str], ActivityObserver]:
    """Return the observer of each place, which has its own memory."""

    @cache
    def of(place: str) -> ActivityObserver:
        if place not in spokes:
            return own
        factory = spokes[place].clients.factory
        return NotebookObserver(
            spokes[place].inventory,
            lambda: factory("cloudwatch"),
            partial(ask, place=place) if ask else None,
            ledger=work,
        )

    return of


def _meters(own: UseMeter, spokes: Mapping[str, LookedAt]) -> Callable[[str], UseMeter]:
    def of(place: str) -> UseMeter:
        if place not in spokes:
            return own
        factory = spokes[place].clients.factory
        return CloudWatchUse(lambda: factory("cloudwatch"))

    return of


def stopper_of_all(own: Stopper, settings: SpokeSettings, client: "ClientFactory") -> PlacesStopper:
    """Bind the Stop calls of home and of every spoke, there under the role to stop."""

    def of(place: str, clients: SpokeClients) -> Stopper:
        return SageMakerStopper(clients.factory("sagemaker"), place=place)

    found = clients_in(settings, "stop", client)
    there = {place: partial(of, place, clients) for place, clients in found.items()}
    return PlacesStopper({HOME: lambda: own, **there})
