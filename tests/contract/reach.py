"""Which ports a function's handler can reach, read from the code: through whatever it calls."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType
from typing import Any, get_type_hints, is_protocol

from msgspec.structs import fields

from costguard.app import activity_ports, door_ports, slack_ports
from costguard.app import ports as app_ports
from costguard.app import report_ports as reporting
from costguard.bootstrap.guard import enforce_ports, park_ports, sweep_ports, watch_ports
from costguard.bootstrap.notifier import notification_ports, notify_queue
from costguard.bootstrap.reporter import report_ports
from costguard.bootstrap.responder import door_ports as made_door
from costguard.bootstrap.responder import press_ports, respond_ports, slack_members
from costguard.notifications import lookups
from costguard.notifications import ports as notifying

_OUTSIDE = ("costguard.adapters", "costguard.bootstrap")
type Port = tuple[str, str]  # the class of ports, and the port's name

_MADE = {
    make.__name__: get_type_hints(make)["return"]
    for make in (
        *(watch_ports, sweep_ports, enforce_ports, park_ports),
        *(report_ports, notification_ports, notify_queue, respond_ports, made_door),
        *(press_ports, slack_members),
    )
}
_HOMES = {
    each.__name__
    for each in (app_ports, activity_ports, door_ports, slack_ports, reporting, notifying, lookups)
}


def _hints(kind: type[Any]) -> dict[str, Any]:
    """Read the types of its fields; the notify queue's are only known to the type checker."""
    return {} if kind.__name__ == "SqsNotifyQueue" else get_type_hints(kind)


PROTOCOLS = {  # that a set of ports has; what it has several of, by name, is one port
    hint.__name__: hint
    for made in _MADE.values()
    for hint in _hints(made).values()
    if is_protocol(hint) and hint.__module__ in _HOMES
}
_PROTOCOLS = list(PROTOCOLS.values())
CLASSES: dict[str, type[Any]] = {
    **{c.__name__: c for c in (*_MADE.values(), app_ports.GuardPorts, app_ports.AdminPorts)},
    **PROTOCOLS,
}


@dataclass(frozen=True)
class Code:
    """A module, with the functions it defines and what it imports of ours."""

    tree: ast.Module

    @property
    def functions(self) -> dict[str, ast.FunctionDef]:
        """Its functions, by name."""
        return {n.name: n for n in self.tree.body if isinstance(n, ast.FunctionDef)}

    @property
    def imports(self) -> dict[str, tuple[str, str]]:
        """What it imports: the module and the name there, by the name here."""
        froms = (n for n in self.tree.body if isinstance(n, ast.ImportFrom))
        return {
            alias.asname or alias.name: (str(node.module), alias.name)
            for node in froms
            for alias in node.names
        }

    @property
    def modules(self) -> set[str]:
        """The modules that it imports anything of."""
        plain = {a.name for n in self.tree.body if isinstance(n, ast.Import) for a in n.names}
        return plain | {module for module, _ in self.imports.values()}


@cache
def code_of(module: str) -> Code:
    """Read a module of the package."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return read(Path(spec.origin))


def read(path: Path) -> Code:
    """Read a file."""
    return Code(ast.parse(path.read_text(encoding="utf-8")))


def reached(handler: Code) -> set[Port]:
    """Give the ports that a handler's functions use, themselves or through what they call."""
    found: set[Port] = set()
    todo = [(handler, function) for function in handler.functions.values()]
    seen = list[ast.FunctionDef]()
    while todo:
        code, function = todo.pop()
        if function not in seen:
            seen.append(function)
            found |= set(_ports_in(function))
            todo += _called_in(code, function)
    return found


def _ports_in(function: ast.FunctionDef) -> Iterator[Port]:
    """Yield every attribute of what is known to be ports."""
    known = _arguments(function)
    known |= {name: made for name, made in _assigned(function, known) if made}
    for node in ast.walk(function):
        owner = _class_of(node.value, known) if isinstance(node, ast.Attribute) else None
        if isinstance(node, ast.Attribute) and owner and _class_of(node, known) is None:
            yield _declared_in(owner, node.attr), node.attr  # what is no way to another port


def _declared_in(owner: str, name: str) -> str:
    """Name the set of ports that declares a field: what use cases share is the guard's.

    What the doors share is that of `respond`.
    """
    for shared in (app_ports.GuardPorts, app_ports.RespondPorts):
        if issubclass(CLASSES[owner], shared) and name in get_type_hints(shared):
            return shared.__name__
    return owner


def _arguments(function: ast.FunctionDef) -> dict[str, str]:
    every = (*function.args.args, *function.args.kwonlyargs)
    said = {each.arg: ast.unparse(each.annotation) for each in every if each.annotation}
    return {name: kind for name, kind in said.items() if kind in CLASSES}


def _assigned(function: ast.FunctionDef, known: dict[str, str]) -> Iterator[tuple[str, str | None]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for name, value in _pairs(node.targets[0], node.value):
                if isinstance(name, ast.Name):
                    yield name.id, _class_of(value, known)


def _pairs(name: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(name, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(name.elts, value.elts, strict=True)
    else:
        yield name, value


def _class_of(value: ast.expr, known: dict[str, str]) -> str | None:
    """Name the class of ports that an expression gives, if it gives one."""
    match value:
        case ast.Name(id=name):
            return known.get(name)
        case ast.Call(func=ast.Name(id=name)) if name in _MADE:
            return str(_MADE[name].__name__)
        case ast.Attribute(value=of, attr=name) if owner := _class_of(of, known):
            made = getattr(_hints(CLASSES[owner]).get(name), "__name__", "")
            return made if made in CLASSES else None
    return None


def _called_in(code: Code, function: ast.FunctionDef) -> Iterator[tuple[Code, ast.FunctionDef]]:
    """Yield the functions of ours that a function names; the adapters are the other side."""
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id in code.functions:
            yield code, code.functions[node.id]
        elif isinstance(node, ast.Name) and node.id in code.imports:
            yield from _there(*code.imports[node.id])
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module, name = code.imports.get(node.value.id, ("", ""))
            if module.startswith("costguard") and module.count(".") <= 1:
                yield from _there(f"{module}.{name}", node.attr)


def _there(module: str, name: str) -> Iterator[tuple[Code, ast.FunctionDef]]:
    if module.startswith("costguard.") and not module.startswith(_OUTSIDE):
        there = code_of(module)
        if name in there.functions:
            yield there, there.functions[name]


def every_port() -> set[Port]:
    """Give every port: the fields that are functions or values, and each Protocol's methods.

    Of the notify queue, only what its function itself does.
    """
    found = {(name, method) for name, each in PROTOCOLS.items() for method in _methods(each)}
    for name, kind in CLASSES.items():
        if name not in PROTOCOLS and name != "SqsNotifyQueue":
            hints = get_type_hints(kind)
            own = [field.name for field in fields(kind) if hints[field.name] not in _PROTOCOLS]
            found |= {(_declared_in(name, field), field) for field in own}
    return found | {("SqsNotifyQueue", "hide")}


def _methods(protocol: type[Any]) -> list[str]:
    return [
        name
        for base in protocol.__mro__
        for name, each in vars(base).items()
        if is_protocol(base) and isinstance(each, FunctionType) and not name.startswith("_")
    ]
