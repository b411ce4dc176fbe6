"""The limits of one account of several."""

import pytest

from costguard.common.errors import PolicyInvalid
from costguard.policy.in_account import policy_in
from costguard.policy.loader import check_policy, parse_policy
from costguard.policy.model import AccountLimits, Mode
from costguard.policy.park import ParkingPolicy, with_park
from costguard.resources.registry import KINDS

THEIRS = "222233334444"
LIMITS = f"""
mode = "enforce"
max_stops = 7
[accounts."{THEIRS}"]
name = "the lab of biology"
mode = "warn"
max_stops = 2
[accounts."333344445555"]
mode = "enforce"
[rules.missing-tags]
required."*" = ["Project"]
[rules.instance-type]
mode = "observe"
allowed = ["ml.t3.*"]
"""


def test_the_table_of_an_account_is_read() -> None:
    assert parse_policy(LIMITS).accounts == {
        THEIRS: AccountLimits(name="the lab of biology", mode=Mode.WARN, max_stops=2),
        "333344445555": AccountLimits(),
    }


def test_an_account_limits_every_rule_and_raises_none() -> None:
    whole = parse_policy(LIMITS)
    found = policy_in(whole, THEIRS, is_home=False)
    assert (found.mode_of("missing-tags"), found.mode_of("instance-type")) == (
        Mode.WARN,
        Mode.OBSERVE,
    )
    assert found.max_stops == 2
    assert whole.mode_of("missing-tags") is Mode.ENFORCE
    assert policy_in(whole, "333344445555", is_home=False).max_stops == 7
    assert found.directory is whole.directory


@pytest.mark.parametrize("is_home", [True, False])
def test_without_a_table_an_account_has_the_policy_itself(*, is_home: bool) -> None:
    whole = parse_policy(LIMITS)
    assert policy_in(whole, "123456789012", is_home=is_home) is whole


def test_it_is_made_once() -> None:
    whole = parse_policy(LIMITS)
    first = policy_in(whole, THEIRS, is_home=False)
    assert policy_in(whole, THEIRS, is_home=False) is first


def test_only_at_home_may_anything_be_deleted() -> None:
    parking = with_park(parse_policy(LIMITS))
    kind = next(kind for kind in KINDS.values() if kind.is_deleted)
    assert policy_in(parking, "123456789012", is_home=True) is parking
    for account in (THEIRS, "123456789012"):
        there = policy_in(parking, account, is_home=False)
        assert not isinstance(there, ParkingPolicy)
        assert {there.mode_of(rule, kind) for rule in there.rules} <= {Mode.WARN, Mode.OBSERVE}
    assert isinstance(policy_in(parking, THEIRS, is_home=True), ParkingPolicy)


def test_an_account_in_which_nothing_is_ever_stopped_is_worth_a_look() -> None:
    other = '[accounts."333344445555"]\nmax_stops = 5'
    (remark,) = check_policy(f'[accounts."{THEIRS}"]\nmax_stops = 0\n{other}').remarks
    assert (remark.path, remark.odd) == (("accounts", THEIRS, "max_stops"), True)
    assert "nothing is ever stopped" in remark.says


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[accounts."2222-3333-4444"]', "write '222233334444'"),
        ("[accounts.biology]", "expected the twelve digits of an account"),
        (f'[accounts."{THEIRS}"]\nmode = "warm"', "did you mean 'warn'?"),
        (f'[accounts."{THEIRS}"]\nmax_stop = 1', "did you mean 'max_stops'?"),
        (f'[accounts."{THEIRS}"]\nmax_stops = -1', "expected a whole number, zero or more"),
        ("accounts = 1", "expected a table"),
    ],
)
def test_a_problem_is_named_with_its_path_and_fix(text: str, says: str) -> None:
    with pytest.raises(PolicyInvalid) as caught:
        parse_policy(text)
    (problem,) = caught.value.problems
    assert problem.startswith("accounts")
    assert says in problem
