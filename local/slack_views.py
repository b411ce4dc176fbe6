"""What Slack refuses of a modal (docs.slack.dev, Views and Block Kit)."""

from collections.abc import Mapping
from typing import Any

_LONGEST_METADATA, _MOST_VIEW_BLOCKS, _LONGEST_ID = 3000, 100, 255
_MOST_OPTIONS, _LONGEST_OPTION = 100, 75


def wrong_view(view: Mapping[str, Any]) -> str:
    """Name what is wrong; empty if nothing is."""
    texts = {"title": 24, "submit": 24, "close": 24}
    blocks = view.get("blocks") or []
    ids = [each["block_id"] for each in blocks if "block_id" in each]
    found = [f"{key} is too long" for key, most in texts.items() if len(view[key]["text"]) > most]
    if len(str(view.get("private_metadata", ""))) > _LONGEST_METADATA:
        found.append("private_metadata is too long")
    if not 1 <= len(blocks) <= _MOST_VIEW_BLOCKS or len(set(ids)) != len(ids):
        found.append("blocks")
    for block in blocks:
        element = block.get("element") or {}
        options = element.get("options")
        if len(block.get("block_id", "")) > _LONGEST_ID:
            found.append("block_id is too long")
        if options is not None and not 1 <= len(options) <= _MOST_OPTIONS:
            found.append("options")
        if "initial_option" in element and element["initial_option"] not in (options or []):
            found.append("initial_option")
        lengths = [len(option["text"]["text"]) for option in options or []]
        if any(not 1 <= length <= _LONGEST_OPTION for length in lengths):
            found.append("an option is too long")
    return ", ".join(found)
