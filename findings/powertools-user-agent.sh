#!/usr/bin/env bash
# Powertools for AWS Lambda (Python) 3.37.0 with botocore 1.43.106.
#
# Expected: a client made with Config(user_agent="only-this") sends just that. botocore documents
#   `user_agent` as the value that replaces its own; CloudTrail's `userAgent` and the IAM condition
#   key `aws:UserAgent` are read by it.
# Seen: from the moment that `aws_lambda_powertools` is imported, only to log, every client of the
#   sessions made after it sends "only-this PT/no-op/3.37.0 PTEnv/NA": the import registers an
#   initializer with botocore. An alarm or a policy that compares the user agent exactly no longer matches.
# For us: what counts the guard's own calls compares the beginning of the user agent.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  aws-lambda-powertools==3.37.0 botocore==1.43.106

AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret AWS_EC2_METADATA_DISABLED=true \
  "$folder/venv/bin/python" - <<'PYTHON'
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.session import get_session

ANSWER = (
    b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account><Arn>a</Arn>"
    b"<UserId>u</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>"
)


class Answered(AWSResponse):
    """An answer that needs no network."""

    content = ANSWER


def sent() -> str:
    """Make a client and a call; answer the user agent that would have been sent."""
    agents = []

    def answer(request, **_):
        agent = request.headers["User-Agent"]
        agents.append(agent.decode() if isinstance(agent, bytes) else agent)
        return Answered(request.url, 200, {}, None)

    config = Config(user_agent="only-this")
    client = get_session().create_client("sts", region_name="us-east-1", config=config)
    client.meta.events.register("before-send", answer)
    client.get_caller_identity()
    return agents[0]


before = sent()
import aws_lambda_powertools.logging  # noqa: E402, F401 - the import is what is looked at

after = sent()
print(f"before the import: {before!r}\nafter the import:  {after!r}")
assert before == "only-this", before
assert after == "only-this PT/no-op/3.37.0 PTEnv/NA", after
PYTHON
