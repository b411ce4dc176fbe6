"""The report bucket: pages that only the account's own people can read."""

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3ReportBucket(Struct, frozen=True):
    """Writes with the client it is given."""

    s3: "S3Client"
    bucket: str
    region: str

    def publish(self, key: str, text: str) -> str:
        """Store a page or a CSV; return the address where the console opens it after a sign-in."""
        self.s3.put_object(
            Bucket=self.bucket,
            Key=key,
            Body=text.encode(),
            ContentType=f"text/{'csv' if key.endswith('.csv') else 'html'}; charset=utf-8",
            CacheControl="private, no-store",
        )
        return (
            f"https://{self.region}.console.aws.amazon.com/s3/object/{self.bucket}"
            f"?region={self.region}&prefix={key}"
        )
