"""What the SAM CLI has packaged, deployed again without it.

The CLI takes seconds to start and to pack the same files. What it uploaded to one local AWS is kept
beside its build, and put into the next one with the calls that it makes itself: a change set.
"""

import hashlib
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from botocore.exceptions import ClientError, WaiterError

from local.account import LocalAws

_SOON = {"Delay": 0.05, "MaxAttempts": 2400}
_TEMPLATE = "packaged.template"


class SamPackage:
    """The template and the files of one build, in a folder."""

    def __init__(self, folder: Path, bucket: str) -> None:
        self._template, self._files = folder / _TEMPLATE, folder
        self._bucket = bucket

    def exists(self) -> bool:
        """Whether anything is kept."""
        return self._template.exists()

    def keep(self, aws: LocalAws, template: str) -> None:
        """Keep what was uploaded for a template, which comes last: then all is there."""
        s3 = aws.client("s3")
        for row in s3.list_objects_v2(Bucket=self._bucket).get("Contents", []):
            path = self._files / row["Key"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(s3.get_object(Bucket=self._bucket, Key=row["Key"])["Body"].read())
        self._template.write_text(template, encoding="utf-8")

    def keep_as(self, other: Self, layer: Path) -> None:
        """Keep another package, with a layer of its own under a key of its own."""
        shutil.copytree(other._files, self._files, ignore=shutil.ignore_patterns(_TEMPLATE))
        packed = Path(shutil.make_archive(str(self._files / layer.name), "zip", layer))
        key = hashlib.sha256(packed.read_bytes()).hexdigest()
        packed.rename(self._files / key)
        template = other._template.read_text(encoding="utf-8")
        uri = rf"(?s)(\n  {layer.name}:\n.*?\n      ContentUri: s3://[^/]+/)\S+"
        template, replaced = re.subn(uri, rf"\g<1>{key}", template, count=1)
        assert replaced, f"the packaged template has no {layer.name}"
        self._template.write_text(template, encoding="utf-8")

    def deploy(self, aws: LocalAws, stack: str, parameters: Mapping[str, str]) -> bool:
        """Create or update a stack; False where it failed, and the CLI can say why."""
        self._upload(aws)
        cloudformation = aws.client("cloudformation")
        before = _parameters_of(cloudformation, stack)
        kept = [
            {"ParameterKey": name, "UsePreviousValue": True}
            for name in before or ()
            if name not in parameters
        ]
        given = [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()]
        where = {"StackName": stack, "ChangeSetName": f"again-{uuid4()}"}
        cloudformation.create_change_set(
            **where,
            ChangeSetType="CREATE" if before is None else "UPDATE",
            TemplateURL=f"{aws.endpoint}/{self._bucket}/{_TEMPLATE}",
            Parameters=[*given, *kept],
            Capabilities=["CAPABILITY_IAM"],
        )
        found = cloudformation.describe_change_set(**where)
        if found["Status"] == "FAILED":
            return False
        cloudformation.execute_change_set(**where)
        done = "stack_create_complete" if before is None else "stack_update_complete"
        try:
            cloudformation.get_waiter(done).wait(StackName=stack, WaiterConfig=_SOON)
        except WaiterError:
            return False
        return True

    def _upload(self, aws: LocalAws) -> None:
        s3 = aws.client("s3")
        for path in filter(Path.is_file, self._files.rglob("*")):
            key = str(path.relative_to(self._files))
            s3.put_object(Bucket=self._bucket, Key=key, Body=path.read_bytes())


def _parameters_of(cloudformation: Any, stack: str) -> list[str] | None:
    """Name the parameters of a stack; None where there is none yet."""
    try:
        (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError:
        return None
    return [each["ParameterKey"] for each in found.get("Parameters", [])]
