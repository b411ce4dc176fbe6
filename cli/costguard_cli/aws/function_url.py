"""A request to a function URL that IAM guards, signed with the user's own credentials."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from costguard_cli.errors import CannotRunError

type Post = Callable[[str, str], tuple[int, bytes]]
"""Sends a body to a URL; returns the status and the body of the answer."""


def signed_post(credentials: Any, region: str, endpoint: str | None = None) -> Post:
    """Return a function that signs and sends; the local AWS tells URLs apart by their host."""

    def post(url: str, body: str) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json", "Host": urlsplit(url).netloc}
        request = AWSRequest("POST", url, headers=headers, data=body.encode())
        SigV4Auth(credentials, "lambda", region).add_auth(request)
        prepared = request.prepare()
        if endpoint:
            prepared.url = endpoint + "/"
        answer = URLLib3Session().send(prepared)
        return int(answer.status_code), bytes(answer.content)

    if credentials is None:
        raise CannotRunError("There are no AWS credentials here.", "Log in first: `aws login`.")
    return post
