#!/usr/bin/env bash
# slack-sdk 3.43.0.
#
# Expected: a block model that checks a section's text against Slack's limit of 3000 characters, and the
#   number of its fields against 10, checks a field against its own documented limit of 2000 too: all
#   three are of the same block, and `to_dict` is where the SDK refuses what Slack would.
# Seen: the first two raise SlackObjectFormationError; a field of 2001 characters passes, and the message
#   that holds it is refused as a whole by Slack (`invalid_blocks`).
# For us: no message has fields; what is long stands in sections, which are cut to their limit.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check slack-sdk==3.43.0

"$folder/venv/bin/python" - <<'PYTHON'
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import MarkdownTextObject, SectionBlock


def refused(**section):
    try:
        SectionBlock(**section).to_dict()
    except SlackObjectFormationError:
        return True
    return False


def text(length):
    return MarkdownTextObject(text="x" * length)


seen = {
    "a text of 3001": refused(text=text(3001)),
    "11 fields": refused(fields=[text(1)] * 11),
    "a field of 2001": refused(fields=[text(2001)]),
}
print(f"refused: {seen}")
assert list(seen.values()) == [True, True, False], seen
PYTHON
