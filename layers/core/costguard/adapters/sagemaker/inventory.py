"""What is there: Describe, List, tags; every answer translated into our words."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from copy import replace
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from costguard.adapters.clients import AWS_ERRORS
from costguard.resources.events import parse_tags
from costguard.resources.kind import Kind, translate
from costguard.resources.kinds.notebook_instance import NOTEBOOK
from costguard.resources.model import Resource, ResourceRef
from costguard.resources.registry import KINDS

if TYPE_CHECKING:
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient
    from mypy_boto3_sagemaker import SageMakerClient

_LONGEST_JOB = timedelta(days=31)
"""No job runs longer: 28 days and the upload (aws-facts 5.2). Bounds the lists of old jobs."""
_AT_ONCE = 5
"""Describe calls in flight; SageMaker's rate limits are a few per second and operation."""


def is_missing(error: ClientError) -> bool:
    """Tell "there is no such thing" in the several ways SageMaker says it (aws-facts 1.1, 1.3)."""
    code, text = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code in ("ResourceNotFound", "ResourceNotFoundException"):
        return True
    words = ("RecordNotFound", "Could not find", "Requested resource not found")
    return code == "ValidationException" and any(word in text for word in words)


@dataclass(frozen=True, slots=True)
class Inventory:
    """Reads SageMaker and the tagging API with the clients it is given."""

    sagemaker: "SageMakerClient"
    tagging: "Callable[[], ResourceGroupsTaggingAPIClient]"
    """Made when first needed: only the sweep reads tags in bulk."""

    def describe(self, ref: ResourceRef) -> Resource | None:
        """Describe one resource; None when there is no such thing."""
        kind = KINDS[ref.kind]
        try:
            raw = getattr(self.sagemaker, kind.describe_op)(**{f"{kind.prefix}Name": ref.name})
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        return translate(kind, raw)

    def tags(self, arn: str) -> Mapping[str, str]:
        """Read the tags of one resource from the source, not from an index."""
        pages = self.sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
        return parse_tags([tag for page in pages for tag in page["Tags"]]) or {}

    def running(self, now: datetime) -> tuple[tuple[Resource, ...], tuple[Exception, ...]]:
        """Find everything that runs, with tags from the index, and what could not be read.

        The rest of a kind survives one bad answer.
        """
        found: list[Resource] = []
        errors: list[Exception] = []
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for kind in KINDS.values():
                try:
                    looks = [pool.submit(self._whole, kind, row) for row in self._listed(kind, now)]
                except AWS_ERRORS as error:
                    errors.append(error)
                    continue
                for each in looks:
                    try:
                        found += [r for r in (each.result(),) if r is not None]
                    except AWS_ERRORS as error:
                        errors.append(error)
        try:
            index = self._indexed_tags() if found else {}
        except AWS_ERRORS as error:  # the tags stay unknown, so each is asked for its own
            return tuple(found), (*errors, error)
        tagged = (replace(r, tags=index.get(r.arn.lower(), {})) for r in found)
        return tuple(tagged), tuple(errors)

    def ended(self, since: datetime, now: datetime) -> Iterator[tuple[Resource, datetime]]:
        """Find the jobs that ended since then, each with its tags and the moment."""
        found = []
        for kind in KINDS.values():
            if kind.restartable:
                continue
            pages = self._pages(
                kind.list_op,
                LastModifiedTimeAfter=since,
                CreationTimeAfter=now - _LONGEST_JOB,
                PaginationConfig={"PageSize": 100},
            )
            field = f"{kind.prefix.removesuffix('Job')}EndTime"
            rows = (row for page in pages for row in page[kind.summaries])
            found += [(translate(kind, row), row[field]) for row in rows if row.get(field)]
        for some in batched(found, 100, strict=False):  # the most ARNs that GetResources takes
            arns = [job.arn for job, _ in some]
            answer = self.tagging().get_resources(ResourceARNList=arns)
            tags = {
                row["ResourceARN"].lower(): parse_tags(row["Tags"])
                for row in answer["ResourceTagMappingList"]
            }
            for job, end in some:
                yield replace(job, tags=tags.get(job.arn.lower()) or {}), end

    def notebooks(self) -> Iterator[ResourceRef]:
        """Name every notebook instance, whatever it does: a stopped one's volume is billed."""
        for page in self._pages(NOTEBOOK.list_op, PaginationConfig={"PageSize": 100}):
            for row in page[NOTEBOOK.summaries]:
                yield ResourceRef(NOTEBOOK.name, row[f"{NOTEBOOK.prefix}Name"])

    def _listed(self, kind: Kind, now: datetime) -> Iterator[Mapping[str, Any]]:
        """Follow every NextToken: a page may be empty in the middle (aws-facts 2)."""
        recent = {} if kind.restartable else {"CreationTimeAfter": now - _LONGEST_JOB}
        pages = self._pages(
            kind.list_op, StatusEquals=kind.active, PaginationConfig={"PageSize": 100}, **recent
        )
        for page in pages:
            yield from page.get(kind.summaries, ())

    def _pages(self, operation: str, **asked: Any) -> Iterator[Mapping[str, Any]]:
        """Page through a list call that a kind names: its name is data, so no stub knows it."""
        sagemaker: Any = self.sagemaker
        yield from sagemaker.get_paginator(operation).paginate(**asked)

    def _whole(self, kind: Kind, row: Mapping[str, Any]) -> Resource | None:
        if kind.summary_suffices:
            return translate(kind, row)
        return self.describe(ResourceRef(kind.name, row[f"{kind.prefix}Name"]))

    def _indexed_tags(self) -> dict[str, dict[str, str]]:
        """Read all tags in bulk, by lower-case ARN; what was never tagged is absent."""
        pages = (
            self.tagging()
            .get_paginator("get_resources")
            .paginate(
                ResourceTypeFilters=[f"sagemaker:{kind}" for kind in KINDS],
                PaginationConfig={"PageSize": 100},
            )
        )
        rows = (row for page in pages for row in page["ResourceTagMappingList"])
        return {row["ResourceARN"].lower(): parse_tags(row["Tags"]) or {} for row in rows}
