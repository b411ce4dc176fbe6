"""A message for Amazon Q Developer in chat applications: its custom notification.

Q drops any other message silently. Its only text type is Markdown, so untrusted text is put into a
code block, or its Markdown characters are replaced by look-alikes.
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


def render(message: Message) -> dict[str, Any]:
    """Write the message's JSON."""
    body = plain_text.render(message).translate({ord("`"): "ˋ"} | _TAGS)
    if len(body) > _DESCRIPTION:
        body = f"{body[:_DESCRIPTION]}…\n(shortened: notice {message.ref})"
    steps = [s.text for s in message.sections if s.text and not s.code][-1:]
    return {
        "version": "1.0",
        "source": "custom",
        "id": message.ref,
        "content": {
            "textType": "client-markdown",
            "title": message.heading.translate(_ALIKE)[:_TITLE],
            "description": f"```\n{body}```",
            "nextSteps": [step.translate(_ALIKE)[:_STEP] for step in steps],
            "keywords": ["costguard", message.stage],
        },
        "metadata": {
            "threadId": (message.thread or message.ref)[:_TITLE],
            "summary": message.heading.translate(_ALIKE)[:_TITLE],
            "eventType": f"costguard {message.stage}",
            "relatedResources": [message.thread] if message.thread.startswith("arn:") else [],
            "additionalContext": {"stage": message.stage},
        },
    }


_TAGS = {ord(mark): alike for mark, alike in (("<", "‹"), (">", "›"), ("&", "＆"))}
"""In a code block too Slack reads `<!channel>` as a mention."""
