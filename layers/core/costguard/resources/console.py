"""The address of a resource in AWS's console, in its partition and its Region."""

import re

from costguard.resources.registry import KINDS

_HOSTS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
_ARN = re.compile(r"arn:(?P<partition>[a-z-]+):sagemaker:(?P<region>[a-z0-9-]+):\d{12}:\S+")
_NAME = re.compile(r"[A-Za-z0-9-]+")


def console_address(kind: str, name: str, arn: str) -> str:
    """Return where the console shows a resource; empty where no such page is known."""
    page = KINDS[kind].console if kind in KINDS else ""
    found = _ARN.fullmatch(arn)
    host = _HOSTS.get(found["partition"]) if found else None
    if not (page and found and host and _NAME.fullmatch(name)):
        return ""
    region = found["region"]
    return f"https://{region}.{host}/sagemaker/home?region={region}#/{page}/{name}"
