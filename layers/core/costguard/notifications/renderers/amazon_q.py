"""A letter for Amazon Q Developer in chat applications: its custom notification. Pure.

Q drops any other message without a word (aws-facts 6). Its only text type is Markdown, so what
others wrote stands in a code block, or with its marks replaced by others that look alike.
"""

from typing import Any

from costguard.notifications.message import Message
from costguard.notifications.renderers import text as plain_text

_TITLE = 250
_DESCRIPTION = 4000  # characters; AWS documents no limit, Slack shows no more
_STEP = 500
_ALIKE = str.maketrans(
    {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ", "<": "‹", ">": "›", "&": "＆", "[": "［", "]": "］"}
)


def render(letter: Message) -> dict[str, Any]:
    """Write the message's JSON."""
    body = plain_text.render(letter).translate({ord("`"): "ˋ"} | _TAGS)
    if len(body) > _DESCRIPTION:
        body = f"{body[:_DESCRIPTION]}…\n(shortened: notice {letter.ref})"
    steps = [s.text for s in letter.sections if s.text and not s.code][-1:]
    return {
        "version": "1.0",
        "source": "custom",
        "id": letter.ref,
        "content": {
            "textType": "client-markdown",
            "title": letter.heading.translate(_ALIKE)[:_TITLE],
            "description": f"```\n{body}```",
            "nextSteps": [step.translate(_ALIKE)[:_STEP] for step in steps],
            "keywords": ["costguard", letter.stage],
        },
        "metadata": {
            "threadId": (letter.thread or letter.ref)[:_TITLE],
            "summary": letter.heading.translate(_ALIKE)[:_TITLE],
            "eventType": f"costguard {letter.stage}",
            "relatedResources": [letter.thread] if letter.thread.startswith("arn:") else [],
            "additionalContext": {"stage": letter.stage},
        },
    }


_TAGS = {ord(mark): alike for mark, alike in (("<", "‹"), (">", "›"), ("&", "＆"))}
"""In a code block too Slack reads `<!channel>` as a mention."""
