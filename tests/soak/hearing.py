"""What people have read of each resource: when, which deadlines, and how often the same."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Protocol

from tests.soak.letters import REMINDER, WARNING, Letter, Statement
from tests.soak.people import PEOPLE, address
from tests.soak.receivers import ADMINS

_FIRST = {REMINDER: WARNING}
_SAID = {WARNING: 2}  # at the beginning, and shortly before the end
_TRIED = timedelta(hours=2)  # until a channel is given up
type Read = tuple[Letter, Statement]


class Mailboxes(Protocol):
    """What everybody has received, and whom it did not reach."""

    letters: list[Letter]

    def refused(self, address: str, since: datetime, until: datetime, /) -> bool:
        """Tell whether an e-mail to an address failed in a period."""


class Hearing:
    """Reads every letter once; `published` are the notices that the topic's subscriber got."""

    def __init__(self, receivers: Mailboxes) -> None:
        self._receivers = receivers
        self._read = 0
        self._statements: defaultdict[str, list[Read]] = defaultdict(list)
        self._ids: set[str] = set()
        self._digests: list[Letter] = []
        self._published: defaultdict[tuple[str, str], set[str]] = defaultdict(set)

    def published(self, stage: str, name: str, notice: str) -> None:
        """Take note of a notice."""
        self._published[name, stage].add(notice)

    def read(self) -> None:
        """Read what has come."""
        for letter in self._receivers.letters[self._read :]:
            self._ids.update(letter.notices)
            if letter.is_digest:
                self._digests.append(letter)
            for statement in letter.statements():
                self._statements[statement.name].append((letter, statement))
        self._read = len(self._receivers.letters)

    def warnings(self, name: str, rule: str, since: datetime) -> Iterator[Read]:
        """Yield what was read of a violation since a moment."""
        for letter, said in self._statements[name]:
            warns = said.stage in {WARNING, REMINDER} and rule in said.rules
            if warns and letter.when >= since:
                yield letter, said

    def heard(
        self, name: str, rule: str, by: Collection[str], since: datetime, run: datetime
    ) -> datetime | None:
        """Answer when one of these people first read of a violation.

        A word of an earlier run counts where its deadline was still to come when this one began.
        """
        times = (
            letter.when
            for letter, said in self.warnings(name, rule, since)
            if any(self._reads(letter, each) for each in by)
            and (letter.when >= run or (said.deadline is not None and said.deadline > run))
        )
        return min(times, default=None)

    def _reads(self, letter: Letter, who: str) -> bool:
        """Tell whether a letter is to somebody, or to the admins because nothing reached them.

        It says for whom it was: what one person could not be told, no other has heard.
        """
        if letter.to == who:
            return True
        names = (name for name in PEOPLE if address(name) == who)
        instead = letter.to == ADMINS and any(
            f"was for {name}, who could not be reached" in letter.text for name in names
        )
        return instead and self._receivers.refused(who, letter.when - _TRIED, letter.when)

    def promised(self, name: str, rule: str, since: datetime) -> datetime | None:
        """Answer the latest moment up to which somebody has read that it may run."""
        named = (said.deadline for _, said in self.warnings(name, rule, since) if said.deadline)
        return max(named, default=None)

    def reached(self, notice: str, name: str, since: datetime) -> bool:
        """Tell whether anybody has read a notice, alone or in a digest."""
        listed = (d for d in self._digests if d.when >= since - timedelta(minutes=5))
        return notice in self._ids or any(name in digest.text for digest in listed)

    def repeats(self) -> Iterator[tuple[str, str, str]]:
        """Yield who has read what of which resource more often than it was said.

        What the guard cannot know to be taken may come once more.
        """
        for name, every in self._statements.items():
            read = [(letter, said) for letter, said in every if letter.confirmed]
            direct = Counter((x.to, *x.notices) for x, said in read if not said.listed)
            for (to, *notice), times in direct.items():
                if times > 1:
                    yield to, name, f"notice {' '.join(notice)} {times} times"
            of_stage = Counter((x.to, _FIRST.get(said.stage, said.stage)) for x, said in read)
            for (to, stage), times in of_stage.items():
                notices = len(self._published[name, stage])
                if times > notices * _SAID.get(stage, 1):
                    yield to, name, f"{stage} {times} times, of {notices} notices"

    def rates(self) -> dict[str, tuple[int, int, int]]:
        """Count by channel what was received, what of it nobody confirmed, what came twice."""
        seen: set[tuple[str, ...]] = set()
        found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for letter in self._receivers.letters:
            key = (letter.to, letter.subject.partition(":")[0], *letter.notices)
            again = bool(letter.notices) and key in seen
            seen.add(key)
            counted = zip(found[letter.channel], (1, not letter.confirmed, again), strict=True)
            found[letter.channel] = [before + now for before, now in counted]
        return {channel: (a, b, c) for channel, (a, b, c) in sorted(found.items())}
