"""Each class that a remedy may be read for takes the argument that it names, in its own SDK."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from costguard.resources.registry import KINDS
from tests.real.clients.cases import ARGUMENT, CLIENTS, SMALL
from tests.real.conftest import WHOLE
from tests.real.environments import python_of

PLAYED = {each.environment for each in (CLIENTS if os.environ.get(WHOLE) else SMALL)}
_2, _3 = ("sdk-2", "sdk-2.200"), ("sdk-3",)
TAKE = {
    ("max_run", _2): (
        "sagemaker.estimator.Estimator",
        "sagemaker.huggingface.HuggingFace",
        "sagemaker.pytorch.PyTorch",
        "sagemaker.sklearn.SKLearn",
        "sagemaker.tensorflow.TensorFlow",
        "sagemaker.xgboost.XGBoost",
    ),
    ("stopping_condition", _3): (
        "sagemaker.train.cpt_trainer.CPTTrainer",
        "sagemaker.train.dpo_trainer.DPOTrainer",
        "sagemaker.train.model_trainer.ModelTrainer",
        "sagemaker.train.rlaif_trainer.RLAIFTrainer",
        "sagemaker.train.rlvr_trainer.RLVRTrainer",
        "sagemaker.train.sft_trainer.SFTTrainer",
    ),
    ("max_runtime_in_seconds", _2): (
        "sagemaker.clarify.SageMakerClarifyProcessor",
        "sagemaker.huggingface.HuggingFaceProcessor",
        "sagemaker.processing.FrameworkProcessor",
        "sagemaker.processing.Processor",
        "sagemaker.processing.ScriptProcessor",
        "sagemaker.remote_function.remote",
        "sagemaker.sklearn.SKLearnProcessor",
        "sagemaker.spark.processing.PySparkProcessor",
    ),
    ("max_runtime_in_seconds", _3): (
        "sagemaker.core.processing.FrameworkProcessor",
        "sagemaker.core.processing.Processor",
        "sagemaker.core.processing.ScriptProcessor",
        "sagemaker.core.remote_function.remote",
        "sagemaker.core.shapes.StoppingCondition",
        "sagemaker.core.spark.processing.PySparkProcessor",
    ),
}
"""By argument and SDK: what people call in the place of the class that the remedy names."""
ENVIRONMENTS = sorted(PLAYED & {each for _, where in TAKE for each in where})
PROGRAM = """
import importlib, inspect, json, sys

def arguments(path):
    module, _, name = path.rpartition(".")
    found = getattr(importlib.import_module(module), name)
    if not inspect.isclass(found):
        return set(inspect.signature(found).parameters)
    fields = set(getattr(found, "model_fields", ()))
    own = [vars(each).get("__init__") for each in inspect.getmro(found)[:-1]]
    return fields.union(*(inspect.signature(each).parameters for each in own if each))

wanted = json.load(sys.stdin)
lacking = [path for argument, path in wanted if argument not in arguments(path)]
print("\\n" + json.dumps(lacking))
"""


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_is_called_instead_takes_the_same_argument(environment: str, tmp_path: Path) -> None:
    asked = [
        (argument, path)
        for (argument, where), paths in TAKE.items()
        if environment in where
        for path in paths
    ]
    ended = subprocess.run(  # noqa: S603 - our own program, in an environment of ours
        [str(python_of(environment)), "-c", PROGRAM],
        input=json.dumps(asked),
        env={"HOME": str(tmp_path), "AWS_DEFAULT_REGION": "us-east-2"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(ended.stdout.splitlines()[-1]) == []


def test_every_argument_of_a_remedy_is_looked_for() -> None:
    remedies = [kind.words.max_runtime for kind in KINDS.values()]
    named = {text.partition("=")[0] for each in remedies for text, _ in ARGUMENT.findall(each)}
    assert named == {argument for argument, _ in TAKE}
