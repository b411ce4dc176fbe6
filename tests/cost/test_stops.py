"""What many stops ask of the ledger: what they have in common is read and written together."""

from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

from costguard.app import ending
from tests.factories import at, notebook, policy
from tests.fakes import Refused
from tests.scenarios.account import Account

NUMBER = 120
BATCHES = -(-NUMBER // ending._TOGETHER)


def due() -> Account:
    names = [f"DoeJohn-Explore{n}" for n in range(NUMBER)]
    account = Account(policy(max_stops=NUMBER), *(notebook(name, tags={}) for name in names))
    account.sweep(at(0))
    return account


def counted(asked: Counter[str], name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def counting(*given: Any) -> Any:
        asked[name] += bool(given[0])  # of nothing it makes no call
        return call(*given)

    return counting


def counting(account: Account) -> Counter[str]:
    """Count the calls of the ports that a stop needs."""
    asked = Counter[str]()
    ports = {
        account.cases: ("get", "get_each", "save_each"),
        account.deliveries: ("find", "find_each"),
        account.audit: ("record", "record_each"),
    }
    for port, names in ports.items():
        for name in names:
            own = getattr(port, name)
            setattr(port, name, counted(asked, name, own))
    return asked


def test_a_sweep_reads_at_once_who_was_warned_of_all_that_is_due() -> None:
    account = due()
    asked = counting(account)
    account.sweep(at(4))
    assert len(account.queued_stops) == NUMBER
    assert +asked == {"find_each": 1}


def test_stops_read_and_write_the_ledger_together() -> None:
    account = due()
    account.sweep(at(4))
    asked = counting(account)
    assert account.enforce() == ["accepted"] * NUMBER
    once = dict.fromkeys(("get_each", "find_each", "save_each"), BATCHES)
    assert +asked == {**once, "record_each": 2 * BATCHES}


def test_nothing_is_stopped_of_what_could_not_be_written_down() -> None:
    account = due()
    account.sweep(at(4))
    account.unwritable = {"asked-to-stop"}
    with pytest.raises(ExceptionGroup) as raised:
        account.enforce()
    assert raised.group_contains(Refused)
    assert account.stopped == []
    assert not any(case.stopping for case in account.cases.all())
