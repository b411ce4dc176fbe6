"""What a resource states about its owner: in its name, the owner tag, and tags of SageMaker.

Anybody with permission to tag can write a tag that begins with `sagemaker:`, as SageMaker's own
JupyterLab extension does; AWS reserves only `aws:`. Such a tag leads to notices, never to charges.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from costguard.resources.kinds.notebook_instance import KIND as NOTEBOOK
from costguard.resources.model import Resource
from costguard.resources.naming import NamePattern, base_name, is_pipeline_step, two_names
from costguard.resources.per_kind import PerKind

NOT_MINE = "costguard:not-mine"
"""The tag in which a person says that a resource is not theirs: one or several handles."""

type NamePatterns = PerKind[tuple[NamePattern, ...]]

DEFAULT_PATTERNS: NamePatterns = PerKind(
    {
        NOTEBOOK.name: (
            NamePattern("{Team}-{LastnameFirstname}-{Purpose}"),
            NamePattern("{LastnameFirstname}-{Purpose}"),
        )
    }
)

_NO_PEOPLE = frozenset(
    "AutoGluon DeepAR DeepSpeed FastAi HuggingFace JumpStart JupyterLab LightGBM MLflow OpenAi "
    "PyTorch SageMaker ScikitLearn SkLearn TensorBoard TensorFlow XGBoost".lower().split()
)
_ADDRESS = r"[^\s/;&|,<>()=:]+@[^\s/;&|,<>()=:]+"
SEPARATORS = (
    re.compile(r"[/;|\n]"),
    re.compile(r"[&+]|\s-\s|(?:^|\s)(?:and|und|et|og|e|i|y)\s", re.IGNORECASE),
    re.compile(r"[,:=<>()]"),
)
"""What stands between two people in a tag; a later one may also be a part of a name, and is asked
only where what the earlier ones leave is nobody."""
PIPELINE_TAG = "sagemaker:pipeline-execution-arn"
_HINTS = ("sagemaker:user-profile-name", "sagemaker:name", "sagemaker:notebook-name")
_PROFILE = "sagemaker:user-profile-arn"
_NOTEBOOK_JOB = "sagemaker:notebook-name"
_MOST_WORDS = 5  # of a name that is written with hyphens


def whole_names(names: Iterable[str]) -> re.Pattern[str]:
    """Match what stays whole in a tag: addresses, and those of the names that hold a separator."""
    held = {name for name in names if any(each.search(name) for each in SEPARATORS)}
    longest_first = sorted(held, key=lambda name: (-len(name), name))
    bounded = [rf"(?<![^\W_]){re.escape(name)}(?![^\W_])" for name in longest_first]
    return re.compile("|".join([*bounded, _ADDRESS]), re.IGNORECASE)


def pieces(text: str, separator: re.Pattern[str], whole: re.Pattern[str]) -> Iterator[str]:
    """Split a tag that may name several people, but for what stays whole."""
    yield from (kept := whole.findall(text))
    if not kept or kept != [text.strip()]:
        rest = separator.split(whole.sub(" / ", text))
        yield from (piece.strip(" /") for piece in rest if piece.strip(" /"))


def owner_part(resource: Resource, patterns: NamePatterns) -> str | None:
    """Take the owner from a name that has one by a pattern of its kind."""
    name = base_name(resource.name)
    for pattern in patterns.of(resource.kind) or ():
        parts = pattern.match(name) if pattern.has_owner else None
        if parts:
            return parts["LastnameFirstname"]
    return None


def claimed_name(
    resource: Resource, patterns: NamePatterns, is_team: Callable[[str], bool]
) -> str | None:
    """Guess the owner from a word like `DoeJohn`, for kinds whose names identify the owner."""
    if not any(p.has_owner for p in patterns.of(resource.kind) or ()):
        return None
    if is_pipeline_step(resource.name) or (resource.tags or {}).get(_NOTEBOOK_JOB):
        return None  # SageMaker named it
    parts = (owner_part(resource, patterns), *base_name(resource.name).split("-"))
    claimed = (part for part in parts if part and two_names(part) and not is_team(part))
    return next((part for part in claimed if part.lower() not in _NO_PEOPLE), None)


def name_windows(name: str) -> Iterator[tuple[int, int, str]]:
    """Yield the parts of a name, and neighbours as one, the longest first from each place.

    Numbers are not part of a person's name; an SDK may have appended a date.
    """
    parts = [part for part in re.split(r"[^A-Za-z0-9]+", base_name(name)) if part]
    for begin in range(len(parts)):
        for end in range(min(len(parts), begin + _MOST_WORDS), begin, -1):
            words = parts[begin:end]
            if not any(word.isdigit() for word in words):
                yield begin, end, "-".join(words)


def profile(resource: Resource) -> str | None:
    """Return the Studio user profile that it belongs to, or else that a tag names."""
    tag = (resource.tags or {}).get("sagemaker:user-profile-name", "").strip()
    return resource.profile or tag or None


def hints(tags: Mapping[str, str]) -> Iterator[str]:
    """Yield the owner hints in tags of SageMaker: a user profile, a notebook, a pipeline."""
    yield from (tags[key] for key in _HINTS if tags.get(key))
    yield from (tags[key].rsplit("/", 1)[-1] for key in (_PROFILE,) if tags.get(key))
    if "/execution/" in (arn := tags.get(PIPELINE_TAG, "")):
        yield arn.split("/execution/")[0].rsplit("/", 1)[-1]
