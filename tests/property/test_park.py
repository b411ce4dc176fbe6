"""Laws of `park`, for anything that may happen to an endpoint in any order."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costguard.enforcement.outcomes import StopOutcome
from costguard.policy.model import Mode, RuleSettings
from costguard.policy.park import with_park
from costguard.resources.deletion import DeletionCheck
from costguard.resources.model import InstanceGroup, Resource, ResourceStatus
from costguard.resources.per_kind import for_all
from costguard.resources.use import UseMetric
from costguard.rules.idle import Options
from tests.factories import GOOD_TAGS, at, policy, resource
from tests.scenarios.account import Account

METRIC = UseMetric(name="Invocations", dimensions=(("EndpointName", "churn"),))
UNUSED, GRACE = timedelta(hours=2), timedelta(minutes=15)
IDLE = {"idle": RuleSettings(options=Options(unused=for_all(UNUSED)))}
POLICY = with_park(policy(rules=IDLE, mode=Mode.ENFORCE))
KEY = "endpoint/churn"


class Watched(Account):
    """An account that notes of each deletion what was true at that moment."""

    def __init__(self) -> None:
        super().__init__(POLICY, endpoint(at(0)))
        self.ends = list[tuple[datetime, tuple[str, ...], datetime | None, datetime | None]]()
        self.gone_before_said = True

    def delete_now(self, resource: Resource) -> StopOutcome:
        there = self.resources.get(KEY)
        facts = tuple(self.hinders.get("churn", ())), self.uses.get("churn")
        self.ends.append((self.clock, *facts, there.created if there else None))
        return super().delete_now(resource)

    def publish(self, notice: Any) -> None:
        there = self.resources.get(KEY)
        if notice.stage == "stopped" and there is not None and there.created == self.asked_for:
            self.gone_before_said = False
        super().publish(notice)

    @property
    def asked_for(self) -> datetime | None:
        """When that was made which was asked to be deleted last."""
        return self.ends[-1][3] if self.ends else None


class Careless(Watched):
    """A build that does not look at models, scaling, components and schedules."""

    def check_deletion(self, _resource: Resource, now: datetime) -> DeletionCheck:
        return DeletionCheck(now)


def endpoint(created: datetime) -> Resource:
    groups = (InstanceGroup("ml.g5.xlarge", 1),)
    facts = {"use": (METRIC,), "source": "churn-2", "groups": groups, "instances": 1}
    return resource("endpoint", "churn", **facts, tags=GOOD_TAGS, created=created, started=created)


def end(account: Account, now: datetime) -> None:
    account.enforce(now)


def lose(account: Account, now: datetime) -> None:
    """Let an answer be lost, after AWS did what was asked, or before."""
    account.stop_results = [TimeoutError("no answer")]
    with suppress(TimeoutError):
        account.enforce(now)
    account.stop_results = []


def remake(account: Account, now: datetime) -> None:
    """Let its owner delete it, or make it again."""
    if KEY in account.resources:
        account.delete("churn")
    else:
        account.resources[KEY] = endpoint(now)


def change(account: Account, now: datetime) -> None:
    if KEY in account.resources:
        account.change("churn", changed=now)


def hinder(account: Account, _now: datetime) -> None:
    account.hinders["churn"] = ["there is an obstacle"]


def free(account: Account, _now: datetime) -> None:
    account.hinders.pop("churn", None)


def use(account: Account, now: datetime) -> None:
    account.uses["churn"] = now


def finish(account: Account, now: datetime) -> None:
    account.settle(now)


ACTS: dict[str, Callable[[Account, datetime], object]] = {
    "sweep": lambda account, now: account.sweep(now),
    "end": end,
    "lose": lose,
    "finish": finish,
    "remake": remake,
    "change": change,
    "hinder": hinder,
    "free": free,
    "use": use,
}
stories = st.lists(
    st.tuples(
        st.sampled_from([*ACTS, "sweep", "sweep", "end", "end"]), st.sampled_from([0, 0.2, 1, 3])
    ),
    max_size=40,
)
CARELESS: list[tuple[str, float]] = [
    *[("sweep", 3.0), ("sweep", 1.0), ("hinder", 0.0), ("end", 0.0)]
]


def played(story: list[tuple[str, float]], account: Watched) -> Watched:
    now = at(0)
    for act, hours in story:
        now += timedelta(hours=hours)
        account.clock = max(account.clock, now)
        ACTS[act](account, now)
    return account


def check(account: Watched) -> None:
    """Hold every deletion against what was true, and what was said, at its moment."""
    for when, hinders, used, created in account.ends:
        assert hinders == (), "it was deleted although something hindered it"
        assert used is None or when - used >= UNUSED, "it was deleted although it was used"
        warned = [n for n in account.published if n.stage == "warning" and n.deadline]
        since = [n.time for n in warned if created is None or n.time >= created]
        assert any(when - each >= GRACE for each in since), "nobody was warned a grace before"
    assert account.gone_before_said, "it was said to be gone while it was there"
    said = sum(notice.stage == "stopped" for notice in account.published)
    assert said <= len(account.ends), "an end was claimed that nobody asked for"


@given(stories)
def test_what_is_deleted_could_be_made_again_was_unused_and_its_owner_knew(
    story: list[tuple[str, float]],
) -> None:
    check(played(story, Watched()))


def test_a_build_that_does_not_look_breaks_the_law() -> None:
    check(played(CARELESS, Watched()))
    with pytest.raises(AssertionError, match="although something hindered it"):
        check(played(CARELESS, Careless()))


def test_the_law_is_about_something() -> None:
    deleted = played([("sweep", 3), ("sweep", 1), ("end", 0), ("finish", 0)], Watched())
    check(deleted)
    assert [notice.stage for notice in deleted.published] == ["warning", "stopped"]
    assert deleted.resources == {}
    assert deleted.ends[0][3] == at(0)
    assert endpoint(at(0)).status is ResourceStatus.RUNNING
