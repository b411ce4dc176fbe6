"""What really ran in the local account, to the second, as AWS itself would bill it.

It reads every event, lost ones included, and the jobs' own start and end times; it knows nothing of
Costguard, so that its sums can check Costguard's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from local.sagemaker.account import Account
from local.sagemaker.resource import Resource

BILLED_AS = {
    "notebook-instance": "Notebk",
    "training-job": "Train",
    "processing-job": "Processing",
    "transform-job": "Tsform",
}
_BUILT_IN_RULES = "/sagemaker-debugger-rules:"
"""The image of Debugger's own rules, which AWS runs at no cost (developer guide, "Docker images for
Debugger rules"); rules of a user's own have another image, and are billed as processing."""
_CONFIGS = ("ResourceConfig", "TransformResources")


@dataclass(frozen=True, slots=True)
class Run:
    """One stretch of billed time of some instances; `end` is never after now."""

    name: str
    billed_as: str
    instance_type: str
    count: int
    start: datetime
    end: datetime
    tags: dict[str, str]
    volume: bool = False  # then `count` is GB

    def hours(self, since: datetime, until: datetime) -> Decimal:
        """Measure the instance hours that lie in a period."""
        lasts = max(min(self.end, until) - max(self.start, since), timedelta(0))
        return Decimal(lasts // timedelta(microseconds=1)) * self.count / Decimal(3_600_000_000)


def runs(account: Account) -> Iterator[Run]:
    """Return everything that was or is billed by the hour."""
    now = account.clock.now()
    for resource in account.resources():
        begun = resource.fields.get(resource.kind.started)
        if resource.kind.name == "notebook-instance":
            yield _volume(resource, now)
            for start, end in _service_periods(account, resource.arn, now):
                yield _run(resource, start, end, resource.fields["InstanceType"], 1)
        elif (resource.kind.name in BILLED_AS and not _is_free(resource)) and (
            begun := resource.fields.get(resource.kind.started)
        ):
            end = resource.fields.get(resource.kind.ended) or now
            for kind, count in _machines(resource):
                yield _run(resource, begun, end, kind, count)


def _is_free(resource: Resource) -> bool:
    image = resource.fields.get("AppSpecification", {}).get("ImageUri", "")
    return "TrainingJobArn" in resource.fields and _BUILT_IN_RULES in image


def _service_periods(
    account: Account, arn: str, now: datetime
) -> Iterator[tuple[datetime, datetime]]:
    began: datetime | None = None
    for event in account.events:
        if arn in event["resources"] and "NotebookInstanceStatus" in event["detail"]:
            when = datetime.fromisoformat(event["time"])
            if event["detail"]["NotebookInstanceStatus"] == "InService":
                began = began or when
            elif began:
                yield began, when
                began = None
    if began:
        yield began, now


def _volume(resource: Resource, now: datetime) -> Run:
    """Bill a notebook's volume from its creation; what was deleted is not in the account."""
    born, size = resource.fields["CreationTime"], resource.fields["VolumeSizeInGB"]
    return Run(
        resource.name, "Notebk", "gp2", size, born, now, dict(resource.tags or {}), volume=True
    )


def usd(
    account: Account, rates: Mapping[tuple[str, str], Decimal], since: datetime, until: datetime
) -> Decimal:
    """Sum up what a period cost, with rates by (billed as, type); KeyError for one without."""
    return sum(
        (
            run.hours(since, until) * rates[run.billed_as, run.instance_type]
            for run in runs(account)
            if run.hours(since, until)
        ),
        Decimal(0),
    )


def _run(resource: Resource, start: datetime, end: datetime, kind: str, count: int) -> Run:
    billed_as = BILLED_AS[resource.kind.name]
    return Run(resource.name, billed_as, kind, count, start, end, dict(resource.tags or {}))


def _machines(resource: Resource) -> list[tuple[str, int]]:
    fields = resource.fields
    config = next((fields[name] for name in _CONFIGS if name in fields), None)
    config = config or fields.get("ProcessingResources", {}).get("ClusterConfig", {})
    groups = config.get("InstanceGroups") or [config]
    return [(g["InstanceType"], g["InstanceCount"]) for g in groups if g.get("InstanceType")]
