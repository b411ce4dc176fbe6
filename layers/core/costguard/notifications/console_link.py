"""The address of a resource in the console, beside the first lines for a shell."""

from collections.abc import Iterator, Sequence
from copy import replace

from costguard.notifications.message import Section
from costguard.notifications.notice import Notice
from costguard.resources.console import console_address

_CONSOLE = "Open it in the AWS console"


def with_console_link(sections: Sequence[Section], notice: Notice) -> Iterator[Section]:
    """Add the link to the first section that has lines, if the console has a page for it."""
    told = notice.resource
    url = console_address(told.kind, told.name, told.arn or "")
    for section in sections:
        is_first = bool(url and section.code)
        yield replace(section, links=((_CONSOLE, url),)) if is_first else section
        url = "" if is_first else url
