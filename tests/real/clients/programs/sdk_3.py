"""The SageMaker Python SDK 3 as its users call it."""

import threading
from typing import Any

from driver import BUCKET, IMAGE, ROLE, TAGS, serve
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.parameter import ContinuousParameter
from sagemaker.core.processing import Processor
from sagemaker.core.remote_function import remote
from sagemaker.core.shapes import InstanceGroup, InstancePreference
from sagemaker.core.training.configs import Compute, StoppingCondition
from sagemaker.core.transformer import Transformer
from sagemaker.train.model_trainer import ModelTrainer
from sagemaker.train.tuner import HyperparameterTuner
from sdk_3_after import AFTER

HOUR = 3600
SESSION = Session(default_bucket=BUCKET)
LOWER = [{"key": tag["Key"], "value": tag["Value"]} for tag in TAGS]


def trainer(**more: Any) -> ModelTrainer:
    return ModelTrainer(
        **{"training_image": IMAGE, "role": ROLE, "sagemaker_session": SESSION, **more}
    )


def train(**more: Any) -> None:
    trainer(**more).train(wait=False, logs=False)


def compute(**more: Any) -> Compute:
    return Compute(**{"instance_type": "ml.m5.large", "instance_count": 1, **more})


def limit(seconds: int, **more: Any) -> StoppingCondition:
    return StoppingCondition(max_runtime_in_seconds=seconds, **more)


def tune(*, max_runtime_in_seconds: int | None = None, **more: Any) -> None:
    HyperparameterTuner(
        trainer(**{"tags": LOWER, "hyperparameters": {"rate": 0.05}, **more}),
        "loss",
        {"rate": ContinuousParameter(min_value=0.01, max_value=0.1)},
        metric_definitions=[{"Name": "loss", "Regex": "loss: (.*)"}],
        objective_type="Minimize",
        max_jobs=4,
        max_parallel_jobs=2,
        max_runtime_in_seconds=max_runtime_in_seconds,
    ).tune(wait=False)


def process(**more: Any) -> None:
    Processor(
        role=ROLE,
        image_uri=IMAGE,
        instance_count=1,
        instance_type="ml.m5.large",
        sagemaker_session=SESSION,
        **more,
    ).run(wait=False, logs=False)


def transform() -> None:
    SESSION.sagemaker_client.create_model(
        ModelName="my-model", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE}
    )
    Transformer("my-model", 1, "ml.m5.large", sagemaker_session=SESSION).transform(
        f"s3://{BUCKET}/in.csv", wait=False, logs=False
    )


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
            "ModelTrainer": lambda: train(training_image="my_training:1"),
            "ModelTrainer, a name": lambda: train(base_job_name="churn"),
            "ModelTrainer, a name of 50 characters": lambda: train(base_job_name="x" * 50),
            "ModelTrainer, a name of 63 characters": lambda: train(base_job_name="x" * 63),
            "ModelTrainer, stopping_condition": lambda: train(
                base_job_name="limit", stopping_condition=limit(2 * HOUR)
            ),
            "ModelTrainer, an empty stopping_condition": lambda: train(
                base_job_name="empty", stopping_condition=StoppingCondition()
            ),
            "ModelTrainer, tags": lambda: train(base_job_name="tagged", tags=LOWER),
            "ModelTrainer, tags as SDK 2 takes them": lambda: train(
                base_job_name="churn", tags=TAGS
            ),
            "ModelTrainer, spot": lambda: train(
                base_job_name="spot",
                compute=compute(enable_managed_spot_training=True),
                stopping_condition=limit(HOUR, max_wait_time_in_seconds=2 * HOUR),
            ),
            "ModelTrainer, warm pool": lambda: train(
                base_job_name="pool", compute=compute(keep_alive_period_in_seconds=HOUR)
            ),
            "ModelTrainer, two groups": lambda: train(
                base_job_name="groups",
                compute=Compute(
                    instance_groups=[
                        InstanceGroup(
                            instance_group_name="data",
                            instance_type="ml.c5.xlarge",
                            instance_count=1,
                        ),
                        InstanceGroup(
                            instance_group_name="dnn",
                            instance_type="ml.g5.xlarge",
                            instance_count=2,
                        ),
                    ]
                ),
            ),
            "ModelTrainer, preferences": lambda: train(
                base_job_name="choice",
                compute=Compute(
                    instance_preferences=[
                        InstancePreference(instance_type="ml.p5.48xlarge", instance_count=1),
                        InstancePreference(instance_type="ml.g5.xlarge", instance_count=2),
                    ]
                ),
            ),
            "HyperparameterTuner": lambda: tune(training_image="my_training:1"),
            "HyperparameterTuner, a name": lambda: tune(base_job_name="churn"),
            "Processor": process,
            "Processor, max_runtime_in_seconds": lambda: process(
                base_job_name="clean", max_runtime_in_seconds=HOUR
            ),
            "Transformer": transform,
            "@remote": call_remotely,
            **AFTER,
        },
        remedies={
            "training-job": lambda text: (
                call_remotely("remedy", **copied(text))
                if text.startswith("max_runtime_in_seconds")
                else train(base_job_name="remedy", **copied(text))
            ),
            "hyper-parameter-tuning-job": lambda text: tune(
                training_image="remedy:1", tags=None, **copied(text)
            ),
            "processing-job": lambda text: process(base_job_name="remedy", **copied(text)),
        },
    )
