"""The notebook jobs of JupyterLab and Studio: what their server extension sends for a "run now"."""

import asyncio
import os
from pathlib import Path

from amazon_sagemaker_jupyter_scheduler.environments import SagemakerEnvironmentManager
from amazon_sagemaker_jupyter_scheduler.providers import studio_image_metadata
from amazon_sagemaker_jupyter_scheduler.scheduler import SageMakerScheduler
from driver import BUCKET, IMAGE, ROLE, serve
from jupyter_scheduler.models import CreateJob
from traitlets.config import Config

METADATA = Path("resource-metadata.json")  # what a SageMaker machine has under /opt/ml
METADATA.write_text('{"AppType": "JupyterServer", "ResourceName": "default"}', encoding="utf-8")
studio_image_metadata.SAGEMAKER_RESOURCE_METADATA_FILE = str(METADATA)
os.environ["AWS_ACCOUNT_ID"] = "123456789012"  # it would ask a regional STS of its own
HOUR = 3600
_FORM: dict[str, object] = {  # what the form of JupyterLab sends where nothing is filled in
    "vpc_security_group_ids": "",
    "vpc_subnets": "",
    "max_retry_attempts": 1,
    "max_run_time_in_seconds": 48 * HOUR,
    "sm_init_script": "",
    "sm_lcc_init_script_arn": "No script",
}
NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


def run_now(**more: object) -> None:
    Path("Explore_Data.ipynb").write_text(NOTEBOOK, encoding="utf-8")
    scheduler = SageMakerScheduler(
        root_dir=str(Path.cwd()),
        environments_manager=SagemakerEnvironmentManager(),
        config=Config(),
    )
    job = CreateJob(
        input_uri="Explore_Data.ipynb",
        runtime_environment_name="sagemaker-default-env",
        name="Nightly report",
        compute_type="ml.m5.large",
        output_formats=["ipynb"],
        parameters={},
        runtime_environment_parameters={
            "s3_input": f"s3://{BUCKET}/in",
            "s3_output": f"s3://{BUCKET}/out",
            "role_arn": ROLE,
            "sm_image": IMAGE,
            "sm_kernel": "python3",
            **_FORM,
            **more,
        },
    )
    asyncio.run(scheduler.create_job(job))


if __name__ == "__main__":
    serve(
        {
            "notebook job": run_now,
            "notebook job, a run time": lambda: run_now(max_run_time_in_seconds=HOUR),
        }
    )
