"""Read a policy file: TOML in, frozen values out, or every problem in it at once.

`python -m costguard.policy.loader FILE` checks a file; `sam build` runs it, so a bad one
never deploys.
"""

import sys
import tomllib
from collections.abc import Mapping
from copy import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from costguard.common.errors import PolicyInvalid
from costguard.policy.decoder import Decoder
from costguard.policy.model import Policy, RuleOverrides, RuleSettings
from costguard.resources.registry import KINDS
from costguard.rules import RULES


def parse_policy(text: str) -> Policy:
    """Read a policy. Raises PolicyInvalid with every problem, each with path and expected form."""
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as exc:
        raise PolicyInvalid([f"not TOML: {exc}"]) from None
    raw = _without_unused_stage(raw)
    reader = Decoder()
    policy: Policy = reader.table(Policy, {k: v for k, v in raw.items() if k != "rules"}, "")
    rules = _rules(reader, raw["rules"]) if "rules" in raw else None
    _known_words(reader, raw)
    if reader.problems:
        raise PolicyInvalid(sorted(reader.problems))
    return policy if rules is None else replace(policy, rules=rules)


def _without_unused_stage(raw: dict[str, Any]) -> dict[str, Any]:
    """Drop what `[notify]` says of the stage `summary`.

    Earlier versions accepted it, and no notice ever had it: a policy that names it stays valid, and
    summaries go to the summary topic as before.
    """
    notify = raw.get("notify")
    if not isinstance(notify, dict):
        return raw
    by_stage = {
        key: {stage: value for stage, value in table.items() if stage != "summary"}
        for key, table in notify.items()
        if key in ("stages", "words") and isinstance(table, dict)
    }
    return raw | {"notify": notify | by_stage}


def _rules(reader: Decoder, raw: object) -> dict[str, RuleSettings]:
    """Read `[rules.<id>]`: overrides that every rule has, and the rule's own options."""
    if not isinstance(raw, Mapping):
        reader.refuse("rules", raw, "a table with a table per rule")
        return {}
    found = {}
    for name, table in raw.items():
        path = f"rules.{name}"
        if name not in RULES:
            reader.refuse(path, name, "a rule (" + ", ".join(RULES) + ")")
        elif not isinstance(table, Mapping):
            reader.refuse(path, table, "a table")
        else:
            common = {k: v for k, v in table.items() if k in ("mode", "grace", "guardrail")}
            own = {k: v for k, v in table.items() if k not in common}
            options = reader.table(type(RULES[name].options), own, path)
            overrides = reader.table(RuleOverrides, common, path)
            found[name] = RuleSettings(options=options, overrides=overrides)
    return found


def _known_words(reader: Decoder, raw: Mapping[str, Any]) -> None:
    """Refuse exemptions that name a kind or rule that does not exist: they would cover nothing."""
    exemptions = raw.get("exemptions")
    for i, each in enumerate(exemptions if isinstance(exemptions, list) else ()):
        for key, words in (("kinds", KINDS), ("rules", RULES)):
            given = each.get(key, ()) if isinstance(each, Mapping) else ()
            for word in given if isinstance(given, list) else ():
                if word not in list(words):
                    reader.refuse(f"exemptions[{i}].{key}", word, "one of " + ", ".join(words))


def main(path: str) -> int:
    """Check a policy file; print its problems and return 1 if it has any."""
    try:
        parse_policy(Path(path).read_text(encoding="utf-8"))
    except (PolicyInvalid, OSError, UnicodeDecodeError) as exc:
        sys.stderr.write(f"{path}: {exc}\n")
        return 1
    return 0


if __name__ == "__main__":  # pragma: no cover - a command; its tests call main
    sys.exit(main(sys.argv[1]))
