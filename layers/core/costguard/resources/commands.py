"""Lines of the AWS CLI that people copy into a shell, safe whatever a name or a tag holds."""

import json
import re
import shlex
import unicodedata
from collections.abc import Mapping

from costguard.common.sanitize import single_line
from costguard.resources.model import Resource

TO_FILL_IN = "YOUR-"
_LONGEST_VALUE = 256
_PUNCTUATION = "_.:/=+-@"  # that AWS takes in a tag, beside letters, spaces and digits
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9/._@-]*|arn:[A-Za-z0-9:/._@-]+")
_SHORTHAND = re.compile(r"[A-Za-z0-9_.:/+-](?:[A-Za-z0-9_.:/+@ -]*[A-Za-z0-9_.:/+@-])?")


def is_tag_text(text: str) -> bool:
    """Tell whether AWS takes a text as the key or the value of a tag."""
    return 0 < len(text) <= _LONGEST_VALUE and all(map(_is_allowed, text))


def to_tag_value(text: str) -> str:
    """Write a text as a tag can hold it: what AWS refuses is left out."""
    composed = unicodedata.normalize("NFC", single_line(text, _LONGEST_VALUE))
    return " ".join("".join(filter(_is_allowed, composed)).split())


def copyable_commands(text: str) -> list[str]:
    """Find the commands in a remedy."""
    return [line for line in text.splitlines() if line.startswith("aws ")]


def add_tags_command(resource: Resource, tags: Mapping[str, str]) -> str:
    """Write the line that tags a resource.

    The CLI's shorthand is easy to read and to edit; what it cannot hold (a space at the end, too)
    is written as JSON, which the CLI neither takes apart nor reads a file for.
    """
    return (
        f"aws sagemaker add-tags --region {shell_word(resource.region, 'REGION')} "
        f"--resource-arn {shell_word(resource.tagged, 'ARN')}{_tags_option(tags)}"
    )


def _tags_option(tags: Mapping[str, str]) -> str:
    """Write the option of the AWS CLI that gives tags; nothing where there are none."""
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    if all(_SHORTHAND.fullmatch(text) for pair in pairs for text in pair.values()):
        words = [shlex.quote(f"Key={pair['Key']},Value={pair['Value']}") for pair in pairs]
    else:
        readable = all(text.isprintable() for pair in pairs for text in pair.values())
        words = [shlex.quote(json.dumps(pairs, ensure_ascii=not readable))]
    return f" --tags {' '.join(words)}" if pairs else ""


def fill_in(text: str, resource: Resource, **values: str) -> str:
    """Put the facts of a resource that its line needs, and other values, into a kind's words."""
    own = {k: v for k, v in (resource.tags or {}).items() if not k.lower().startswith("aws:")}
    facts = {
        "name": shell_word(resource.name, "NAME"),
        "region": shell_word(resource.region, "REGION"),
        "source": shell_word(resource.source or "", "CONFIG"),
        "address": _address_options(resource),
        "tags": _tags_option(own),
    }
    return text.format(**facts, **values)


def _address_options(resource: Resource) -> str:
    """Write the options of the AWS CLI that name it; a word to fill in where those are not known.

    They are known of a kind whose name alone does not tell them.
    """
    named = (resource.address or {}).items()
    options = (f"{_option(member)} {shell_word(text, 'NAME')}" for member, text in named)
    return " ".join(options) or f"{TO_FILL_IN}NAME"


def _option(member: str) -> str:
    """Spell a member of a request as the AWS CLI does: `--user-profile-name`."""
    return "-" + re.sub(r"([A-Z])", lambda found: f"-{found[1].lower()}", member)


def shell_word(text: str, what: str) -> str:
    """Give a name back as it is, or a word to fill in for one that AWS cannot have given.

    A name of AWS needs no quotes, begins no option and names no file.
    """
    return text if _WORD.fullmatch(text) else f"{TO_FILL_IN}{what}"


def _is_allowed(character: str) -> bool:
    return character in _PUNCTUATION or unicodedata.category(character)[0] in "LZN"
