"""Runs in a client's own environment: a word a line comes in, what became of it goes out."""

import json
import os
import sys
from collections.abc import Callable, Mapping

ROLE = "arn:aws:iam::123456789012:role/ml-sagemaker-use"
IMAGE = "123456789012.dkr.ecr.us-east-2.amazonaws.com/my_training.image:1"
BUCKET = "workshop"
TAGS = [
    {"Key": "Project", "Value": "sinkorswim"},
    {"Key": "Name", "Value": "John Doe"},
    {"Key": "Purpose", "Value": "TrainClassifier"},
]

_answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)  # what a client prints, as it is imported too, is no answer


def serve(
    cases: Mapping[str, Callable[[], object]],
    remedies: Mapping[str, Callable[[str], object]] | None = None,
) -> None:
    """Run the cases that are asked for; say of each what it raised.

    `remedy KIND ARGUMENT` launches a job of a kind with an argument, as a notice spells it.
    """
    for line in sys.stdin:
        raised = ""
        try:
            if remedies and line.startswith("remedy "):
                _, kind, argument = line.split()
                remedies[kind](argument)
            else:
                cases[line.strip()]()
        except Exception as error:  # noqa: BLE001 - it is what is asked for
            raised = f"{type(error).__name__}: {error}"
        _answers.write(json.dumps(raised) + "\n")
        _answers.flush()
    os._exit(0)  # threads that wait for a job are left behind
