"""The job of `notify`, with every port as a plain function: a batch of messages, delivered.

Sent means that a channel accepted it. What cannot be sent now goes back to the queue, and all
later messages of the same resource with it; what cannot be sent at all goes to the admins.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from costguard.case import Case, Stage
from costguard.channel import Channel
from costguard.delivery import Busy, Delivery, Down, Failures, Outcome, Sent, Status, say
from costguard.incoming import LONGEST_HIDE, Later, revived
from costguard.letter import Letter
from costguard.mailbag import Message, Round, in_order, order_of, thing_of
from costguard.messages import Notice
from costguard.model import Ref
from costguard.pace import PATIENCE, backoff, clock, hidden, quiet_until, reminder_of, zone_of
from costguard.people import Person
from costguard.plain import plain
from costguard.policy import Policy
from costguard.routing import Recipient, admins, by_key, recipients
from costguard.wording import Reader, digest, letter

CLAIM = timedelta(minutes=6)
"""Longer than the function may run: whoever claimed a message and died has lost it by then."""
_TURN = timedelta(minutes=20)
_LOOK_BACK = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """The world, as functions. `aws/postal.py` binds them to AWS; tests pass dictionaries."""

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
class _Try:
    """One try: its moment, which one it is, and the batch it belongs to."""

    now: datetime
    number: int
    round: Round


def deliver(post: Post, batch: Iterable[Message]) -> Round:
    """Deliver a batch in the order of its notices; one bad message fails no other."""
    done, stuck = Round(), set[str]()
    for message, said in in_order(batch, done):
        if thing_of(said) in stuck:
            done.again[message.id] = backoff(message.tries)
            continue
        try:
            wait = _say(post, said, message, done)
        except Exception as exc:  # noqa: BLE001 - one bad message must not fail the others
            done.failed(message, exc)
            wait = backoff(message.tries)
        if wait is not None:
            done.again[message.id] = wait
            stuck.add(thing_of(said))
    done.numbers["Retried"] = len(done.again)
    post.count(done.numbers)
    return done


def _say(post: Post, said: Notice | Later, message: Message, done: Round) -> timedelta | None:
    """Say one thing; the answer is how long to wait before it is tried again."""
    if isinstance(said, Notice):
        return _notice(post, said, _Try(clock(message.sent, message.tries), message.tries, done))
    now = hidden(said, message.sent, message.tries)
    if now < said.due:
        return min(said.due - now, LONGEST_HIDE)
    this = _Try(now, max(1, message.tries - 1), done)
    return _remind(post, said.remind, this) if said.remind else _flush(post, said, this)


def _notice(post: Post, notice: Notice, this: _Try) -> timedelta | None:
    """Tell everybody who has to hear of it, in its turn among those of the same resource."""
    thing, order = thing_of(notice), order_of(notice)
    if not post.take_turn(thing, order, this.now, this.now + _TURN):
        return backoff(this.number)
    waits = [_to(post, each, notice, this) for each in _recipients(post, notice)]
    if this.number == 1 and (later := reminder_of(notice, post.policy, this.now)):
        post.later(later)
    wait = max((w for w in waits if w is not None), default=None)
    if wait is None:
        post.take_turn(thing, order, this.now, this.now)  # it is over at once
    return wait


def _recipients(post: Post, notice: Notice) -> tuple[Recipient, ...]:
    ref = Ref(str(notice.resource["kind"]), str(notice.resource["name"]))
    return recipients(notice, post.policy, post.ways, post.creator(ref))


def _to(post: Post, to: Recipient, notice: Notice, this: _Try) -> timedelta | None:
    """Tell one recipient, unless that is done, or is better done later with others."""
    at = datetime.fromisoformat(notice.time)
    row = Delivery(to=to.key, notice=notice.id, at=at, status=Status.CLAIMED)
    there = post.find(row)
    if there and there.status in (Status.SENT, Status.FAILED):
        return None
    if there and there.status is Status.WAITING and there.until:
        post.later(Later(due=there.until, to=to.key))  # whoever held it may not have come to this
        return None
    if until := _hold(post, to, notice, this.now):
        body = notice.as_dict()
        post.mark(replace(row, status=Status.WAITING, until=until, body=body))
        post.later(Later(due=until, to=to.key))
        this.round.numbers["Held"] += 1
        return None
    if not post.claim(replace(row, until=this.now + CLAIM), this.now):
        return backoff(this.number)
    for held in _held_of(post, to, notice):  # order is kept: first what waited
        _hand(post, to, (revived(held.body or {}),), (held,), this)
    return _hand(post, to, (notice,), (row,), this)


def _held_of(post: Post, to: Recipient, notice: Notice) -> list[Delivery]:
    """Find what waits for the end of quiet hours, of a resource that cannot wait any more."""
    if post.policy.notify.quiet is None:
        return []
    waiting = post.waiting(to.key, datetime.fromisoformat(notice.time) - _LOOK_BACK)
    return [row for row in waiting if thing_of(revived(row.body or {})) == thing_of(notice)]


def _hold(post: Post, to: Recipient, notice: Notice, now: datetime) -> datetime | None:
    """Answer until when it waits: for the end of quiet hours, or because there is too much."""
    if quiet := quiet_until(notice, to, post.policy, now):
        return quiet
    speech, at = post.policy.notify, datetime.fromisoformat(notice.time)
    rows = post.recent(to.key, at - speech.digest_within)
    waiting = [r.until for r in rows if r.status is Status.WAITING and r.until and r.until > now]
    soon = [until for until in waiting if until <= now + speech.digest_within]
    if soon:
        return min(soon)
    sent = sum(row.status is Status.SENT for row in rows)
    return now + speech.digest_within if sent >= speech.digest_above else None


def _flush(post: Post, said: Later, this: _Try) -> timedelta | None:
    """Say in one message all that waits for somebody until now."""
    key = str(said.to)
    waiting = post.waiting(key, said.due - _LOOK_BACK)
    rows = [row for row in waiting if row.until and row.until <= said.due]
    if not rows:
        return None
    notices = tuple(revived(row.body or {}) for row in rows)
    to = by_key(key, post.policy, post.ways, notices[-1].stage)
    whole = Delivery(
        to=key, notice=f"digest {said.due.isoformat()}", at=said.due, status=Status.CLAIMED
    )
    if not post.claim(replace(whole, until=this.now + CLAIM), this.now):
        return backoff(this.number)
    return _hand(post, to, notices, (whole, *rows), this)


def _remind(post: Post, notice: Notice, this: _Try) -> timedelta | None:
    """Remind of a warning, if it still stands as it was."""
    ref = Ref(str(notice.resource["kind"]), str(notice.resource["name"]))
    case, deadline = post.case(ref), datetime.fromisoformat(str(notice.deadline))
    marks = case.marks.values() if case else ()
    if not any(m.stage is Stage.WARNED and m.deadline == deadline for m in marks):
        return None
    again = replace(notice, id=f"{notice.id}-reminder")
    waits = [_to(post, each, again, this) for each in _recipients(post, again)]
    return max((w for w in waits if w is not None), default=None)


def _hand(
    post: Post, to: Recipient, notices: Sequence[Notice], rows: Sequence[Delivery], this: _Try
) -> timedelta | None:
    """Try one channel after the other; the ledger learns what came of it."""
    done, written = this.round, _written(post, to, notices, this.now)
    failures: Failures = []
    for channel in (c for c in to.channels if c not in done.down):
        outcome = post.ways[channel](written, to.person)
        if isinstance(outcome, Sent):
            done.numbers["Sent"] += 1
            for row in rows:
                post.mark(_now(row, Status.SENT, channel=channel.value))
            return None
        failures.append((channel, outcome))
        done.trouble(f"{to.key}, notice {notices[-1].id}: {say(failures[-1:])}")
        if isinstance(outcome, Busy) and this.number < PATIENCE:
            break  # a channel that only asks for time is given it
        if isinstance(outcome, Down):
            done.down.add(channel)
    if wait := _worth_waiting(to, failures, this):
        if rows[0].body is None:  # what waits for its digest goes on waiting
            post.mark(_now(rows[0], Status.RETRY, why=say(failures)))
        return wait
    return _give_up(post, to, notices, rows, failures, this)


def _worth_waiting(to: Recipient, failures: Failures, this: _Try) -> timedelta | None:
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
    this: _Try,
) -> timedelta | None:
    """Tell the admins instead; a room that cannot be reached is only counted."""
    why, last = plain(say(failures), 500), notices[-1]
    if not to.is_room:
        note = f"This was for {plain(to.person.name)}, who could not be reached ({why})."
        instead = admins(post.policy, post.ways, last.stage, f"{note} {to.note}".strip())
        row = replace(rows[0], to=instead.key, status=Status.CLAIMED, until=this.now + CLAIM)
        if post.claim(replace(row, body=None), this.now):
            wait = _hand(post, instead, notices, (replace(row, body=None),), this)
            if wait is not None:
                return wait
    failed = [_now(row, Status.FAILED, why=why) for row in rows]
    for row in failed:
        post.mark(row)
    post.unreached(failed[0])
    this.round.numbers["Unreached"] += 1
    return None


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


def _now(
    row: Delivery, status: Status, *, channel: str | None = None, why: str | None = None
) -> Delivery:
    return replace(row, status=status, until=None, body=None, channel=channel, why=why)
