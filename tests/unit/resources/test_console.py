"""Addresses in the console: right partition, right Region, and none where no page is known."""

import pytest

from costguard.resources.console import console_address

PLACES = {
    "arn:aws:sagemaker:us-east-2": "https://us-east-2.console.aws.amazon.com/sagemaker/home?region=us-east-2",
    "arn:aws-cn:sagemaker:cn-north-1": (
        "https://cn-north-1.console.amazonaws.cn/sagemaker/home?region=cn-north-1"
    ),
    "arn:aws-us-gov:sagemaker:us-gov-west-1": (
        "https://us-gov-west-1.console.amazonaws-us-gov.com/sagemaker/home?region=us-gov-west-1"
    ),
}


@pytest.mark.parametrize("arn", PLACES)
@pytest.mark.parametrize(
    ("kind", "page"),
    [
        ("notebook-instance", "notebook-instances"),
        ("training-job", "jobs"),
        ("processing-job", "processing-jobs"),
        ("transform-job", "transform-jobs"),
        ("hyper-parameter-tuning-job", "hyper-tuning-jobs"),
        ("endpoint", "endpoints"),
    ],
)
def test_a_resource_is_found_in_its_partition_and_region(arn: str, kind: str, page: str) -> None:
    found = console_address(kind, "DoeJohn-A", f"{arn}:123456789012:{kind}/doejohn-a")
    assert found == f"{PLACES[arn]}#/{page}/DoeJohn-A"


@pytest.mark.parametrize(
    ("kind", "name", "arn"),
    [
        ("notebook-instance", "A", ""),
        ("notebook-instance", "A", "arn:aws-iso:sagemaker:us-iso-east-1:123456789012:x/a"),
        ("notebook-instance", "A/../b", "arn:aws:sagemaker:us-east-2:123456789012:x/a"),
        ("notebook-instance", "A", "arn:aws:sagemaker:us-east-2@evil:123456789012:x/a"),
        ("app", "d-1/jane/JupyterLab/default", "arn:aws:sagemaker:us-east-2:123456789012:app/a"),
        ("unheard-of", "A", "arn:aws:sagemaker:us-east-2:123456789012:x/a"),
    ],
)
def test_where_no_page_is_known_there_is_no_address(kind: str, name: str, arn: str) -> None:
    assert console_address(kind, name, arn) == ""
