"""The effect of quiet hours, digests and reminders on the grace periods of a policy."""

from collections.abc import Iterator
from datetime import timedelta

from costguard.common.datetimes import say_duration
from costguard.common.remarks import Remark
from costguard.policy.model import Mode, Policy
from costguard.resources.registry import KINDS


def delays(policy: Policy) -> Iterator[Remark]:
    """Report the time added before a stop, and reminders that are never sent."""
    graces = _graces(policy)
    if not graces:
        return
    rule, (shortest, _) = min(graces.items(), key=lambda item: item[1][0])
    within, quiet, remind = policy.notify.digest_within, policy.notify.quiet, policy.notify.remind
    if within >= shortest:
        says = (
            f"{say_duration(within)} is not shorter than the grace period of {rule} "
            f"({say_duration(shortest)}), so its warnings do not wait for a digest. Where a "
            f"warning waits, its grace period counts from the digest, so the stop comes up to "
            f"{say_duration(within)} later"
        )
        yield Remark(path=("notify", "digest_within"), says=says, odd=True)
    if not policy.notify.digest_above:
        says = f"0: every message waits {say_duration(within)}; grace periods count from then"
        yield Remark(path=("notify", "digest_above"), says=says, odd=True)
    if quiet:
        says = (
            f"no stop waits for these hours: a warning is sent at once, too, unless its whole "
            f"grace period fits between {quiet.end:%H:%M} and its deadline; the rest waits up to "
            f"{say_duration(quiet.length)}"
        )
        yield Remark(path=("notify", "quiet"), says=says, odd=True)
    never = [name for name, (_, longest) in graces.items() if remind and remind >= longest]
    if remind and never:
        says = f"no grace period of {', '.join(never)} is longer: they have no reminder"
        yield Remark(path=("notify", "remind"), says=says, odd=True)


def _graces(policy: Policy) -> dict[str, tuple[timedelta, timedelta]]:
    """Return the shortest and the longest grace of every rule that warns before a stop."""
    found = {}
    for rule in policy.rules:
        each = [policy.grace_of(rule, k) for k in KINDS if policy.mode_of(rule) is Mode.ENFORCE]
        if some := [grace for grace in each if grace]:
            found[rule] = (min(some), max(some))
    return found
