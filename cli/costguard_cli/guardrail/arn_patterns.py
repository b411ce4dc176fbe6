"""Translate name patterns to ARN patterns with `*` and `?`.

ARNs of SageMaker are compared with case. Describe and events show the name in lower case, while
AccessDenied messages since 2023 show it as it was asked for: every pattern is given in both.
"""

import re

from costguard.policy.model import Exemption
from costguard.resources.naming import NamePattern
from costguard.resources.registry import KINDS

_GLOBS = {"Team": "?*", "LastnameFirstname": "???*", "Purpose": "?*"}
_STAMP = "-??????-????"  # what the SDK puts behind a base name that it has cut


def allowed(kind: str, patterns: tuple[NamePattern, ...], teams: tuple[str, ...]) -> list[str]:
    """Return ARN patterns that match every allowed name of a kind, and some that are not."""
    found = [form for pattern in patterns for form in _forms(pattern, teams)]
    stamped = [f"{form}-*" for form in found if not form.endswith("*")]  # by the SageMaker SDK
    longest = KINDS[kind].name_cut_at
    cut = ["?" * longest + _STAMP] if longest else []  # the rule cannot tell either
    return [arn(kind, name) for name in _both(found + stamped) + cut]


def exempt(kind: str, exemption: Exemption) -> list[str]:
    """Return the ARN patterns of the names that an exemption covers."""
    globs = [glob(name) for name in exemption.names]
    return [arn(kind, name) for each in globs for name in spellings(each)]


def spellings(text: str) -> list[str]:
    """Write a word as given, in lower and upper case, and capitalized: IAM cannot ignore case."""
    return list(dict.fromkeys((text, text.lower(), text.upper(), text.capitalize())))


def glob(text: str) -> str:
    """Turn a pattern of the policy into one of IAM: `[ab]` becomes `?`, `${` stays a text."""
    return re.sub(r"\[!?.[^]]*\]", "?", text).replace("${", "${$}{")


def arn(kind: str, name: str) -> str:
    """Write the ARN pattern of a name, in any partition, region and account."""
    return f"arn:*:sagemaker:*:*:{kind}/{name}"


def _forms(pattern: NamePattern, teams: tuple[str, ...]) -> list[str]:
    """Fill the teams in, in their likely spellings; other placeholders become wildcards."""
    words = [word for team in teams for word in spellings(team)] if pattern.has_team else []
    texts = [pattern.text.replace("{Team}", word) for word in words] or [pattern.text]
    return [re.sub(r"\{(\w+)\}", lambda m: _GLOBS[m[1]], text) for text in texts]


def _both(names: list[str]) -> list[str]:
    return list(dict.fromkeys(n for name in names for n in (name, name.lower())))
