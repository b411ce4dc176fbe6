"""Read a policy file into frozen values, or report all of its problems.

`python -m costguard.policy.loader FILE` checks a file; `sam build` runs it, so a bad one
never deploys. Settings that are only worth a look are printed, and deploy.
"""

import sys
from collections.abc import Mapping
from copy import replace
from pathlib import Path
from typing import Any

from msgspec import Struct

from costguard.common.errors import PolicyInvalid
from costguard.common.remarks import Remark
from costguard.policy.advice import advise
from costguard.policy.consistency import contradictions
from costguard.policy.decoder import Decoder
from costguard.policy.model import Policy, RuleOverrides, RuleSettings
from costguard.policy.suggestions import did_you_mean
from costguard.policy.tables import where_it_belongs
from costguard.policy.toml_text import NotTomlError, decode_text, read_tables
from costguard.rules import RULES


class PolicyReading(Struct, frozen=True):
    """The readable part of a policy, with all remarks about its text."""

    policy: Policy | None  # None: it has a problem
    remarks: tuple[Remark, ...]

    @property
    def problems(self) -> tuple[Remark, ...]:
        """The problems that must be fixed."""
        return tuple(remark for remark in self.remarks if not remark.odd)


def parse_policy(text: str) -> Policy:
    """Read a policy. Raises PolicyInvalid with every problem, each with path, value and fix."""
    reading = _read(text)
    if reading.policy is None:
        raise PolicyInvalid(sorted(map(str, reading.problems)))
    return reading.policy


def check_policy(text: str) -> PolicyReading:
    """Read a policy, with all problems and everything worth a look."""
    reading = _read(text)
    if reading.policy is None:
        return reading
    are_default = "rules" not in read_tables(text)  # defaults, not written in the file
    said = (
        remark
        for remark in advise(reading.policy)
        if not (are_default and remark.path[:1] == ("rules",))
    )
    return replace(reading, remarks=(*reading.remarks, *said))


def decode_policy(data: bytes) -> str:
    """Read the bytes of a policy file. Raises PolicyInvalid if they are not text."""
    try:
        return decode_text(data)
    except NotTomlError as exc:
        line, column = exc.at
        raise PolicyInvalid([f"{exc} (at line {line}, column {column})"]) from None


def _read(text: str) -> PolicyReading:
    try:
        raw = _without_unused_stage(read_tables(text))
    except NotTomlError as exc:
        return PolicyReading(None, (exc.remark,))
    reader = Decoder()
    policy = reader.table(Policy, {k: v for k, v in raw.items() if k != "rules"}, ())
    rules = _rules(reader, raw["rules"]) if "rules" in raw else None
    if any(not remark.odd for remark in reader.remarks):
        return PolicyReading(None, tuple(reader.remarks))
    policy = policy if rules is None else replace(policy, rules=rules)
    wrong = tuple(contradictions(policy))
    return PolicyReading(None if wrong else policy, (*reader.remarks, *wrong))


def _without_unused_stage(raw: dict[str, Any]) -> dict[str, Any]:
    """Drop the settings of `[notify]` for the stage `summary`.

    Earlier versions accepted it, but no notice has this stage: a policy with it stays valid, and
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
        reader.refuse(("rules",), raw, "a table with a table per rule")
        return {}
    found = {}
    for name, table in raw.items():
        path = ("rules", name)
        if name not in RULES:
            fix = did_you_mean(name, RULES) or where_it_belongs(name, ("rules",))
            reader.refuse_key(path, f"expected a rule ({', '.join(RULES)}), got {name!r}", fix)
        elif not isinstance(table, Mapping):
            reader.refuse(path, table, "a table", f"write [rules.{name}] and its settings below")
        else:
            common = {k: v for k, v in table.items() if k in ("mode", "grace", "guardrail", "park")}
            own = {k: v for k, v in table.items() if k not in common}
            options = reader.table(type(RULES[name].options), own, path)
            overrides = reader.table(RuleOverrides, common, path)
            found[name] = RuleSettings(options=options, overrides=overrides)
    return found


def main(path: str) -> int:
    """Check a policy file; print the remarks; return 1 if it has a problem."""
    try:
        reading = check_policy(decode_policy(Path(path).read_bytes()))
    except (PolicyInvalid, OSError) as exc:
        sys.stderr.write(f"{path}: {exc}\n")
        return 1
    for remark in reading.remarks:
        sort = "worth a look: " if remark.odd else ""
        sys.stderr.write(f"{path}: {sort}{remark}\n")
    return int(reading.policy is None)


if __name__ == "__main__":  # pragma: no cover - a command; its tests call main
    sys.exit(main(sys.argv[1]))
