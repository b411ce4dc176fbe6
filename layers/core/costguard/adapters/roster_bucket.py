"""The rosters that people put into S3: read, and only if they have changed."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from msgspec import Struct

from costguard.adapters.clients import AWS_ERRORS
from costguard.app.ports import RosterFile
from costguard.common.errors import SourceUnavailableError
from costguard.ownership.roster_file import MOST_BYTES

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectRequestTypeDef

_NOT_MODIFIED = "304"


class RosterBucket(Struct, frozen=True):
    """Reads with the client that is made when first needed. `place`: a bucket, or `bucket/folder`.

    Without the permission to list, S3 says of a missing file that access to it is denied.
    """

    s3: "Callable[[], S3Client]"
    place: str

    def changed_roster(self, file: str, known: str) -> RosterFile | None:
        """Read a file; None for the known version. Raises SourceUnavailableError."""
        bucket, _, folder = self.place.partition("/")
        key = "/".join(filter(None, (folder.strip("/"), file)))
        asked: GetObjectRequestTypeDef = {"Bucket": bucket, "Key": key}
        if known:
            asked["IfNoneMatch"] = known
        try:
            found = self.s3().get_object(**asked)
            data = found["Body"].read(MOST_BYTES + 1)
        except ClientError as error:
            if error.response["Error"]["Code"] == _NOT_MODIFIED:
                return None
            raise SourceUnavailableError(f"s3://{bucket}/{key}: {error}") from error
        except AWS_ERRORS as error:
            raise SourceUnavailableError(f"s3://{bucket}/{key}: {error}") from error
        return RosterFile(data=data, version=found["ETag"])
