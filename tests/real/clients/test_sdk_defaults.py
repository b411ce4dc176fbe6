"""The workshop's lessons, unchanged, where the SDK has the defaults file of a notebook."""

import os
from collections.abc import Mapping

import pytest

from costguard_cli.commands.sdk_defaults import document
from tests.real.clients.cases import OURS, SDK_2, SDK_3, SMALL, Client
from tests.real.clients.sent import Sent
from tests.real.clients.stand import Stand
from tests.real.conftest import WHOLE

TAGS = {"Project": "sinkorswim", "Name": "John Doe", "Purpose": "TrainClassifier"}
UNCHANGED = {
    SDK_2.name: (
        "lesson: XGBoost",
        "lesson: PyTorch",
        "lesson: PyTorch on a GPU",
        "lesson: PyTorch on two",
        "lesson: tuning",
        "lesson: embedding",
        "lesson: batch",
        "Transformer",
        "@remote",
    ),
    SDK_3.name: (
        "ModelTrainer, a name",
        "ModelTrainer, tags",
        "Processor, max_runtime_in_seconds",
        "Transformer",
        "@remote",
    ),
}
IGNORED = ("ModelTrainer, a name",)
"""SDK 3.27 does not read the tags of training jobs for it: findings/sdk-3-default-tags.sh."""


PLAYED = [
    pytest.param(each, id=each.environment, marks=pytest.mark.xdist_group(each.environment))
    for each in ((SDK_2, SDK_3) if os.environ.get(WHOLE) else SMALL)
]


@pytest.fixture(scope="module", params=PLAYED)
def launched(request: pytest.FixtureRequest) -> Mapping[str, Sent]:
    """Play what a lesson launches, in an environment whose admin wrote the file."""
    client: Client = request.param
    text, refused = document(TAGS)
    assert not refused
    with Stand(client.environment, client.program, defaults=text) as stand:
        return stand.play(UNCHANGED[client.name])


def test_what_a_lesson_launches_carries_the_tags_of_the_notebook(
    launched: Mapping[str, Sent],
) -> None:
    for case, sent in launched.items():
        assert sent.raised == ""
        assert sorted(sent.tags) == (sorted(OURS) if case not in IGNORED else []), case


def test_the_shipped_policy_finds_nothing_in_a_lesson(launched: Mapping[str, Sent]) -> None:
    said = {case: sent.guard for case, sent in launched.items()}
    assert said == {case: "warn: missing-tags" if case in IGNORED else "fine" for case in said}
