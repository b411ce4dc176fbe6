"""The AddTags call: of the answers to notices alone."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from msgspec import Struct

from costguard.common.errors import TagsRefusedError
from costguard.resources.model import Resource

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import TagTypeDef


class SageMakerTagger(Struct, frozen=True):
    """Adds tags with the client it is given; IAM refuses keys that no answer may set."""

    sagemaker: "SageMakerClient"

    def add_tags(self, resource: Resource, tags: Mapping[str, str]) -> None:
        """Add tags, or replace their values. Raises TagsRefusedError where AWS refuses."""
        pairs: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in tags.items()]
        try:
            self.sagemaker.add_tags(ResourceArn=resource.tagged, Tags=pairs)
        except ClientError as error:
            raise TagsRefusedError(error.response["Error"]["Code"]) from error
