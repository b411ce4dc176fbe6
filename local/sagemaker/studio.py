"""SageMaker Studio: domains, user profiles, spaces and apps.

Members and statuses: the service model. An app that was deleted is listed for a day (DescribeApp);
a space has no app of its own until somebody runs one; an update replaces what is set for an app
type as a whole. The texts of refusals are guesses.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any

from local.sagemaker import model
from local.sagemaker.errors import AwsError, invalid
from local.sagemaker.kinds import Kind
from local.sagemaker.other_kinds import APP, DOMAIN, PROFILE, SPACE
from local.sagemaker.pagination import lister
from local.sagemaker.resource import Resource
from local.sagemaker.store import Operation, Store
from local.sagemaker.tags import as_map

_LISTED_AFTERWARDS = timedelta(days=1)
_SMALLEST_VOLUME = 5
_SYSTEM = {"JupyterServer", "Canvas"}  # their default type is `system`
_SUMMARIES = {  # of a space, in a list: what each holds
    "SpaceSettings": ("AppType", "RemoteAccess", "SpaceStorageSettings"),
    "SpaceSharingSettings": ("SharingType",),
    "OwnershipSettings": ("OwnerUserProfileName",),
}

type Fields = dict[str, Any]


def _add(store: Store, kind: Kind, name: str, request: Fields, **fields: Any) -> Resource:
    tags = as_map(request["Tags"]) if request.get("Tags") else None
    own = {member: value for member, value in request.items() if member != "Tags"}
    return store.add(kind, name, own | fields, status="Pending", tags=tags)


def _refuse_second(store: Store, kind: Kind, name: str) -> None:
    taken = store.find_any_case(kind, name)
    if taken and taken.status != "Deleted":
        raise AwsError("ResourceInUse", f"{kind.words} {name} already exists")


def _create_domain(store: Store, request: Fields) -> Fields:
    """Create a domain: AWS chooses its id."""
    number = f"{store.place.region}/{request['DomainName']}/{len(store.all(DOMAIN))}"
    name = f"d-{sha256(number.encode()).hexdigest()[:12]}"
    made = _add(store, DOMAIN, name, request, DomainId=name)
    store.change(made, "InService")
    return {"DomainArn": made.arn, "DomainId": name}


def _create_profile(store: Store, request: Fields) -> Fields:
    name = str(PROFILE.name_in(request))
    _of_domain(store, request)
    _refuse_second(store, PROFILE, name)
    made = _add(store, PROFILE, name, request)
    store.change(made, "InService")
    return {"UserProfileArn": made.arn}


def _create_space(store: Store, request: Fields) -> Fields:
    """Create a space; its volume is there, and nothing runs in it."""
    name = str(SPACE.name_in(request))
    _of_domain(store, request)
    _refuse_second(store, SPACE, name)
    settings = dict(request.get("SpaceSettings", {}))
    if settings.get("AppType") in ("JupyterLab", "CodeEditor"):
        volume = {"EbsStorageSettings": {"EbsVolumeSizeInGb": _SMALLEST_VOLUME}}
        settings.setdefault("SpaceStorageSettings", volume)
    made = _add(store, SPACE, name, request, SpaceSettings=settings)
    _summarise(made)
    store.change(made, "InService")
    return {"SpaceArn": made.arn}


def _summarise(space: Resource) -> None:
    """Repeat in the words of a list what a description says."""
    for member, held in _SUMMARIES.items():
        if told := space.fields.get(member):
            summary = {name: told[name] for name in held if name in told}
            space.fields[f"{member}Summary"] = summary


def _update_domain(store: Store, request: Fields) -> Fields:
    domain = _of_domain(store, request)
    _replace(domain, "DefaultUserSettings", request)
    store.change(domain, "InService")
    return {"DomainArn": domain.arn}


def _update_profile(store: Store, request: Fields) -> Fields:
    profile = store.find(PROFILE, str(PROFILE.name_in(request)))
    _replace(profile, "UserSettings", request)
    store.change(profile, "InService")
    return {"UserProfileArn": profile.arn}


def _update_space(store: Store, request: Fields) -> Fields:
    """Change a space: its volume may become larger."""
    space = store.find(SPACE, str(SPACE.name_in(request)))
    _replace(space, "SpaceSettings", request)
    _summarise(space)
    store.change(space, "InService")
    return {"SpaceArn": space.arn}


def _replace(of: Resource, member: str, request: Fields) -> None:
    of.fields[member] = of.fields.get(member, {}) | request.get(member, {})


def _delete_space(store: Store, request: Fields) -> Fields:
    space = store.find(SPACE, str(SPACE.name_in(request)))
    of = {member: space.fields[member] for member in SPACE.parts}
    if any(_runs(app) and of.items() <= app.fields.items() for app in store.all(APP)):
        raise AwsError("ResourceInUse", f"{SPACE.words} {space.name} has apps")
    store.change(space, "Deleting")
    store.forget(space)
    return {}


def _create_app(store: Store, request: Fields) -> Fields:
    """Start an app of a profile or of a space; a deleted one gives its name back."""
    _of_domain(store, request)
    owner = _owner(store, request)
    name = str(APP.name_in(request))
    _refuse_second(store, APP, name)
    resources = _resources(store, request, owner)
    made = _add(store, APP, name, request, ResourceSpec=resources)
    store.schedule(made, store.pace.app_starting, partial(_arrive, status="InService"))
    return {"AppArn": made.arn}


def _owner(store: Store, request: Fields) -> Resource:
    """Find the profile or the space; an app belongs to one of the two."""
    if ("UserProfileName" in request) is ("SpaceName" in request):
        raise invalid("Exactly one of UserProfileName and SpaceName must be given.")
    kind = SPACE if "SpaceName" in request else PROFILE
    return store.find(kind, str(kind.name_in(request)))


def _resources(store: Store, request: Fields, owner: Resource) -> Fields:
    """Find what it runs on: as asked for, or the default of its space, profile or domain."""
    type_ = request["AppType"]
    domain = _of_domain(store, request)
    defaults = (
        owner.fields.get("SpaceSettings") or owner.fields.get("UserSettings") or {},
        domain.fields.get("DefaultUserSettings", {}),
    )
    found = [d.get(f"{type_}AppSettings", {}).get("DefaultResourceSpec", {}) for d in defaults]
    last = {"InstanceType": "system" if type_ in _SYSTEM else "ml.t3.medium"}
    chosen: Fields = next(filter(None, [request.get("ResourceSpec"), *found]), last)
    return chosen if "InstanceType" in chosen else chosen | last


def _delete_app(store: Store, request: Fields) -> Fields:
    """Delete an app: the only stop. It is listed for a day."""
    app = store.find(APP, str(APP.name_in(request)))
    if not _runs(app):
        raise AwsError("ResourceInUse", f"{APP.words} {app.name} is {app.status}")
    app.generation += 1
    store.change(app, "Deleting")
    store.schedule(app, store.pace.app_deleting, _end)
    return {}


def _end(store: Store, app: Resource) -> None:
    store.change(app, "Deleted")
    store.schedule(app, _LISTED_AFTERWARDS, lambda store, app: store.forget(app))


def _arrive(store: Store, one: Resource, *, status: str) -> None:
    store.change(one, status)


def _runs(app: Resource) -> bool:
    return app.status in ("Pending", "InService")


def _of_domain(store: Store, request: Mapping[str, Any]) -> Resource:
    return store.find(DOMAIN, request["DomainId"])


def _describe(kind: Kind, store: Store, request: Fields) -> Fields:
    found = store.find(kind, str(kind.name_in(request)))
    members = model.members(model.output_shape(f"Describe{kind.prefix}"))
    known = dict(found.fields)
    if kind is APP and found.status == "InService":
        # AWS moves both with each of its own health checks (DescribeApp)
        moved = ("LastHealthCheckTimestamp", "LastUserActivityTimestamp")
        known |= dict.fromkeys(moved, store.now())
    return {name: known[name] for name in members if name in known}


OPERATIONS: dict[str, Operation] = {
    "CreateDomain": _create_domain,
    "UpdateDomain": _update_domain,
    "CreateUserProfile": _create_profile,
    "UpdateUserProfile": _update_profile,
    "CreateSpace": _create_space,
    "UpdateSpace": _update_space,
    "DeleteSpace": _delete_space,
    "CreateApp": _create_app,
    "DeleteApp": _delete_app,
    **{f"Describe{k.prefix}": partial(_describe, k) for k in (DOMAIN, PROFILE, SPACE, APP)},
    **{f"List{k.prefix}s": lister(k) for k in (DOMAIN, PROFILE, SPACE, APP)},
}
