"""What of people and caps is allowed and surely not meant."""

from costguard.policy.loader import parse_policy
from costguard.policy.owner_warnings import caps_without_roster, owner_warnings

CAPS = "[rules.too-many]\nper_owner = 8\n[rules.burn-rate]\nper_owner = 12\n"
ANN = "[[people]]\nname = 'Ann Lee'\nemail = 'ann@x.org'\n"


def test_caps_without_a_roster_stop_nobody_and_that_is_said() -> None:
    [said] = owner_warnings(parse_policy(CAPS))
    assert "too-many, burn-rate stop nobody" in said
    assert caps_without_roster(parse_policy(ANN + CAPS)) == ()
    assert caps_without_roster(parse_policy("[rules.too-many]\nper_job = 2")) == ()


def test_a_budget_of_nobody_is_named() -> None:
    known = '"Lee, Ann" = 1, "ann@x.org" = 1, "*" = 1'
    text = f'{ANN}[rules.over-budget]\nper_owner = {{ {known}, "Bo Ek" = 1 }}'
    assert owner_warnings(parse_policy(text)) == (
        "rules.over-budget.per_owner: 'Bo Ek' is nobody of the roster",
    )
    assert owner_warnings(parse_policy(f"{ANN}[rules.naming]")) == ()


def test_the_roster_is_looked_at_too() -> None:
    assert "ASCII" in owner_warnings(parse_policy("[[people]]\nname = '王伟'"))[0]
