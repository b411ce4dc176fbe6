"""Every kind that the guard knows: each file in `resources/kinds`, by name, ARN and event."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from pkgutil import iter_modules

from costguard.resources import kinds
from costguard.resources.kind import ActivitySource, Kind
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.places import HOME, is_place


def _every_kind() -> list[Kind]:
    names = [f"{kinds.__name__}.{module.name}" for module in iter_modules(kinds.__path__)]
    found: list[Kind] = [import_module(name).KIND for name in names]
    return sorted(found, key=lambda kind: (kind.order, kind.name))


class Registry:
    """Some kinds, and the ways in which AWS refers to them."""

    def __init__(self, known: Iterable[Kind]) -> None:
        self.kinds: Mapping[str, Kind] = {kind.name: kind for kind in known}
        every = self.kinds.values()
        shared = sorted(every, key=lambda kind: not kind.resource_part)  # a part is its namesake's
        self._of_part = {kind.arn_part: kind for kind in shared}
        self._of_create = {create: kind for kind in every for create in kind.events.creates}
        changes = {change for kind in every for change in kind.events.changes}
        self._of_change = {
            change: tuple(kind for kind in every if change in kind.events.changes)
            for change in changes
        }
        self._of_detail_type = {
            name.replace(" ", ""): kind for kind in every for name in kind.events.detail_types
        }

    def of_arn(self, arn: str) -> Kind | None:
        """Find the kind that an ARN names, or None for one that is not ours."""
        return self._of_part.get(arn.rsplit(":", 1)[-1].split("/", 1)[0])

    def of_create(self, operation: str) -> Kind | None:
        """Find the kind that an operation makes one of."""
        return self._of_create.get(operation)

    def of_change(self, operation: str, request: Mapping[str, object]) -> Kind | None:
        """Find the kind that a call changes: of several, the one of a member of its request."""
        about = self._of_change.get(operation, ())
        named = (kind for kind in about if kind.events.change_member in request)
        general = (kind for kind in about if not kind.events.change_member)
        return next(named, next(general, None))

    def of_detail_type(self, detail_type: str) -> Kind | None:
        """Find the kind whose changes have a detail-type, however it is spaced."""
        return self._of_detail_type.get(detail_type.replace(" ", ""))


REGISTRY = Registry(_every_kind())
KINDS = REGISTRY.kinds
kind_of_arn = REGISTRY.of_arn


def owned_ref(resource: Resource) -> ResourceRef:
    """Name what somebody created: of what AWS made for another, that one."""
    of = resource.belongs_to or resource.parent
    kind = kind_of_arn(of) if of else None
    name = kind.identity.name_in_arn(of) if kind and of else ""
    return resource.beside(kind.name, name) if kind and name else resource.ref


def labelled_ref(label: str) -> ResourceRef | None:
    """Read the label of a reference; None for a text that is none."""
    account, _, rest = label.partition("/")
    region, _, named = rest.partition("/")
    place = f"{account}/{region}"
    place, named = (place, named) if is_place(place) else (HOME, label)
    kind, _, name = named.partition("/")
    return ResourceRef(kind, name, place) if name and kind in KINDS else None


def how_to_end(resource: Resource) -> str:
    """Give the words in which its owner reads how to end what it costs."""
    words, check = KINDS[resource.kind].words, resource.deletion
    return words.end_for_good if check and check.lost and words.end_for_good else words.end


def is_notebook(resource: Resource) -> bool:
    """Tell whether people use it through Jupyter, so that Jupyter shows its activity."""
    return KINDS[resource.kind].activity is ActivitySource.JUPYTER


def runs_by_children(resource: Resource) -> bool:
    """Tell whether the instances that it runs are those of the jobs that it started."""
    return KINDS[resource.kind].translation.by_children
