"""What people answer on their phones, by the links in the messages that they got."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from local.demo.environment import DemoEnvironment
from local.demo.idle_scenario import AddStep, rests
from local.paths import PROJECT

OUTBOX = PROJECT / "build" / "demo" / "outbox"
_LINK = re.compile(r"https://(\w+)\.lambda-url\.[^/\s]+/([a-z2-7]{32})")
_SAYS = re.compile(r'role="status"><p>(.*?)</p>')


def answers(
    aws: DemoEnvironment, add_step: AddStep, complete: Callable[..., dict[str, str]]
) -> None:
    """Script three notices and their answers, all on Thursday."""
    john, jane, muster = "John Doe", "Jane Roe", "Max Muster"
    retry, copied, seminar = "MusterMax-Retry", "DoeJohn-Copied", "RoeJane-Seminar"

    def on_thursday(clock: str, who: str, text: str, action: Callable[[], object]) -> None:
        add_step(3, clock, who, text, action)

    on_thursday(
        "10:00", muster, f"creates {retry}, again without tags", lambda: aws.notebook(muster, retry)
    )
    wanted = {f"tag.{key}": value for key, value in complete(muster).items()}
    on_thursday(
        "10:20",
        muster,
        "fixes the tags on his phone, by the link in the mail",
        lambda: press(aws, muster, retry, "fix", **wanted),
    )
    on_thursday(
        "11:00",
        muster,
        f"creates {copied} after John's recipe",
        lambda: aws.notebook(muster, copied),
    )
    on_thursday("11:20", john, "reads of it: not his", lambda: press(aws, john, copied, "not-mine"))
    for clock, name in (("11:40", copied), ("16:00", retry)):
        on_thursday(clock, muster, f"stops {name}", _stop(aws, muster, name))
    on_thursday(
        "11:30",
        jane,
        f"works on {seminar}",
        lambda: aws.notebook(jane, seminar, complete(jane)),
    )
    on_thursday("11:50", jane, "goes to a seminar", lambda: rests(aws, seminar))
    on_thursday("15:10", jane, "keeps it from her phone", lambda: press(aws, jane, seminar, "keep"))
    on_thursday("16:50", jane, f"comes back, and stops {seminar}", _stop(aws, jane, seminar))


def press(aws: DemoEnvironment, person: str, name: str, action: str, **fields: str) -> str:
    """Open the link in the newest message to a person about something, and send one form there."""
    host, token = _newest_link(f"{person.lower().replace(' ', '.')}@example.org", name)
    form = urlencode({"action": action, "typed-name": name, **fields}).encode()
    address = f"{aws.endpoint}/_aws/lambda-url/{host}/{token}"
    request = Request(address, data=form)  # noqa: S310 - the local AWS
    with urlopen(request) as page:  # noqa: S310 - the local AWS
        [says] = _SAYS.findall(page.read().decode())
    return unescape(says)


def _newest_link(address: str, about: str, outbox: Path = OUTBOX) -> tuple[str, str]:
    for path in sorted(outbox.glob(f"message-*{address}-*"), reverse=True):
        text = path.read_text(encoding="utf-8")
        if about in text and (found := _LINK.search(text)):
            return found[1], found[2]
    msg = f"no message to {address} about {about} has a link"
    raise LookupError(msg)


def _stop(aws: DemoEnvironment, person: str, name: str) -> Callable[[], object]:
    return lambda: aws.call_as(person, "StopNotebookInstance", NotebookInstanceName=name)
