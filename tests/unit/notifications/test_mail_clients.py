"""E-mail in Gmail and Outlook: what they drop carries no meaning, by the data of caniemail.

tests/fixtures/caniemail.csv is from caniemail 2.0.2 (npm, MIT; tested until 2026-05-13):
`scripts/mail-clients` writes it.
"""

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from costguard.notifications.message import Message
from costguard.notifications.renderers import html
from tests.unit.notifications.test_renderers import MESSAGES, hostile, longest

TABLE = Path(__file__).parents[2] / "fixtures" / "caniemail.csv"
GMAIL, OUTLOOK = "gmail-desktop-webmail", "outlook-windows"
DECORATION = {
    "css-at-media": "only for dark colours",
    "css-at-media-prefers-color-scheme": "only for dark colours",
    "css-border-radius": "corners",
    "css-overflow-wrap": "a long line is wider",
    "css-sytem-ui": "another font follows",
    "css-white-space": "a long command is wider; in `pre` its lines stay, and facts may wrap",
    "html-doctype": "no layout needs it",
    "html-meta-color-scheme": "the colours of the light scheme are readable",
}
"""Features that Gmail or Outlook drops, and what remains without them."""
SAME_AS = {
    "border-top": "css-border",
    "margin-top": "css-margin",
    "padding-left": "css-padding",
    "border-color": "css-border",
    "h1": "html-h1-h6",
    "h2": "html-h1-h6",
    "ul": "html-lists",
    "li": "html-lists",
    "tr": "html-table",
    "td": "html-table",
}
"""Features that caniemail tests under another name."""
NO_ROW = {"a", "color", "font-family", "br", "html", "head", "meta", "title"}
"""Features that caniemail does not list."""
_LINES = TABLE.read_text(encoding="utf-8").splitlines()
SUPPORT = {row["feature"]: row for row in csv.DictReader(_LINES)}
LETTERS = [*MESSAGES.values(), longest(), hostile()]


class _Mail(HTMLParser):
    """The elements, the styles and the visible text of an e-mail."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements, self.attributes = set[str](), set[tuple[str, str]]()
        self.styles, self.text = list[str](), list[str]()
        self._in = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect an element and its attributes."""
        self._in = tag
        self.elements.add(tag)
        self.attributes |= {(name, value or "") for name, value in attrs}
        self.styles += [value for name, value in attrs if name == "style" and value]

    def handle_endtag(self, _tag: str) -> None:
        """Leave an element."""
        self._in = ""

    def handle_data(self, data: str) -> None:
        """Collect text that is shown, and rules of a style sheet."""
        if self._in == "style":
            self.styles.append(data)
        elif self._in != "title":
            self.text.append(data)


def features_of(page: str) -> set[str]:
    """Name the features that an e-mail uses, as caniemail does where it lists them."""
    mail = _Mail(page)
    sheet = ";".join(mail.styles)
    names = {name for name, _ in mail.attributes} & {"lang", "role"}
    found = {f"html-{each}" for each in (mail.elements | names) - NO_ROW - SAME_AS.keys()}
    properties = set(re.findall(r"(?:^|[;{\s])([a-z-]+)\s*:(?!\s*dark\))", sheet)) - NO_ROW
    found |= {f"css-{each}" for each in properties - SAME_AS.keys()}
    found |= {SAME_AS[each] for each in (mail.elements | properties) & SAME_AS.keys()}
    pairs = re.findall(r"([a-z-]+)\s*:\s*([a-z-]+)", sheet)  # such as `display: flex`
    found |= {"-".join(("css", *pair)) for pair in pairs} & SUPPORT.keys()
    signs = {
        "css-at-media": "@media",
        "css-at-media-prefers-color-scheme": "prefers-color-scheme",
        "css-important": "!important",
        "css-sytem-ui": "-apple-system",
        "css-variables": "var(",
    }
    found |= {feature for feature, sign in signs.items() if sign in sheet}
    if ("name", "color-scheme") in mail.attributes:
        found.add("html-meta-color-scheme")
    return found | ({"html-doctype"} if page.startswith("<!DOCTYPE") else set())


@pytest.mark.parametrize("message", LETTERS)
def test_what_gmail_or_outlook_drops_is_decoration(message: Message) -> None:
    used = features_of(html.render(message))
    assert used <= SUPPORT.keys()
    dropped = {each for each in used if "n" in (SUPPORT[each][GMAIL], SUPPORT[each][OUTLOOK])}
    assert dropped <= DECORATION.keys()


def test_every_decoration_is_used_and_dropped_somewhere() -> None:
    used = set[str]().union(*(features_of(html.render(message)) for message in LETTERS))
    for each in DECORATION:
        assert "n" in (SUPPORT[each][GMAIL], SUPPORT[each][OUTLOOK])
    assert used >= DECORATION.keys()


@pytest.mark.parametrize("message", LETTERS)
def test_a_mail_without_any_style_still_says_everything(message: Message) -> None:
    shown = " ".join("".join(_Mail(html.render(message)).text).split())
    said = [message.heading, message.intro, message.note, message.footer]
    said += [part for fact in message.facts for part in fact]
    for section in message.sections:
        said += [section.title, section.text, section.code, *section.points]
    for each in said:
        assert " ".join(each.split()) in shown


@pytest.mark.parametrize(
    ("style", "feature"),
    [
        ("display:flex", "css-display-flex"),
        ("color:var(--ink)", "css-variables"),
        ("position:absolute", "css-position"),
    ],
)
def test_a_feature_that_a_client_drops_would_be_found(style: str, feature: str) -> None:
    used = features_of(f'<p style="margin:0;{style}">text</p>')
    assert feature in used
    assert "n" in (SUPPORT[feature][GMAIL], SUPPORT[feature][OUTLOOK])
