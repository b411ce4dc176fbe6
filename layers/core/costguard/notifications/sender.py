"""The world of `notify` as functions, and the hand-over of one message to one recipient. Pure.

Channel after channel, until one accepts it; later, where waiting helps; else to the admins.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from costguard.common.sanitize import plain
from costguard.enforcement.case import Case
from costguard.notifications.batch import Round
from costguard.notifications.delivery import (
    Busy,
    Delivery,
    Down,
    Failures,
    Outcome,
    Sent,
    Status,
    say,
)
from costguard.notifications.digest import digest
from costguard.notifications.message import Letter
from costguard.notifications.notice import Later, Notice
from costguard.notifications.recipients import Recipient, admins
from costguard.notifications.schedule import PATIENCE, backoff, zone_of
from costguard.notifications.templates import Reader, letter
from costguard.ownership.channel import Channel
from costguard.ownership.directory import Person
from costguard.policy.model import Policy
from costguard.resources.model import Ref

CLAIM = timedelta(minutes=6)
"""Longer than the function may run: whoever claimed a message and died has lost it by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """The world, as functions. `bootstrap/notifier.py` binds them; tests pass dictionaries."""

    policy: Policy
    ways: Mapping[Channel, Callable[[Letter, Person], Outcome]]  # the channels that are set up
    creator: Callable[[Ref], str | None]  # who made it, where a CloudTrail call has told
    case: Callable[[Ref], Case | None]
    find: Callable[[Delivery], Delivery | None]  # the same delivery, as it is now
    recent: Callable[[str, datetime], Sequence[Delivery]]  # the newest to a recipient, since
    waiting: Callable[[str, datetime], Sequence[Delivery]]  # all that waits, with its notices
    claim: Callable[[Delivery, datetime], bool]  # False where it is sent, or somebody sends it
    mark: Callable[[Delivery], None]
    unreached: Callable[[Delivery], None]
    take_turn: Callable[[str, str, datetime, datetime], bool]  # thing, order, now, until
    later: Callable[[Later], None]
    count: Callable[[Mapping[str, int]], None]


@dataclass(frozen=True, slots=True)
class Try:
    """One try: its moment, which one it is, and the batch it belongs to."""

    now: datetime
    number: int
    round: Round


def hand(
    post: Post, to: Recipient, notices: Sequence[Notice], rows: Sequence[Delivery], this: Try
) -> timedelta | None:
    """Try one channel after the other; the ledger learns what came of it."""
    done, written = this.round, _written(post, to, notices, this.now)
    failures: Failures = []
    for channel in (c for c in to.channels if c not in done.down):
        outcome = post.ways[channel](written, to.person)
        if isinstance(outcome, Sent):
            done.numbers["Sent"] += 1
            for row in rows:
                post.mark(marked(row, Status.SENT, channel=channel.value))
            return None
        failures.append((channel, outcome))
        done.trouble(f"{to.key}, notice {notices[-1].id}: {say(failures[-1:])}")
        if isinstance(outcome, Busy) and this.number < PATIENCE:
            break  # a channel that only asks for time is given it
        if isinstance(outcome, Down):
            done.down.add(channel)
    if wait := _worth_waiting(to, failures, this):
        if rows[0].body is None:  # what waits for its digest goes on waiting
            post.mark(marked(rows[0], Status.RETRY, why=say(failures)))
        return wait
    return _give_up(post, to, notices, rows, failures, this)


def _worth_waiting(to: Recipient, failures: Failures, this: Try) -> timedelta | None:
    """Answer how long to wait. The admins are never given up: in the end it is a dead letter."""
    asked = [what.after for _, what in failures if isinstance(what, Busy)]
    skipped = set(to.channels) & this.round.down
    hopeful = bool(asked or skipped) and this.number < PATIENCE
    return max((*asked, backoff(this.number))) if hopeful or to.is_admins else None


def _give_up(
    post: Post,
    to: Recipient,
    notices: Sequence[Notice],
    rows: Sequence[Delivery],
    failures: Failures,
    this: Try,
) -> timedelta | None:
    """Tell the admins instead; a room that cannot be reached is only counted."""
    why, last = plain(say(failures), 500), notices[-1]
    if not to.is_room:
        note = f"This was for {plain(to.person.name)}, who could not be reached ({why})."
        instead = admins(post.policy, post.ways, last.stage, f"{note} {to.note}".strip())
        row = replace(rows[0], to=instead.key, status=Status.CLAIMED, until=this.now + CLAIM)
        wait = _hand_instead(post, instead, notices, replace(row, body=None), this)
        if wait is not None:
            return wait
    failed = [marked(row, Status.FAILED, why=why) for row in rows]
    for row in failed:
        post.mark(row)
    post.unreached(failed[0])
    this.round.numbers["Unreached"] += 1
    return None


def _hand_instead(
    post: Post, instead: Recipient, notices: Sequence[Notice], row: Delivery, this: Try
) -> timedelta | None:
    """Tell the admins; what another has in hand may still fail there, so it is not given up."""
    if post.claim(row, this.now):
        return hand(post, instead, notices, (row,), this)
    there = post.find(row)
    return None if there and there.status is Status.SENT else backoff(this.number)


def _written(post: Post, to: Recipient, notices: Sequence[Notice], now: datetime) -> Letter:
    last, policy = notices[-1], post.policy
    reader = Reader(
        zone=zone_of(to, policy),
        contact=policy.contact,
        note=to.note,
        reminder=last.id.endswith("-reminder"),
    )
    if len(notices) > 1:
        return digest(notices, reader, now=now)
    return letter(last, reader, policy.notify.words, now=now)


def marked(
    row: Delivery, status: Status, *, channel: str | None = None, why: str | None = None
) -> Delivery:
    """Write the new status into a row; what it was waiting for is gone."""
    return replace(row, status=status, until=None, body=None, channel=channel, why=why)
