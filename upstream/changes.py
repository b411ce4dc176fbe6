"""What a newer botocore changes for the guard, in sentences."""

from collections.abc import Iterator, Mapping

from costguard.resources.coverage import COVERAGE
from costguard.resources.kind import Kind
from costguard.resources.registry import KINDS
from upstream.models import Model, growing, instance_types, members, required, statuses

type Models = Mapping[str, Model]


def changes(old: Models, new: Models) -> Iterator[str]:
    """Say everything that changed between two sets of models, what has to be done first."""
    for service in sorted(old.keys() | new.keys()):
        if service not in new:
            yield f"The service {service} is gone."
            continue
        if service not in old:
            yield f"The service {service} is new."
        yield from operations(service, old.get(service), new[service])
    before, after = old.get("sagemaker"), new.get("sagemaker")
    if before and after:
        for kind in KINDS.values():
            yield from of_kind(kind, before, after)
        yield from _words("status", statuses(before), statuses(after))
        yield from _words("instance type", instance_types(before), instance_types(after))


def operations(service: str, old: Model | None, new: Model) -> Iterator[str]:
    """Name what nobody has classified, what is new with its list, and what is gone."""
    before = set(old["operations"]) if old else set()
    for name in unlisted(service, new):
        yield f"{service}: {name} may cost, and is in no list: add it to operations.csv."
    if added := sorted(set(new["operations"]) - before):
        lists = {name: COVERAGE.of(service, name) for name in added}
        named = (f"{name} ({coverage})" if coverage else name for name, coverage in lists.items())
        yield f"{service}: new operations: {', '.join(named)}."
    if gone := sorted(before - set(new["operations"])):
        yield f"{service}: operations that are gone: {', '.join(gone)}."


def unlisted(service: str, model: Model) -> list[str]:
    """List the operations that may start or grow cost, and that nobody has classified."""
    return [name for name in growing(model) if COVERAGE.of(service, name) is None]


def of_kind(kind: Kind, old: Model, new: Model) -> Iterator[str]:
    """Say what changed in the calls of one kind of ours, and which statuses we do not know."""
    listed, stop = kind.api.list.operation, kind.api.stop
    calls = (*kind.events.creates, listed, kind.api.describe, *([stop.operation] if stop else ()))
    for call in calls:
        if call not in new["operations"]:
            yield f"{kind.title}: {call} is gone."
        elif call in old["operations"]:
            yield from _of_call(kind, call, old, new)
    known = kind.lifecycle.statuses.keys()
    if words := sorted(status_words(kind, new) - known):
        yield f"{kind.title}: statuses that its file does not know: {', '.join(words)}."


def _of_call(kind: Kind, call: str, old: Model, new: Model) -> Iterator[str]:
    needs, needed = required(new, call), required(old, call)
    if more := sorted(needs - needed):
        yield f"{kind.title}: {call} now requires {', '.join(more)}."
    if less := sorted(needed - needs):
        yield f"{kind.title}: {call} no longer requires {', '.join(less)}."
    for side in ("input", "output"):
        if more := sorted(members(new, call, side) - members(old, call, side)):
            yield f"{kind.title}: the {side} of {call} has new members: {', '.join(more)}."


def status_words(kind: Kind, model: Model) -> set[str]:
    """List the words that the status of a kind may have, as its description says."""
    shapes = model["shapes"]
    shape = shapes.get(
        model["operations"].get(kind.api.describe, {}).get("output", {}).get("shape")
    )
    inner = kind.api.describe_result
    if shape and inner:
        shape = shapes.get(shape["members"].get(inner, {}).get("shape"))
    member = (shape or {}).get("members", {}).get(kind.translation.status, {})
    return set(shapes.get(member.get("shape"), {}).get("enum", ()))


def _words(what: str, old: Mapping[str, set[str]], new: Mapping[str, set[str]]) -> Iterator[str]:
    """Name what came to each list of words, and what went."""
    for name in sorted(new):
        if added := sorted(new[name] - old.get(name, set())):
            yield f"{name}: new {what}: {', '.join(added)}."
        if gone := sorted(old.get(name, set()) - new[name]):
            yield f"{name}: no longer a {what}: {', '.join(gone)}."
