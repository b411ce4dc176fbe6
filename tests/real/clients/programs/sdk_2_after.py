"""The SageMaker Python SDK 2 beside training: AutoML, endpoints, monitors, Clarify and Spark."""

from typing import Any

from driver import BUCKET, IMAGE, ROLE, TAGS
from sagemaker.async_inference import AsyncInferenceConfig
from sagemaker.automl.automl import AutoML
from sagemaker.clarify import BiasConfig, DataConfig, SageMakerClarifyProcessor
from sagemaker.model import Model
from sagemaker.model_monitor import DefaultModelMonitor
from sagemaker.model_monitor.dataset_format import DatasetFormat
from sagemaker.serverless import ServerlessInferenceConfig
from sagemaker.session import Session
from sagemaker.spark.processing import PySparkProcessor
from sagemaker.transformer import Transformer

HOURS = 3600
SESSION = Session(default_bucket=BUCKET)


def transform() -> None:
    name = SESSION.create_model("my-model", ROLE, {"Image": IMAGE})
    Transformer(
        name, 1, "ml.m5.large", base_transform_job_name=name, sagemaker_session=SESSION
    ).transform(f"s3://{BUCKET}/in.csv", wait=False)


def deploy(name: str | None = "churn", image: str = IMAGE, **more: Any) -> None:
    given = {"initial_instance_count": 1, "instance_type": "ml.m5.large", **more}
    model = Model(image, f"s3://{BUCKET}/model.tar.gz", ROLE, name=name, sagemaker_session=SESSION)
    model.deploy(wait=False, **given)


def monitor(**more: Any) -> DefaultModelMonitor:
    given = {"instance_count": 1, "instance_type": "ml.m5.large", **more}
    return DefaultModelMonitor(role=ROLE, sagemaker_session=SESSION, **given)


def monitor_hourly(name: str | None = None, **more: Any) -> None:
    monitor(**more).create_monitoring_schedule(
        endpoint_input="churn",
        output_s3_uri=f"s3://{BUCKET}/out",
        schedule_cron_expression="cron(0 * ? * * *)",
        monitor_schedule_name=name,
    )


def try_candidates() -> None:
    AutoML(ROLE, "left", base_job_name="DoeJohn-churn", tags=TAGS, sagemaker_session=SESSION).fit(
        f"s3://{BUCKET}/train.csv", wait=False, logs=False
    )


def try_candidates_2() -> None:
    from sagemaker.automl.automlv2 import (  # noqa: PLC0415 - SDK 2.200 has none
        AutoMLDataChannel,
        AutoMLTabularConfig,
        AutoMLV2,
    )

    channel = AutoMLDataChannel("S3Prefix", f"s3://{BUCKET}/train.csv", "training")
    problem = AutoMLTabularConfig(target_attribute_name="left")
    AutoMLV2(problem, role=ROLE, base_job_name="churn", sagemaker_session=SESSION).fit(
        channel, wait=False, logs=False
    )


def look_for_bias() -> None:
    data = DataConfig(
        f"s3://{BUCKET}/train.csv",
        f"s3://{BUCKET}/out",
        label="left",
        headers=["left", "age"],
        dataset_type="text/csv",
    )
    SageMakerClarifyProcessor(
        role=ROLE, instance_count=1, instance_type="ml.m5.large", sagemaker_session=SESSION
    ).run_pre_training_bias(data, BiasConfig([1], "age"), wait=False, logs=False)


def use_spark() -> None:
    PySparkProcessor(
        framework_version="3.3",
        role=ROLE,
        instance_type="ml.m5.large",
        instance_count=2,
        max_runtime_in_seconds=HOURS,
        sagemaker_session=SESSION,
    ).run("train.py", wait=False, logs=False)


AFTER = {
    "Transformer": transform,
    "Model.deploy": deploy,
    "Model.deploy, no name": lambda: deploy(None, "my-training:1"),
    "Model.deploy, tags": lambda: deploy(endpoint_name="leaving", tags=TAGS),
    "Model.deploy, serverless": lambda: deploy(
        initial_instance_count=None,
        instance_type=None,
        serverless_inference_config=ServerlessInferenceConfig(),
    ),
    "Model.deploy, asynchronous": lambda: deploy(
        async_inference_config=AsyncInferenceConfig(f"s3://{BUCKET}/out")
    ),
    "DefaultModelMonitor": monitor_hourly,
    "DefaultModelMonitor, a name and tags": lambda: monitor_hourly(
        "drift", tags=TAGS, max_runtime_in_seconds=HOURS // 2
    ),
    "suggest_baseline": lambda: monitor().suggest_baseline(
        f"s3://{BUCKET}/train.csv",
        DatasetFormat.csv(),
        output_s3_uri=f"s3://{BUCKET}/out",
        wait=False,
        logs=False,
    ),
    "AutoML": try_candidates,
    "AutoMLV2": try_candidates_2,
    "SageMakerClarifyProcessor": look_for_bias,
    "PySparkProcessor": use_spark,
}
