"""The form of a Slack address."""

import pytest

from costguard.ownership.channel import SlackForm, slack_form


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("#costguard", SlackForm.CONVERSATION),
        ("C0123456789", SlackForm.CONVERSATION),
        ("G0123456789", SlackForm.CONVERSATION),
        ("D0123456789", SlackForm.CONVERSATION),
        ("U0123456789", SlackForm.MEMBER),
        ("W0123456789", SlackForm.MEMBER),
        ("Carla.Diaz@example.org", SlackForm.EMAIL),  # no first letter tells
        ("GRETA@EXAMPLE.ORG", SlackForm.EMAIL),
        ("DANA@X.ORG", SlackForm.EMAIL),
        ("CARLA", SlackForm.MEMBER),
    ],
)
def test_an_address_is_known_by_its_form(address: str, form: SlackForm) -> None:
    assert slack_form(address) is form
