"""The SageMaker Python SDK 3 beside training: fine-tuning and monitors.

What it fine-tunes is in a hub of AWS's own account, and offered in a few regions: the program
answers in the place of that hub, and counts its own region among those.
"""

import json
from typing import Any

import botocore
from botocore.awsrequest import AWSResponse
from driver import BUCKET, ROLE, TAGS

MODEL = "meta-textgeneration-llama-3-2-1b-instruct"
RECIPE = {"RecipeTemplate": "", "OverrideParams": '{"rate": {"type": "float", "default": 0.1}}'}


class Answered(AWSResponse):
    """An answer that needs no network."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__("https://sagemaker", 200, {}, None)
        self._content = json.dumps(body).encode()


def answer_of_hub(**_: Any) -> Answered:
    """Describe a model as AWS's public hub does, with a recipe to fine-tune it."""
    of_hub = "arn:aws:sagemaker:us-east-2:aws:"
    recipe = {"CustomizationTechnique": "SFT", "Type": "FineTuning", "Name": "r", "Peft": "LORA"}
    recipe |= {f"Smtj{each}S3Uri": f"s3://{BUCKET}/{each}" for each in RECIPE}
    about = {
        "HubContentName": MODEL,
        "HubContentArn": f"{of_hub}hub-content/SageMakerPublicHub/Model/{MODEL}/1.0.0",
        "HubContentVersion": "1.0.0",
        "HubContentType": "Model",
        "HubContentDocument": json.dumps({"RecipeCollection": [recipe]}),
        "HubContentStatus": "Available",
        "HubName": "SageMakerPublicHub",
        "HubArn": f"{of_hub}hub/SageMakerPublicHub",
        "DocumentSchemaVersion": "1",
        "CreationTime": 1,
    }
    return Answered(about)


botocore.register_initializer(
    lambda session: session.register("before-send.sagemaker.DescribeHubContent", answer_of_hub)
)

from sagemaker.core.helper.session_helper import Session  # noqa: E402 - after the initializer
from sagemaker.core.model_monitor import DefaultModelMonitor  # noqa: E402 - after the initializer
from sagemaker.core.training.configs import StoppingCondition  # noqa: E402 - after the initializer
from sagemaker.train.common_utils.finetune_utils import OPEN_WEIGHTS_REGIONS  # noqa: E402 - after the initializer
from sagemaker.train.sft_trainer import SFTTrainer  # noqa: E402 - after the initializer

SESSION = Session(default_bucket=BUCKET)
LIMIT = StoppingCondition(max_runtime_in_seconds=3600)
LOWER = [{"key": tag["Key"], "value": tag["Value"]} for tag in TAGS]


def fine_tune(**more: Any) -> None:
    OPEN_WEIGHTS_REGIONS.append(SESSION.boto_region_name)
    s3 = SESSION.boto_session.client("s3")
    for key, text in {**RECIPE, "train.jsonl": "{}"}.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())
    trainer = SFTTrainer(
        MODEL,
        role=ROLE,
        sagemaker_session=SESSION,
        model_package_group=f"arn:aws:sagemaker:{SESSION.boto_region_name}:123456789012:"
        "model-package-group/churn",
        training_dataset=f"s3://{BUCKET}/train.jsonl",
        s3_output_path=f"s3://{BUCKET}/out",
        accept_eula=True,
        **more,
    )
    trainer.train(wait=False)


def monitor() -> None:
    DefaultModelMonitor(
        role=ROLE, instance_type="ml.m5.large", sagemaker_session=SESSION
    ).create_monitoring_schedule(
        endpoint_input="churn",
        output_s3_uri=f"s3://{BUCKET}/out",
        schedule_cron_expression="cron(0 * ? * * *)",
    )


AFTER = {
    "SFTTrainer": fine_tune,
    "SFTTrainer, stopping_condition": lambda: fine_tune(
        base_job_name="churn",
        stopping_condition=StoppingCondition(max_runtime_in_seconds=3600),
        tags=LOWER,
    ),
    "DefaultModelMonitor": monitor,
}
