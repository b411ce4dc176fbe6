"""The transition table of a finding's states, and its inputs."""

from collections.abc import Mapping
from copy import replace
from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct

from costguard.enforcement.case import Case, Finding, FindingState
from costguard.enforcement.evaluation import Evaluation
from costguard.enforcement.hearing import GivenWarning, Hearing, Warned
from costguard.enforcement.waivers import waived, waivers_of
from costguard.notifications.templates import ASKED_TO_STOP, GENTLER, NOT_DELETED, RETURNED
from costguard.policy.model import Mode, Policy
from costguard.resources.registry import KINDS

_HALVED = 5  # at most this many times: the grace of a rule that is fixed and broken repeatedly


class Transition(Enum):
    """The next step of one finding."""

    NOTHING = "nothing"
    OBSERVE = "observe"
    NOTIFY = "tell"
    WARN = "warn"
    ADDRESS = "address"  # an open warning goes to another recipient, too
    LOWER = "lower"  # its deadline no longer applies; no notice
    STOP = "stop"


TRANSITIONS: Mapping[tuple[Mode, FindingState], Transition] = {
    (Mode.OBSERVE, FindingState.NONE): Transition.OBSERVE,
    (Mode.OBSERVE, FindingState.OBSERVED): Transition.NOTHING,
    (Mode.OBSERVE, FindingState.NOTIFIED): Transition.NOTHING,
    (Mode.OBSERVE, FindingState.WARNED): Transition.LOWER,
    (Mode.OBSERVE, FindingState.DUE): Transition.LOWER,
    (Mode.OBSERVE, FindingState.STOPPED): Transition.OBSERVE,
    (Mode.OBSERVE, FindingState.LATER): Transition.NOTHING,
    (Mode.WARN, FindingState.NONE): Transition.NOTIFY,
    (Mode.WARN, FindingState.OBSERVED): Transition.NOTIFY,
    (Mode.WARN, FindingState.NOTIFIED): Transition.NOTHING,
    (Mode.WARN, FindingState.WARNED): Transition.LOWER,
    (Mode.WARN, FindingState.DUE): Transition.LOWER,
    (Mode.WARN, FindingState.STOPPED): Transition.NOTIFY,
    (Mode.WARN, FindingState.LATER): Transition.NOTHING,
    (Mode.ENFORCE, FindingState.NONE): Transition.WARN,
    (Mode.ENFORCE, FindingState.OBSERVED): Transition.WARN,
    (Mode.ENFORCE, FindingState.NOTIFIED): Transition.WARN,
    (Mode.ENFORCE, FindingState.WARNED): Transition.NOTHING,
    (Mode.ENFORCE, FindingState.DUE): Transition.STOP,
    (Mode.ENFORCE, FindingState.STOPPED): Transition.STOP,
    (Mode.ENFORCE, FindingState.LATER): Transition.NOTHING,
}
REACHES = {
    Transition.OBSERVE: FindingState.OBSERVED,
    Transition.NOTIFY: FindingState.NOTIFIED,
    Transition.WARN: FindingState.WARNED,
    Transition.LOWER: FindingState.NOTIFIED,
}
SILENT = {Transition.OBSERVE, Transition.LOWER}  # without a notice to the owner
SPOKEN = {Transition.NOTIFY, Transition.WARN, Transition.ADDRESS}


