"""Kinds that run plainly: made, running, stopped when asked, and the jobs ended after a while.

Names, members and statuses: the service model. Which of them have an event: the reference of
EventBridge, Amazon SageMaker AI events. Texts of refusals are assumed to be those of other kinds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.sagemaker.kinds import KINDS, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The statuses of a kind, in the order in which it takes them."""

    made: str | None = None  # for a moment, before it runs
    runs: str = "InProgress"
    stopping: str | None = "Stopping"
    stopped: str = "Stopped"
    completed: str | None = "Completed"  # None: it runs until somebody stops it
    restarting: str | None = None
    restarted: str | None = None

    def transitions(self) -> dict[str | None, set[str]]:
        """List the legal changes."""
        runs = {self.runs, *((self.restarted,) if self.restarted else ())}
        begins = self.made or self.runs
        steps: dict[str | None, set[str]] = {None: {begins}, begins: runs}
        for status in runs:
            steps[status] = runs | {self.stopping or self.stopped}
            steps[status] |= {self.completed} if self.completed else set()
        if self.stopping:
            steps[self.stopping] = {self.stopped}
        steps[self.stopped] = set() if self.completed else {self.restarting or self.runs}
        if self.restarting:
            steps[self.restarting] = runs
        return steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A kind with its course, and the operations that are named otherwise."""

    kind: Kind
    course: Course = field(default_factory=Course)
    creates: tuple[str, ...] = ()
    describes: tuple[str, ...] = ()
    starts: str | None = None
    filled_in: Mapping[str, Any] = field(default_factory=dict)  # what AWS adds to each


def _plain(name: str, prefix: str, *, course: Course | None = None, **more: Any) -> Row:
    named = {key: more.pop(key) for key in ("creates", "describes", "starts") if key in more}
    filled = more.pop("filled_in", {})
    course = course or Course()
    kind = Kind(
        name=name,
        prefix=prefix,
        words=name.replace("-", " "),
        missing=("ResourceNotFound", "Requested resource not found."),
        transitions=course.transitions(),
        **{"detail_type": "", "event_fields": {}} | more,
    )
    return Row(kind=kind, course=course, filled_in=filled, **named)


def _times(begins: str) -> dict[str, str]:
    return {"started": f"{begins}StartTime", "ended": f"{begins}EndTime"}


_UPPER = Course(
    made="STARTING",
    runs="INPROGRESS",
    stopping="STOPPING",
    stopped="STOPPED",
    completed="COMPLETED",
)
AUTO_ML = _plain(
    "automl-job",
    "AutoMLJob",
    ended="EndTime",
    creates=("CreateAutoMLJob", "CreateAutoMLJobV2"),
    describes=("DescribeAutoMLJob", "DescribeAutoMLJobV2"),
    filled_in={"AutoMLJobSecondaryStatus": "ModelTuning"},
)
ROWS = (
    AUTO_ML,
    _plain(
        "mlflow-tracking-server",
        "MlflowTrackingServer",
        members="TrackingServer",
        course=Course(
            made="Creating",
            runs="Created",
            completed=None,
            restarting="Starting",
            restarted="Started",
        ),
        starts="StartMlflowTrackingServer",
        filled_in={"TrackingServerSize": "Small", "IsActive": "Active"},
    ),
    _plain(
        "monitoring-schedule",
        "MonitoringSchedule",
        course=Course(made="Pending", runs="Scheduled", stopping=None, completed=None),
        starts="StartMonitoringSchedule",
        detail_type="SageMaker Monitoring Schedule State Change",
        event_fields=dict.fromkeys(
            ("MonitoringScheduleName", "MonitoringScheduleArn", "MonitoringScheduleStatus")
        ),
    ),
    _plain(
        "labeling-job",
        "LabelingJob",
        course=Course(made="Initializing"),
        detail_type="SageMaker Ground Truth Labeling Job State Change",
        event_fields={"LabelingJobStatus": None},  # its name is in `resources` alone
        filled_in={"LabelCounters": {"TotalLabeled": 0}, "JobReferenceCode": "0"},
    ),
    _plain("optimization-job", "OptimizationJob", course=_UPPER, **_times("Optimization")),
    _plain("compilation-job", "CompilationJob", course=_UPPER, **_times("Compilation")),
    _plain("ai-benchmark-job", "AIBenchmarkJob", ended="EndTime", started="StartTime"),
    _plain("ai-recommendation-job", "AIRecommendationJob", ended="EndTime", started="StartTime"),
    _plain(
        "inference-recommendations-job",
        "InferenceRecommendationsJob",
        members="Job",
        status_member="Status",
        ended="CompletionTime",
        course=Course(
            made="PENDING",
            runs="IN_PROGRESS",
            stopping="STOPPING",
            stopped="STOPPED",
            completed="COMPLETED",
        ),
    ),
    _plain(
        "job",
        "Job",
        category="JobCategory",
        ended="EndTime",
        filled_in={
            "SecondaryStatus": "Training",
            "JobSecondaryStatus": "Training",
            "SecondaryStatusTransitions": [],
        },
    ),
)


def _of_studio(name: str, prefix: str, *parts: str) -> Kind:
    standing = {"InService", "Deleting"}
    return Kind(
        name=name,
        prefix=prefix,
        words=name,
        parts=parts,
        sort=("CreationTime", "Ascending"),
        missing=("ResourceNotFound", "{words} [{name}] does not exist."),
        transitions={
            None: {"Pending"},
            **dict.fromkeys(("Pending", "InService"), standing),
            "Deleting": {"Deleted"},
        },
        status_member="Status",
        detail_type="",  # the reference of EventBridge lists none
        event_fields={},
    )


DOMAIN = _of_studio("domain", "Domain", "DomainId")
PROFILE = _of_studio("user-profile", "UserProfile", "DomainId", "UserProfileName")
SPACE = _of_studio("space", "Space", "DomainId", "SpaceName")
_APP = ("DomainId", "UserProfileName|SpaceName", "AppType", "AppName")
APP = _of_studio("app", "App", *_APP)
STUDIO = (DOMAIN, PROFILE, SPACE, APP)
PIPELINE = Kind(
    name="pipeline",
    prefix="Pipeline",
    words="pipeline",
    missing=("ResourceNotFound", "Requested resource not found."),
    transitions={None: {"Active"}},
    detail_type="",
    event_fields={},
)
EVERY_KIND = (*KINDS, *(row.kind for row in ROWS), *STUDIO, PIPELINE)
