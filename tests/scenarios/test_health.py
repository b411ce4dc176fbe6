"""The guard's health metrics: what was sent, what waits, and for how long."""

from copy import replace
from datetime import datetime
from decimal import Decimal

import pytest

from costguard.app.outbox import NOTICE_METRICS
from costguard.app.sweep import sweep
from costguard.costs.prices import Price, Prices, bundled_prices
from costguard.notifications.notice import NoticeStage
from costguard.resources.model import ResourceStatus
from tests.factories import at, notebook, on, policy, training_job
from tests.fakes import Refused, override
from tests.scenarios.account import Account

NAME = "DoeJohn-ExploreSageMaker"


def warned() -> Account:
    account = Account(policy(), notebook(NAME, tags={}))
    account.sweep(at(0))
    return account


def oldest(account: Account, what: str) -> int:
    return next(c[what] for c in reversed(account.counted) if what in c)


def test_every_notice_is_counted_by_its_stage() -> None:
    account = warned()
    assert {"WarningsSent": 1} in account.counted
    account.run(at(4))
    assert account.counted[-1] == {"StopNoticesSent": 1}


def test_a_stop_that_nobody_carries_out_grows_old_from_its_deadline() -> None:
    account = warned()
    ages = [account.sweep(at(hours))["OldestStopSeconds"] for hours in (3, 4, 4.5, 6)]
    assert ages == [0, 0, 1800, 7200]


def test_a_stop_that_is_not_confirmed_grows_old_from_when_it_was_asked_for() -> None:
    account = warned()
    account.sweep(at(5))
    account.enforce()
    assert account.sweep(at(5.5))["OldestStopSeconds"] == 1800
    account.settle(at(6))
    assert account.sweep(at(7))["OldestStopSeconds"] == 0


@pytest.mark.parametrize(("started", "age"), [(at(6.5), 1800), (None, 7200)])
def test_a_stop_after_a_restart_grows_old_from_the_restart(
    started: datetime | None, age: int
) -> None:
    account = warned()
    account.run(at(5))
    account.change(NAME, status=ResourceStatus.RUNNING, started=started)
    assert account.sweep(at(7))["OldestStopSeconds"] == age


def test_how_old_a_stop_without_grace_is_nobody_knows() -> None:
    account = Account(policy(), training_job(**on("ml.p4d.24xlarge")))
    told = account.sweep(at(9))
    assert (told["StopsDue"], told["OldestStopSeconds"]) == (1, 0)


def test_what_the_brake_holds_back_is_not_overdue() -> None:
    account = Account(policy(), *(notebook(f"DoeJohn-N{n}", tags={}) for n in range(4)))
    account.sweep(at(0))
    told = account.sweep(at(9))
    assert (told["StopsHeld"], told["OldestStopSeconds"]) == (4, 0)


def test_a_notice_that_sns_does_not_take_grows_old() -> None:
    account = Account(policy(), notebook(NAME, tags={}))
    account.sns_fails = True
    for hours in (0, 1):
        with pytest.raises(ExceptionGroup):
            account.sweep(at(hours))
    assert oldest(account, "OldestNoticeSeconds") == 3600
    account.sns_fails = False
    account.sweep(at(2))
    assert account.sweep(at(3))["OldestNoticeSeconds"] == 0


def test_what_runs_without_a_price_is_counted() -> None:
    odd = notebook("DoeJohn-Odd", **on("ml.odd.large"))
    account = Account(policy(), odd, training_job())
    assert "UnpricedResources" not in account.sweep(at(0))
    known = ("us-east-2", "training", "ml.m5.large")
    account.prices = Prices({known: Price(Decimal(1), "a list", "today")}, fetched=at(0))
    assert account.sweep(at(1))["UnpricedResources"] == 1


def test_the_age_of_prices_is_told_once_they_were_fetched() -> None:
    account = warned()
    assert "PricesAgeSeconds" not in account.sweep(at(1))
    account.prices = Prices(bundled_prices().table, fetched=at(0))
    assert account.sweep(at(2))["PricesAgeSeconds"] == 7200


def test_prices_that_cannot_be_read_are_a_failure_and_no_number() -> None:
    account = Account(policy(), notebook(NAME))

    def refuse(_now: datetime) -> Prices:
        raise Refused("dynamodb")

    deaf = replace(account.sweep_ports, usage=override(account.meter, prices=refuse))
    with pytest.raises(ExceptionGroup):
        sweep(deaf, now=at(0))
    assert account.counted[-1]["TaskFailures"] == 1
    assert "UnpricedResources" not in account.counted[-1]


def test_every_stage_has_a_metric_of_its_own() -> None:
    assert NOTICE_METRICS.keys() == {stage.value for stage in NoticeStage}
    assert len(set(NOTICE_METRICS.values())) == len(NOTICE_METRICS)


def test_what_a_sweep_publishes_itself_is_not_missed_yet() -> None:
    account = Account(policy(), notebook(NAME, tags={}))
    told: list[int] = []
    receipts = override(account, oldest_untaken=lambda _now: told.append(len(account.notices)))
    sweep(replace(account.sweep_ports, receipts=receipts), now=at(0))
    assert (told, len(account.notices)) == ([0], 1)
