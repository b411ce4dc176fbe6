"""What every setting of the policy is checked against, and what AWS has now."""

import types
from collections.abc import Iterator, Mapping
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import pytest
from msgspec import Struct
from msgspec.structs import fields

from costguard.costs.prices import GB_MONTH, bundled_prices
from costguard.notifications.composer import RecipientContext, reader_values
from costguard.notifications.settings import PLACEHOLDERS
from costguard.notifications.templates import word_notice
from costguard.policy.model import Policy, RuleOverrides
from costguard.resources.instance_types import known_instance_types
from costguard.rules import RULES
from tests.factories import at, policy, waiting

ROOT = Path(__file__).parents[2]


def texts(kind: Any, path: str) -> Iterator[tuple[str, bool]]:
    """Yield each text that a setting may hold, and whether a check stands beside its type."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        yield from ((where, True) for where, _ in texts(args[0], path))
    elif kind is str:
        yield path, False
    elif origin in {Union, types.UnionType, Mapping, tuple} or args:
        for each in args:
            yield from texts(each, path)
    elif isinstance(kind, type) and issubclass(kind, Struct) and not hasattr(kind, "parse"):
        hints = get_type_hints(kind, include_extras=True)
        for field in fields(kind):
            yield from texts(hints[field.name], f"{path}.{field.name}".strip("."))


CLASSES = {"": Policy, "rules": RuleOverrides} | {
    f"rules.{name}": type(rule.options) for name, rule in RULES.items()
}
TEXTS = [each for path, cls in CLASSES.items() for each in texts(cls, path)]
TEXTS.remove(("rules", False))  # the names of rules: the loader knows them


@pytest.mark.parametrize(("path", "is_checked"), TEXTS)
def test_no_text_of_the_policy_is_taken_as_it_is(path: str, *, is_checked: bool) -> None:
    assert is_checked, f"say what {path} refers to: Annotated[str, a check of common/forms.py]"


def script(name: str) -> Any:
    loader = SourceFileLoader(name, str(ROOT / "scripts" / name))
    spec = spec_from_loader(name, loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_the_known_instance_types_are_those_of_the_model() -> None:
    layer = script("layer")
    assert layer.TYPES.read_text(encoding="utf-8") == layer.instance_types(), "run `make layer`"


def test_what_has_a_price_is_a_known_instance_type() -> None:
    priced = {what for _, _, what in bundled_prices().table} - {GB_MONTH}
    assert priced <= known_instance_types()


def test_the_admins_own_words_may_refer_to_what_a_notice_says() -> None:
    zone, contact = policy().timezone, policy().contact
    said = word_notice(waiting("a"), zone, at(0)).values
    said = said | reader_values(RecipientContext(zone=zone, contact=contact))
    assert set(PLACEHOLDERS) == said.keys()
