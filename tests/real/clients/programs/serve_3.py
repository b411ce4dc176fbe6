"""The SageMaker Python SDK 3 as its users deploy a model."""

from typing import Any

from driver import BUCKET, IMAGE, ROLE, TAGS, serve
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.inference_config import AsyncInferenceConfig, ServerlessInferenceConfig
from sagemaker.serve import ModelBuilder

SESSION = Session(default_bucket=BUCKET)


def deploy(model: str, of_model: list[dict[str, str]] | None = None, **more: Any) -> None:
    builder = ModelBuilder(
        image_uri=IMAGE,
        s3_model_data_url=f"s3://{BUCKET}/model.tar.gz",
        role_arn=ROLE,
        instance_type="ml.m5.large",
        sagemaker_session=SESSION,
    )
    builder.build(model_name=model, tags=of_model)
    builder.deploy(wait=False, **more)


if __name__ == "__main__":
    serve(
        {
            "ModelBuilder": lambda: deploy("churn"),
            "ModelBuilder, a name": lambda: deploy("churn-2", endpoint_name="leaving"),
            "ModelBuilder, tags of the model": lambda: deploy(
                "churn-3", TAGS, endpoint_name="leaving-2"
            ),
            "ModelBuilder, tags": lambda: deploy("churn-4", endpoint_name="leaving-3", tags=TAGS),
            "ModelBuilder, serverless": lambda: deploy(
                "churn-5", inference_config=ServerlessInferenceConfig()
            ),
            "ModelBuilder, asynchronous": lambda: deploy(
                "churn-6",
                inference_config=AsyncInferenceConfig(output_path=f"s3://{BUCKET}/out"),
            ),
        }
    )
