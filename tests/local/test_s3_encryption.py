"""S3 takes `aws:kms` with and without a key, as the SageMaker SDK and others ask for it."""

from local.account import LocalAws

BUCKET, KEY = "workshop", "arn:aws:kms:us-east-2:123456789012:key/own"


def test_kms_without_a_key_takes_that_of_the_account(aws: LocalAws) -> None:
    s3 = aws.client("s3")
    place = {"LocationConstraint": aws.region}
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"a", ServerSideEncryption="aws:kms")
    s3.put_object(
        Bucket=BUCKET, Key="b", Body=b"b", ServerSideEncryption="aws:kms", SSEKMSKeyId=KEY
    )
    first, second = (s3.head_object(Bucket=BUCKET, Key=key) for key in "ab")
    assert first["ServerSideEncryption"] == second["ServerSideEncryption"] == "aws:kms"
    assert first["SSEKMSKeyId"].startswith("arn:aws:kms:us-east-2:123456789012:key/")
    assert second["SSEKMSKeyId"] == KEY
