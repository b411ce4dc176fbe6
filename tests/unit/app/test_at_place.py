"""What differs from place to place: limits, names, and since when warnings count."""

from copy import replace

from costguard.app.at_place import at_place, policy_at
from costguard.app.silence import WOKE, Silence, find_silence, woke_at
from costguard.policy.in_account import place_title
from costguard.policy.model import AccountLimits, Mode
from tests.factories import at, notebook, policy
from tests.scenarios.account import PLACE, Account

SPOKE = "222233334444/eu-west-1"
LIMITED = replace(
    policy(), accounts={"222233334444": AccountLimits(name="Biology", mode=Mode.WARN)}
)


def test_the_ports_of_a_place_have_its_policy() -> None:
    ports = Account(LIMITED, notebook()).enforce_ports
    assert at_place(ports, "") is ports
    assert at_place(ports, SPOKE).policy.mode is Mode.WARN
    assert policy_at(LIMITED, SPOKE, PLACE) is at_place(ports, SPOKE).policy


def test_the_account_of_the_stack_may_have_limits_too() -> None:
    own = replace(policy(), accounts={PLACE[0]: AccountLimits(mode=Mode.OBSERVE)})
    assert policy_at(own, "", PLACE).mode is Mode.OBSERVE


def test_a_place_is_named_for_people() -> None:
    assert place_title(LIMITED, SPOKE) == "Biology (222233334444, eu-west-1)"
    assert place_title(policy(), SPOKE) == "222233334444, eu-west-1"


def test_warnings_count_since_the_later_of_two_silences() -> None:
    woke = {SPOKE: at(5)}
    assert Silence().at(SPOKE) == Silence()
    assert Silence(woke=woke).at(SPOKE).valid_since == at(5)
    assert Silence(woke=woke).at("").valid_since is None
    assert Silence(valid_since=at(6), woke=woke).at(SPOKE).valid_since == at(6)
    assert Silence(valid_since=at(4), asleep=True, woke=woke).at(SPOKE) == Silence(
        valid_since=at(5), asleep=True, woke=woke
    )


def test_the_silences_of_all_places_are_read_together() -> None:
    account = Account(policy())
    account.spokes = (SPOKE,)
    account.markers = {WOKE: at(1), woke_at(SPOKE): at(2)}
    found = find_silence(account.enforce_ports, at(3), now=at(3))
    assert found == Silence(valid_since=at(1), woke={SPOKE: at(2)})