class FindingStep(Struct, frozen=True, kw_only=True):
    """The inputs of a transition."""

    evaluation: Evaluation
    case: Case
    policy: Policy
    hearing: Hearing
    now: datetime

    def state_of(self, rule: str) -> FindingState:
        """Return the present state of a finding; NONE if it has to begin again."""
        finding = self.case.findings.get(rule)
        if finding and finding.state is FindingState.LATER:
            return FindingState.LATER
        if finding is None or finding.cause != self.evaluation.violations[rule].cause:
            return FindingState.NONE
        stands = finding.is_warning or finding.state is FindingState.STOPPED
        if (stands and not self._counts(rule, finding)) or self._is_news_to_somebody(rule):
            return FindingState.NONE
        if not finding.is_warning or finding.deadline is None:
            return finding.state
        given = self.given(rule)
        if given is None:
            return FindingState.NONE
        due = self.due_at(rule, given, finding.deadline)
        return FindingState.DUE if due and self.now >= due else FindingState.WARNED

    def due_at(self, rule: str, given: GivenWarning, deadline: datetime) -> datetime | None:
        """Answer when everybody has had the whole grace: what was said, or more if there is now."""
        whole = replace(given, grace=max(given.grace, self.grace(rule)))
        return self.hearing.due_at(whole, deadline, waived(self.case, rule))

    def given(self, rule: str) -> GivenWarning | None:
        """Return the recipients of a rule's warning."""
        return self.case.warning_of(rule) or self.hearing.earlier.get(rule)

    def not_addressed(self, rule: str) -> tuple[str, ...]:
        """List the recipients who still need an open warning."""
        given, stands = self.given(rule), (FindingState.WARNED, FindingState.DUE)
        if given is None or self.mode_of(rule) is not Mode.ENFORCE:
            return ()
        if self.state_of(rule) not in stands:
            return ()
        return self.hearing.not_addressed(given, self.now)

    def warned_before(self, rule: str) -> Mapping[str, Warned]:
        """List the recipients of the warning before a stop; only a later owner gets a grace."""
        given = self.case.warning_of(rule)
        return given.to if given and self._is_news_to_somebody(rule) else {}

    def _is_news_to_somebody(self, rule: str) -> bool:
        """Return whether a present recipient was not a recipient before the stop."""
        finding, given = self.case.findings.get(rule), self.case.warning_of(rule)
        if finding is None or given is None or finding.state is not FindingState.STOPPED:
            return False
        if finding.cause != self.evaluation.violations[rule].cause:
            return False
        named = self.hearing.recipients
        return self._counts(rule, finding) and any(key not in given.to for key in named)

    def _counts(self, rule: str, finding: Finding) -> bool:
        """Return whether an earlier notice still counts: not after a silence or an exemption.

        An exemption may have begun and ended while the resource was stopped and not evaluated.
        """
        ended = self.policy.exemption_ended(self.evaluation.resource, rule, self.now)
        return self.hearing.counts(finding.since) and not (ended and ended > finding.since)

    def mode_of(self, rule: str) -> Mode:
        """Return the mode of the rule for this resource: at most `warn` with an obstacle."""
        mode = self.policy.mode_of(rule, KINDS[self.evaluation.resource.kind])
        return min(mode, Mode.WARN, key=lambda m: m.rank) if self.obstacles else mode

    @property
    def obstacles(self) -> tuple[str, ...]:
        """Say why it is not deleted, as far as somebody looked."""
        check = self.evaluation.resource.deletion
        return check.obstacles if check else ()

    def transition(self, rule: str) -> Transition:
        """Look the finding up in the table; a warning without any grace is a stop."""
        fail, kind = self.evaluation.violations[rule], self.evaluation.resource.kind
        move = TRANSITIONS[self.mode_of(rule), self.state_of(rule)]
        has_grace = bool(self.policy.grace_of(rule, kind))
        if move is Transition.WARN and not has_grace:
            move = Transition.STOP
        if move is Transition.LOWER and self.obstacles and self.mode_of(rule) is Mode.WARN:
            move = Transition.NOTIFY  # its owner expects a deletion, and hears why there is none
        early = fail.not_before is not None and self.now < fail.not_before
        waits = early or (self.hearing.asleep and has_grace)
        if move is Transition.NOTHING and self.not_addressed(rule):
            return Transition.ADDRESS
        return Transition.NOTHING if move is Transition.STOP and waits else move

    def is_unheard(self, rule: str) -> bool:
        """Return whether the finding only waits until every recipient has the warning."""
        finding = self.case.findings.get(rule)
        if finding is None or not finding.is_warning or finding.deadline is None:
            return False
        return self.now >= finding.deadline and self.state_of(rule) is FindingState.WARNED

    def grace(self, rule: str) -> timedelta:
        """Return the whole grace of a new warning; each return of a fixed violation halves it."""
        returns = self.case.returns.get(rule, 0)
        whole = self.policy.grace_of(rule, self.evaluation.resource.kind)
        times: int = 2 ** min(returns, _HALVED)
        return whole / times

    def _why_now(self, rule: str) -> str:
        """Say why the grace is shorter than usual."""
        names = " and ".join(dict.fromkeys(each.by for each in waivers_of(self.case, rule)))
        asked = ASKED_TO_STOP.format(names) if names else ""
        return asked or (RETURNED if self.case.returns.get(rule) else "")

    def begin(self, rule: str) -> Finding:
        """Begin a finding, with its deadline."""
        fail, deadline = self.evaluation.violations[rule], self.now + self.grace(rule)
        check = self.evaluation.resource.deletion
        left_alone = NOT_DELETED.format("; ".join(self.obstacles)) if self.obstacles else ""
        gentler = GENTLER.format("\n".join(check.gentler)) if check and check.gentler else ""
        return Finding(
            state=FindingState.NONE,
            since=self.now,
            reason=fail.reason + self._why_now(rule) + left_alone,
            remedy=fail.remedy + gentler,
            deadline=max(deadline, fail.not_before or deadline),
            cause=fail.cause,
        )
