"""Readable name patterns: `{Team}-{LastnameFirstname}-{Purpose}`; and the stamps of SDKs."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import cache, lru_cache

from msgspec import Struct

from costguard.common.transliteration import ascii_word

_PARTS = {
    "Team": r"[A-Za-z0-9]+",
    "LastnameFirstname": r"[A-Z][A-Za-z0-9]*",
    "Purpose": r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*",
}
_EXAMPLE = {"Team": "sinkorswim", "LastnameFirstname": "DoeJohn", "Purpose": "ExploreSageMaker"}
_TWO_NAMES = re.compile(r"[A-Z][A-Za-z0-9]*[a-z][A-Z][A-Za-z0-9]*")  # DoeJohn


def two_names(part: str) -> bool:
    """Tell whether a part of a name looks like a last and a first name: `DoeJohn`."""
    return _TWO_NAMES.fullmatch(part) is not None


_LONGEST = 63  # of a job name: SDK 3 cuts the end of its stamp there

_STAMPS = tuple(
    re.compile(f"-+{form}$")  # a base that was cut may end in a hyphen of its own
    for form in (
        r"\d{3}-[0-9a-f]{8}",  # a training job that a tuning job made
        r"(?:[0-9a-f]{8}-)?\d{4}(?:-\d\d){5}(?:-\d{3})?",  # SDK 2; a notebook job of Studio
        r"\d{6}-\d{4}(?:-\w{8})?",  # a tuning job
        r"20\d{12}",  # SDK 3
        r"\d{10}-[0-9a-f]{4}",  # SDK 2, where a name has to be unique
    )
)
_CUT_STAMP = re.compile(r"-2(?:0\d{0,12})?$")
_PIPELINE = re.compile(r"pipelines-[a-z0-9]{12}-(?P<base>.+?)(?:-[A-Za-z0-9]{10})?(?:-\d)?")
_PREFIXED = re.compile(r"(?P<base>.+)-(?P<run>[a-z0-9]{12})-(?P<token>[A-Za-z0-9]{10})-\d")
_RANDOM = re.compile(r"\d|[^-][A-Z]")  # words have neither


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

    def match(
        self,
        name: str,
        teams: Iterable[str] = (),
        is_owner: Callable[[str], bool] = two_names,
    ) -> dict[str, str] | None:
        """Take a name apart, or None when it has another form; `teams` may have several words."""
        found = _form(self.text, tuple(teams)).fullmatch(name)
        owner = found.groupdict().get("LastnameFirstname") if found else None
        return found.groupdict() if found and (owner is None or is_owner(owner)) else None

    def fill(self, **parts: str) -> str:
        """Write a name of this form; parts that are not given are the example's."""
        return self.text.format_map(_EXAMPLE | parts)

    @property
    def has_team(self) -> bool:
        """Tell whether names of this form begin with, or hold, a team."""
        return "{Team}" in self.text

    @property
    def has_owner(self) -> bool:
        """Tell whether names of this form identify the owner."""
        return "{LastnameFirstname}" in self.text


def written_team(team: str) -> str:
    """Write a team as a resource's name can: its words joined by hyphens."""
    return "-".join(word for word in (ascii_word(part) for part in _words(team)) if word)


@cache
def _form(text: str, teams: tuple[str, ...]) -> re.Pattern[str]:
    """Compile a pattern, once for each that the policy has."""
    named = "|".join(filter(None, map(_team_form, teams)))
    parts = _PARTS | ({"Team": f"(?i:{named})"} if named else {})
    return re.compile(re.sub(r"\{(\w+)\}", lambda m: f"(?P<{m[1]}>{parts[m[1]]})", text))


def _team_form(team: str) -> str:
    """Accept a team with its words joined by hyphens, or run together."""
    return "-?".join(map(re.escape, written_team(team).split("-")))


def _words(team: str) -> list[str]:
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFC", team))


@lru_cache(maxsize=16384)  # the same names, by several rules in each sweep
def base_name(name: str) -> str:
    """Take off what an SDK or SageMaker put around a job's name: stamps, and ids of pipelines."""
    if found := _PIPELINE.fullmatch(name):
        return found["base"]
    if (found := _PREFIXED.fullmatch(name)) and _RANDOM.search(f"{found['run']}{found['token']}"):
        return base_name(found["base"])
    if stamped := next((form for form in _STAMPS if form.search(name)), None):
        return base_name(stamped.sub("", name))
    return _CUT_STAMP.sub("", name) if len(name) == _LONGEST else name


def is_pipeline_step(name: str) -> bool:
    """Tell whether SageMaker named a job: nobody could have named it otherwise."""
    return _PIPELINE.fullmatch(name) is not None
