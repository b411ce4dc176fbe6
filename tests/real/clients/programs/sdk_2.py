"""The SageMaker Python SDK 2 as its users call it, and as the lessons of the workshop do."""

import threading
from typing import Any

from driver import BUCKET, IMAGE, ROLE, TAGS, serve
from sagemaker.estimator import Estimator
from sagemaker.huggingface import HuggingFaceProcessor
from sagemaker.instance_group import InstanceGroup
from sagemaker.processing import Processor, ScriptProcessor
from sagemaker.pytorch import PyTorch
from sagemaker.remote_function import remote
from sagemaker.session import Session
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner
from sagemaker.xgboost import XGBoost
from sdk_2_after import AFTER

HOURS = 3600
NOTEBOOK = "sinkorswim-DoeJohn-TrainClassifier"
DATA = {"train": f"s3://{BUCKET}/train.csv"}
SESSION = Session(default_bucket=BUCKET)


def estimator(image: str = IMAGE, **more: Any) -> Estimator:
    given = {"instance_count": 1, "instance_type": "ml.m5.large", **more}
    return Estimator(
        image, ROLE, output_path=f"s3://{BUCKET}/out", sagemaker_session=SESSION, **given
    )


def train(**more: Any) -> None:
    estimator(**more).fit(DATA, wait=False)


def framework(class_: Any, versions: dict[str, str], **more: Any) -> Any:
    given = {"instance_count": 1, "instance_type": "ml.m5.large", **more}
    return class_(
        entry_point="train.py",
        role=ROLE,
        output_path=f"s3://{BUCKET}/out",
        sagemaker_session=SESSION,
        max_run=2 * HOURS,
        **versions,
        **given,
    )


def xgboost(**more: Any) -> Any:
    return framework(XGBoost, {"framework_version": "1.7-1"}, **more)


def pytorch(**more: Any) -> Any:
    versions = {"framework_version": "2.0", "py_version": "py310"}
    return framework(PyTorch, versions, base_job_name=NOTEBOOK, **more)


def tuner(of: Any, **more: Any) -> HyperparameterTuner:
    return HyperparameterTuner(
        of,
        "loss",
        {"rate": ContinuousParameter(0.01, 0.1)},
        [{"Name": "loss", "Regex": "loss: (.*)"}],
        objective_type="Minimize",
        max_jobs=4,
        max_parallel_jobs=2,
        **more,
    )


def tune_several() -> None:
    one, two = tuner(estimator(tags=TAGS)), tuner(estimator(tags=TAGS))
    made = HyperparameterTuner.create(
        {"one": one.estimator, "two": two.estimator},
        {"one": "loss", "two": "loss"},
        {"one": one._hyperparameter_ranges, "two": two._hyperparameter_ranges},
        {"one": one.metric_definitions, "two": two.metric_definitions},
        objective_type="Minimize",
        max_jobs=4,
        max_parallel_jobs=2,
    )
    made.fit(
        {"one": DATA, "two": DATA}, include_cls_metadata={"one": False, "two": False}, wait=False
    )


def process(class_: Any = Processor, **more: Any) -> Any:
    given = {"instance_count": 1, "instance_type": "ml.m5.large", **more}
    return class_(role=ROLE, image_uri=IMAGE, sagemaker_session=SESSION, **given)


def embed(base: str, limit: int) -> None:
    made = HuggingFaceProcessor(
        role=ROLE,
        base_job_name=base,
        instance_count=1,
        instance_type="ml.g5.xlarge",
        transformers_version="4.28",
        pytorch_version="2.0",
        py_version="py310",
        max_runtime_in_seconds=limit,
        sagemaker_session=SESSION,
    )
    made.run(code="train.py", wait=False, logs=False)


def call_remotely(name: str = "divide", **more: Any) -> None:
    """Start it and go on: the call itself would wait for the job."""

    def divide(one: int, other: int) -> float:
        return one / other

    divide.__name__ = name
    decorated = remote(
        instance_type="ml.m5.large",
        role=ROLE,
        image_uri=IMAGE,
        sagemaker_session=SESSION,
        s3_root_uri=f"s3://{BUCKET}",
        **more,
    )(divide)
    thread = threading.Thread(target=decorated, args=(4, 2), daemon=True)
    thread.start()
    thread.join(5)


def copied(text: str) -> dict[str, Any]:
    """Read an argument as a user's Python does that pasted it from a notice."""
    arguments: dict[str, Any] = eval(f"dict({text})")  # noqa: S307 - the project's own words
    return arguments


if __name__ == "__main__":
    serve(
        {
            "Estimator": train,
            "Estimator, a name": lambda: train(base_job_name="churn"),
            "Estimator, a name of 50 characters": lambda: train(base_job_name="x" * 50),
            "Estimator, max_run": lambda: train(base_job_name="churn", max_run=HOURS),
            "Estimator, spot": lambda: train(
                base_job_name="churn", use_spot_instances=True, max_run=HOURS, max_wait=2 * HOURS
            ),
            "Estimator, warm pool": lambda: train(
                base_job_name="churn", keep_alive_period_in_seconds=HOURS
            ),
            "Estimator, two groups": lambda: train(
                base_job_name="churn",
                instance_count=None,
                instance_type=None,
                instance_groups=[
                    InstanceGroup("data", "ml.c5.xlarge", 1),
                    InstanceGroup("dnn", "ml.g5.xlarge", 2),
                ],
            ),
            "Estimator, a tag twice": lambda: train(base_job_name="churn", tags=[*TAGS, TAGS[0]]),
            "lesson: XGBoost": lambda: xgboost(base_job_name=NOTEBOOK, tags=TAGS).fit(
                DATA, wait=False
            ),
            "lesson: PyTorch": lambda: pytorch().fit(DATA, wait=False),
            "lesson: PyTorch on a GPU": lambda: pytorch(instance_type="ml.g4dn.xlarge").fit(
                DATA, wait=False
            ),
            "lesson: PyTorch on two": lambda: pytorch(
                instance_type="ml.m5.xlarge", instance_count=2
            ).fit(DATA, wait=False),
            "lesson: tuning": lambda: tuner(
                pytorch(tags=TAGS), base_tuning_job_name=NOTEBOOK, tags=TAGS
            ).fit(DATA, wait=False),
            "lesson: embedding": lambda: embed("WattBot-embed-gte-large", 2 * HOURS),
            "lesson: batch": lambda: embed("WattBot-rag-batch", 4 * HOURS),
            "HyperparameterTuner": lambda: tuner(estimator("my-training:1")).fit(DATA, wait=False),
            "HyperparameterTuner.create": tune_several,
            "Processor": lambda: process().run(wait=False, logs=False),
            "Processor, max_runtime_in_seconds": lambda: process(
                base_job_name="clean", max_runtime_in_seconds=HOURS
            ).run(wait=False, logs=False),
            "ScriptProcessor": lambda: process(
                ScriptProcessor, base_job_name="clean", command=["python3"]
            ).run(code="train.py", wait=False, logs=False),
            "@remote": call_remotely,
            **AFTER,
        },
        remedies={
            "training-job": lambda text: (
                call_remotely("remedy", **copied(text))
                if text.startswith("max_runtime_in_seconds")
                else train(base_job_name="remedy", **copied(text))
            ),
            "hyper-parameter-tuning-job": lambda text: tuner(
                estimator("remedy:1"), **copied(text)
            ).fit(DATA, wait=False),
            "processing-job": lambda text: process(base_job_name="remedy", **copied(text)).run(
                wait=False, logs=False
            ),
        },
    )
