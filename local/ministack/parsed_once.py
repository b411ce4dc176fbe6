"""Parse a text once that MiniStack parses again for each request, or for each row that it filters.

These are the policies of the caller's role and the conditions of DynamoDB: the same few texts,
about a fifth of what a request takes.
"""

from functools import lru_cache
from typing import Any, Final

from ministack.core import iam_evaluator
from ministack.services import dynamodb

_KEPT: Final = 1024

_parse = iam_evaluator.parse_policy_document
_check = dynamodb._condition_syntax_error


def install() -> None:
    """Remember what comes out of a text."""
    iam_evaluator.parse_policy_document = _statements
    dynamodb._condition_syntax_error = lru_cache(_KEPT)(_check)


def uninstall() -> None:
    """Leave MiniStack as it was."""
    iam_evaluator.parse_policy_document = _parse
    dynamodb._condition_syntax_error = _check


def _statements(document: Any) -> Any:
    return list(_parse_text(document)) if isinstance(document, str) else _parse(document)


@lru_cache(_KEPT)
def _parse_text(document: str) -> Any:
    return tuple(_parse(document))
