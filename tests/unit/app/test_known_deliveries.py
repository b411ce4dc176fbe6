"""Deliveries that are read together are those that would have been read one by one."""

from hypothesis import given
from hypothesis import strategies as st

from costguard.app.known_deliveries import KnownDeliveries
from costguard.notifications.delivery import Delivery, DeliveryStatus
from tests.factories import at
from tests.fakes import InMemoryDeliveries

rows = st.builds(
    lambda to, notice, status: Delivery(to=to, notice=notice, at=at(0), status=status),
    st.sampled_from(["jane", "john", "admins"]),
    st.sampled_from("abc"),
    st.sampled_from(DeliveryStatus),
)


def asked(row: Delivery) -> Delivery:
    return Delivery(to=row.to, notice=row.notice, at=row.at, status=DeliveryStatus.SENT)


@given(stored=st.lists(rows), together=st.lists(rows), wanted=rows)
def test_it_answers_as_the_ledger_does(
    stored: list[Delivery], together: list[Delivery], wanted: Delivery
) -> None:
    ledger = InMemoryDeliveries()
    for row in stored:
        ledger.mark(row)
    known = KnownDeliveries(ledger, ledger.find_each(map(asked, together)))
    assert known.find(asked(wanted)) == ledger.find(asked(wanted))
    assert known.find_each([asked(wanted)]) == ledger.find_each([asked(wanted)])
    assert list(known.recent("jane", at(0))) == list(ledger.recent("jane", at(0)))
