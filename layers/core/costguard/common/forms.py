"""The forms of texts in AWS, e-mail and Slack; any other text is a problem.

Each check is written beside the type of a setting: `email: Annotated[str, email_address]`.
"""

import re
import unicodedata
from typing import Annotated

from costguard.common.remarks import Odd, Wrong

_TAG_SIGNS = frozenset("_.:/=+-@")
_LONGEST_KEY, _LONGEST_VALUE = 128, 256
_WILDCARD = re.compile(r"\*|\?|\[[^\[\]]+\]")
_NAME_PATTERN = re.compile(r"[A-Za-z0-9_./:-]*")
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@([A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?)"
)
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./ -]{0,199}")
_IN_TEXT = re.compile(r"[^\s<>(),;:\"']+@[^\s<>(),;:\"']+")
_MEMBER_OR_CHANNEL = re.compile(r"[UWCGD][A-Z0-9]{2,20}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_LINKED = re.compile(r"[<@/|#]([UWCGD][A-Z0-9]{2,20})\b")


def words(text: str) -> Wrong | None:
    """Require a text that is not empty, on one line."""
    if not text.strip():
        return Wrong("a text with a letter or digit in it", "leave the setting out, or fill it in")
    if not text.isprintable():
        return Wrong("a text without control characters", "write it anew on one line")
    return None


def account_id(text: str) -> Wrong | None:
    """Require the id of an AWS account."""
    if _ACCOUNT.fullmatch(text):
        return None
    digits = re.sub(r"[\s-]", "", text)
    fix = f"write '{digits}'" if _ACCOUNT.fullmatch(digits) else ""
    return Wrong("the twelve digits of an account, such as '222233334444'", fix)


def at_least_one(values: tuple[object, ...]) -> Wrong | None:
    """Require a list with an entry."""
    return None if values else Wrong("a list with an entry in it", "an empty one covers nothing")


def person_name(text: str) -> Wrong | None:
    """Require a name that a tag or a resource's name could have."""
    if any(character.isalnum() for character in text):
        return words(text)
    return Wrong("a name with a letter in it")


def tag_key(text: str) -> Wrong | Odd | None:
    """Require a valid key of a tag."""
    if wrong := _of_tag(text, "a tag's key", _LONGEST_KEY):
        return wrong
    if text.casefold().startswith("aws:"):
        return Odd("is a tag that only AWS can set")
    return Odd("begins or ends with a space") if text != text.strip() else None


def user_tag_key(text: str) -> Wrong | None:
    """Require a key that people can set."""
    reserved = text.casefold().startswith("aws:")
    return (
        Wrong("a tag's key that people can set", "AWS keeps `aws:` to itself") if reserved else None
    )


def tag_pattern(text: str) -> Wrong | None:
    """Require a pattern that can match a tag value: `wattbot-*`."""
    if not text.strip():
        return Wrong("a value", "an empty tag counts as a missing one")
    return _of_tag(_WILDCARD.sub("", text), "a tag's value", _LONGEST_VALUE)


def resource_pattern(text: str) -> Wrong | Odd | None:
    """Require a pattern that can match a name in SageMaker: `genomics-*`."""
    form = "a name of letters, digits and hyphens, with `*`"
    rest = _WILDCARD.sub("", text)
    if not text or not _NAME_PATTERN.fullmatch(rest):
        bare = text.strip()
        split = [part for part in re.split(r"[,;\s]+", bare) if part]
        if len(split) > 1:
            return Wrong(form, f"write each by itself: {_listed(split)}")
        fits = bare and _NAME_PATTERN.fullmatch(_WILDCARD.sub("", bare))
        return Wrong(form, f"write {bare!r}" if fits else "")
    return None if rest else Odd("matches whatever anybody names so: prefer whole names")


def email_address(text: str) -> Wrong | Odd | None:
    """Require one bare address that a mail server accepts."""
    found = _ADDRESS.fullmatch(text)
    local = text.partition("@")[0]
    if not found or ".." in text or local.startswith(".") or local.endswith("."):
        inside = [each for each in _IN_TEXT.findall(text) if _ADDRESS.fullmatch(each)]
        fixes = {0: "", 1: f"write {inside[0]!r} alone" if inside else ""}
        return Wrong(
            "one e-mail address such as 'jane.roe@example.org'",
            fixes.get(len(inside), "one person has one address"),
        )
    if "." not in found[1]:
        return Odd(f"names the mail server {found[1]!r}, which has no domain")
    return None


def slack_address(text: str) -> Wrong | None:
    """Require a member id, a channel's id or `#channel`, as Slack's API accepts them."""
    if _MEMBER_OR_CHANNEL.fullmatch(text) or _is_channel(text):
        return None
    return Wrong("a Slack member id such as 'U0123456789', or a '#channel'", _slack_fix(text))


def _slack_fix(text: str) -> str:
    bare = text.strip()
    if linked := _LINKED.search(bare):
        return f"write '{linked[1]}'"
    if _MEMBER_OR_CHANNEL.fullmatch(bare.upper()) and any(map(str.isdigit, bare)):
        return f"write '{bare.upper()}'"
    if _ADDRESS.fullmatch(bare):
        return "leave it out: without it the bot looks for the e-mail address"
    if bare.startswith("@"):
        return "copy the member id from the person's profile (More > Copy member ID)"
    channel = "#" + bare.removeprefix("#").lower().replace(" ", "-")
    return f"did you mean '{channel}'?" if _is_channel(channel) else ""


def _is_channel(text: str) -> bool:
    """Return whether it is a channel's name: lower case, no spaces, 80 characters at most."""
    return bool(re.fullmatch(r"#[\w-]{1,80}", text)) and text == text.lower()


def object_key(text: str) -> Wrong | None:
    """Require the name of an object in S3 that needs no quoting: `cs229.csv`, `2027/cs229.csv`."""
    if _KEY.fullmatch(text) and ".." not in text:
        return None
    bucket, _, key = text.removeprefix("s3://").partition("/")
    fix = f"write {key!r}: the bucket {bucket!r} is a deploy parameter" if "://" in text else ""
    return Wrong("the name of a file in the roster bucket, such as 'cs229.csv'", fix)


def _of_tag(text: str, what: str, longest: int) -> Wrong | None:
    """Require letters, digits, spaces and a few signs of any script, as AWS does."""
    if not text and what == "a tag's key":
        return Wrong("a tag's key", "leave it out")
    if bad := [c for c in text if c not in _TAG_SIGNS and unicodedata.category(c)[0] not in "LNZ"]:
        return Wrong(
            f"{what}, which AWS makes of letters, digits, spaces and {' '.join('_.:/=+-@')}",
            f"no tag can hold {bad[0]!r}",
        )
    if len(text) > longest:
        return Wrong(f"{what}, of {longest} characters at most")
    return None


def _listed(parts: list[str]) -> str:
    return "[" + ", ".join(f'"{part}"' for part in parts) + "]"


Words = Annotated[str, words]
PersonName = Annotated[str, person_name]
TagKey = Annotated[str, tag_key]
UserTagKey = Annotated[TagKey, user_tag_key]
TagPattern = Annotated[str, tag_pattern]
ResourcePattern = Annotated[str, resource_pattern]
EmailAddress = Annotated[str, email_address]
SlackAddress = Annotated[str, slack_address]
ObjectKey = Annotated[str, object_key]
