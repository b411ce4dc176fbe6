"""Readable name patterns: `{Team}-{LastnameFirstname}-{Purpose}`."""

import re
from difflib import get_close_matches
from functools import cache

from msgspec import Struct

_PARTS = {
    "Team": r"[A-Za-z0-9]+",
    "LastnameFirstname": r"[A-Z][A-Za-z0-9]*[a-z][A-Z][A-Za-z0-9]*",
    "Purpose": r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*",
}
_EXAMPLE = {"Team": "sinkorswim", "LastnameFirstname": "DoeJohn", "Purpose": "ExploreSageMaker"}
_SDK_SUFFIX = re.compile(r"-(?:\d{4}(?:-\d\d){5}-\d{3}|\d{6}-\d{4}(?:-\w{8})?)$")


class NamePattern(Struct, frozen=True):
    """A pattern as the policy writes it; placeholders are joined by hyphens."""

    text: str

    @classmethod
    def parse(cls, text: str) -> "NamePattern":
        """Read a pattern. Raises ValueError when it is not made of placeholders and hyphens."""
        words = re.findall(r"\{(\w*)\}", text)
        if not words or set(words) - _PARTS.keys() or len(set(words)) < len(words):
            msg = "a pattern of " + ", ".join(f"{{{p}}}" for p in _PARTS) + ", each once"
            raise ValueError(msg)
        if not re.fullmatch(r"[A-Za-z0-9-]*", re.sub(r"\{\w+\}", "", text)):
            msg = "a pattern with only letters, digits and hyphens between its placeholders"
            raise ValueError(msg)
        return cls(text)

    @staticmethod
    def hint(text: str) -> str:
        """Say which placeholder was probably meant."""
        for word in re.findall(r"\{(\w*)\}", text):
            folded = {part.casefold(): part for part in _PARTS}
            near = get_close_matches(word.casefold(), folded, n=1)
            if word not in _PARTS and near:
                return f"did you mean {{{folded[near[0]]}}}?"
        return ""

    def match(self, name: str) -> dict[str, str] | None:
        """Take a name apart, or None when it has another form."""
        found = _form(self.text).fullmatch(name)
        return found.groupdict() if found else None

    def fill(self, **parts: str) -> str:
        """Write a name of this form; parts that are not given are the example's."""
        return self.text.format_map(_EXAMPLE | parts)

    @property
    def has_team(self) -> bool:
        """Tell whether names of this form begin with, or hold, a team."""
        return "{Team}" in self.text


@cache
def _form(text: str) -> re.Pattern[str]:
    """Compile a pattern, once for each that the policy has."""
    return re.compile(re.sub(r"\{(\w+)\}", lambda m: f"(?P<{m[1]}>{_PARTS[m[1]]})", text))


def base_name(name: str) -> str:
    """Take off the time stamp that the SageMaker Python SDK appends to job names."""
    return _SDK_SUFFIX.sub("", name)
