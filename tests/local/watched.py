"""A deployment whose people watch their mail: what SES, Slack and SNS delivered, and when."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from local import sam
from local.demo.environment import DemoEnvironment
from local.paths import PROJECT
from local.slack import Slack
from tests.local.guard import POLICY, START, Guard, sources_with

JOHN, JANE, ADMINS = "john.doe@example.org", "U0JANE", "the summary topic"
_WITH_SLACK = ('email = "jane.roe@example.org"', 'email = "jane.roe@example.org"\nslack = "U0JANE"')
_PARAMETERS = {
    "MailFrom": "costguard@example.org",
    "SlackTokenSecret": "costguard/slack",
    "SweepEvery": "rate(10 minutes)",
}
_POLICY = str(POLICY.relative_to(PROJECT))
_STEP = 5  # minutes
_ABOUT = re.compile(r"(Please fix|Stopped:|All clear:) (\S+)")


@dataclass(frozen=True)
class Letter:
    """One message that somebody received."""

    when: datetime
    to: str
    what: str  # its subject, or its first line

    def says(self, words: str, name: str) -> bool:
        """Tell whether it is of that kind, about a resource; a reminder is no news."""
        found = _ABOUT.search(self.what)
        news = found is not None and "Reminder" not in self.what
        return news and found is not None and found.groups() == (words, name)


@dataclass
class WatchedGuard:
    """The guard, and everybody's letters as they come in."""

    guard: Guard
    slack: Slack
    root: Path
    before: Path = PROJECT  # the sources of an earlier revision
    letters: list[Letter] = field(default_factory=list)
    stopped: dict[str, list[datetime]] = field(default_factory=dict)
    _read: dict[str, int] = field(default_factory=dict)

    def deploy(self, root: Path | None = None, **parameters: str) -> None:
        """Deploy some sources, or the present ones."""
        given = _PARAMETERS | {"Mode": "enforce"} | parameters
        self.guard.outputs = sam.deploy(self.guard.aws, root=root or self.root, parameters=given)

    def live(self, hours: float, *names: str) -> None:
        """Let time pass; people look at their mail and their resources every few minutes."""
        for _ in range(round(hours * 60 / _STEP)):
            self.guard.wait(minutes=_STEP)
            self.look(*names)

    def look(self, *names: str) -> None:
        """Read what has come, and note who was asked to stop."""
        now, mailbox = self.guard.aws.clock.now(), self.guard.aws.mailbox
        posts = self.slack.in_channel(JANE)
        for to, news in (
            (JOHN, [str(mail["Subject"]) for mail in mailbox.to(JOHN)]),
            (JANE, [str(post.message["text"]) for post in posts]),
            (ADMINS, self.guard.summaries()),
        ):
            for text in news[self._read.get(to, 0) :]:
                self.letters.append(Letter(now, to, text))
            self._read[to] = len(news)
        for name in names:
            seen = self.stopped.setdefault(name, [])
            seen += [now] * (len(self.guard.stops(name)) - len(seen))

    def read(self, to: str, words: str, name: str) -> list[datetime]:
        """Answer when somebody read of that about a resource."""
        return [
            letter.when for letter in self.letters if letter.to == to and letter.says(words, name)
        ]


@contextmanager
def watched_guard(at: Path) -> Iterator[WatchedGuard]:
    """Give an account with its people; nothing is deployed yet."""
    root = sources_with(POLICY.read_text(encoding="utf-8").replace(*_WITH_SLACK), at)
    with (
        DemoEnvironment(port=0, start=START, frozen=True) as stage,
        Slack({"jane.roe@example.org": JANE}, begins=START) as slack,
    ):
        stage.open()
        secret = {"Name": "costguard/slack", "SecretString": slack.secret}
        stage.client("secretsmanager").create_secret(**secret)
        stage.client("sesv2").create_email_identity(EmailIdentity="example.org")
        yield WatchedGuard(Guard(stage, root), slack, root)


def sources_of(revision: str, at: Path) -> Path:
    """Check out the stack's sources of an earlier revision, with the policy of its tests."""
    at.mkdir()
    asked = ["git", "-C", str(PROJECT), "archive", revision, *sam.SOURCES, _POLICY]
    done = subprocess.run(asked, capture_output=True, check=False)  # noqa: S603 - git
    if done.returncode:
        why = done.stderr.decode().strip()
        msg = f"{revision} is not in this clone: `git fetch --unshallow` brings it ({why})"
        raise RuntimeError(msg)
    subprocess.run(["tar", "-x", "-C", str(at)], input=done.stdout, check=True)  # noqa: S603, S607
    policy = (at / _POLICY).read_text(encoding="utf-8").replace(*_WITH_SLACK)
    (at / "layers" / "policy" / "policy.toml").write_text(policy, encoding="utf-8")
    return at
