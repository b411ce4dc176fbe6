"""What must hold, in words, and what is kept to tell whether it does."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

WRONG_STOP = "nothing compliant, exempt, unknown or already fixed is ever stopped"
NO_GRACE = "nothing is stopped without warning and grace where the policy gives them"
UNHEARD = "nothing with a grace is stopped before those it belongs to have heard, a grace ago"
PROMISED = "nothing is stopped before a deadline that somebody has read"
REPEATED = "nobody reads the same twice, but where a channel took it and the guard could not know"
DISARMED = "under the kill switch nobody reads that something will be stopped"
ANSWERED = "what somebody was told to be kept is not stopped for idleness before"
LATE = "every violator is stopped within grace and two sweeps once faults end"
TWO_STOPS = "no resource gets two stops for one finding"
TWO_MESSAGES = "no resource gets two messages for one stage"
UNAUDITED = "every stop has an audit row before the call and its outcome after"
TOO_MANY = "never more than max_stops a run"
LOST = "no notice is lost"
NOT_REBUILT = "the ledger can be rebuilt by a sweep"
SILENT = "a silent guard lets nothing large begin, and a guard that is well lets anything"
BROKEN = "the guard fails only where AWS refuses"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A law that did not hold."""

    invariant: str
    when: datetime
    name: str
    why: str


@dataclass(slots=True)
class Record:
    """What is known of one resource."""

    since: dict[str, tuple[str, datetime]] = field(default_factory=dict)  # rule: which, since
    times: Counter[str] = field(default_factory=Counter)  # how often each rule began to be broken
    warned: dict[str, tuple[str, datetime]] = field(default_factory=dict)  # rule: which, first
    addressed: dict[str, frozenset[str]] = field(default_factory=dict)  # rule: the recipients
    stopped_for: set[str] = field(default_factory=set)
    valid_from: dict[str, datetime] = field(default_factory=dict)  # rule: since when a word counts
    ended: dict[str, datetime] = field(default_factory=dict)  # rule: when it was last not broken
    forgiven: set[str] = field(default_factory=set)  # rules that ended without a fix
    owner: str = ""
    owner_since: datetime | None = None
    run: object = None
    accepted_in: object = None  # the run in which a stop was accepted
    asked: int = 0  # times that the audit says so
    told_stops: int = 0
    audited: bool = False  # asked-to-stop was written since the last call
    outcome_due: datetime | None = None
