"""The kinds of this SageMaker, one typed row each; `other_kinds.py` has those that run plainly.

Event fields: what live events, the EventBridge schema registry and the AWS examples show.
Texts of a missing resource: what the AWS controllers for Kubernetes and grand-challenge.org match
on. They are ValidationExceptions, whatever the API reference says, except for tuning jobs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.sagemaker.transitions import (
    ENDPOINT_TRANSITIONS,
    JOB_TRANSITIONS,
    NOTEBOOK_TRANSITIONS,
)

LEFT_OUT = object()
"""Default of a field that an event has only when the resource has it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a running job: its secondary status, and the name of its timing."""

    secondary: str
    timing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of resource: its names, list order, errors, stages, and event fields."""

    name: str
    prefix: str
    detail_type: str
    event_fields: Mapping[str, Any]
    words: str = ""
    started: str = ""
    ended: str = ""
    sort: tuple[str, str] = ("CreationTime", "Descending")
    filtered_after_paging: frozenset[str] = frozenset()
    missing: tuple[str, str] = ("ValidationException", "RecordNotFound")
    missing_to_stop: tuple[str, str] | None = None
    full_stop: str = ""
    default_runtime: int | None = None
    stages: tuple[Stage, ...] = ()
    transitions: dict[str | None, set[str]] = field(default_factory=lambda: JOB_TRANSITIONS)
    members: str | None = None  # what its members begin with, where its calls are called otherwise
    status_member: str | None = None
    category: str | None = None  # the member that is part of its name
    parts: tuple[str, ...] = ()  # the members that name it, where those are several

    @property
    def name_field(self) -> str:
        """Name the member that holds the name, in requests and answers."""
        return f"{self.begins}Name"

    @property
    def begins(self) -> str:
        """Say what its members begin with."""
        return self.prefix if self.members is None else self.members

    def name_in(self, request: Mapping[str, Any]) -> str | None:
        """Read the whole name from a request."""
        if self.parts:
            given = [next(filter(None, map(request.get, p.split("|"))), "") for p in self.parts]
            return "/".join(given) if all(given) else None
        name = request.get(self.name_field)
        if not isinstance(name, str):
            return None
        return f"{request.get(self.category, '')}/{name}" if self.category else name

    @property
    def arn_field(self) -> str:
        """Name the member that holds the ARN."""
        return f"{self.begins}Arn"

    @property
    def status_field(self) -> str:
        """Name the member that holds the status."""
        return self.status_member or f"{self.begins}Status"


def _event_fields(prefix: str, always: Mapping[str, Any], *sometimes: str) -> dict[str, Any]:
    named = (f"{prefix}Name", f"{prefix}Arn", f"{prefix}Status")
    return {**dict.fromkeys(named), **always, **dict.fromkeys(sometimes, LEFT_OUT)}


NOTEBOOK = Kind(
    name="notebook-instance",
    prefix="NotebookInstance",
    detail_type="SageMaker Notebook Instance State Change",
    sort=("Name", "Ascending"),
    transitions=NOTEBOOK_TRANSITIONS,
    event_fields=_event_fields(
        "NotebookInstance",
        dict.fromkeys(("InstanceType", "RoleArn", "CreationTime", "LastModifiedTime")),
        "FailureReason",
        "NotebookInstanceLifecycleConfigName",
        "SubnetId",
        "SecurityGroups",
        "KmsKeyId",
        "NetworkInterfaceId",
        "DirectInternetAccess",
    ),
)

TRAINING = Kind(
    name="training-job",
    prefix="TrainingJob",
    words="training job",
    detail_type="SageMaker Training Job State Change",
    started="TrainingStartTime",
    ended="TrainingEndTime",
    filtered_after_paging=frozenset({"StatusEquals"}),
    missing=("ValidationException", "Requested resource not found."),
    full_stop=".",
    default_runtime=86400,
    stages=(
        Stage("Starting", "job_starting"),
        Stage("Downloading", "job_downloading"),
        Stage("Training", "job_running"),
        Stage("Uploading", "job_uploading"),
    ),
    event_fields=_event_fields(
        "TrainingJob",
        {
            "SecondaryStatus": None,
            "HyperParameters": {},
            "AlgorithmSpecification": {},
            "RoleArn": None,
            "InputDataConfig": [],
            "OutputDataConfig": {},
            "ResourceConfig": {},
            "VpcConfig": {},
            "StoppingCondition": {},
            "CreationTime": None,
            "TrainingStartTime": None,
            "TrainingEndTime": None,
            "LastModifiedTime": None,
            "SecondaryStatusTransitions": [],
        },
        "TuningJobArn",
        "ModelArtifacts",
        "FailureReason",
    ),
)

TUNING = Kind(
    name="hyper-parameter-tuning-job",
    prefix="HyperParameterTuningJob",
    words="hyperparameter tuning job",
    detail_type="SageMaker HyperParameter Tuning Job State Change",
    ended="HyperParameterTuningEndTime",
    sort=("Name", "Ascending"),
    missing=("ResourceNotFound", "Amazon SageMaker can't find a tuning job with name {name}."),
    full_stop=".",
    event_fields=_event_fields(
        "HyperParameterTuningJob",
        {
            "HyperParameterTuningJobConfig": {},
            "TrainingJobDefinition": {},
            "CreationTime": None,
            "LastModifiedTime": None,
            "HyperParameterTuningEndTime": None,
            "TrainingJobStatusCounters": None,
            "ObjectiveStatusCounters": None,
            "BestTrainingJob": {},
        },
        "TrainingJobDefinitions",
        "FailureReason",
        "TuningJobCompletionDetails",
    ),
)

_RUN = (Stage("Starting", "job_starting"), Stage("Running", "job_running"))
_NO_JOB = ("ValidationException", "Could not find requested job with name: {name}")
_NO_JOB_TO_STOP = ("ValidationException", "Could not find job to update with name: {name}")

PROCESSING = Kind(
    name="processing-job",
    prefix="ProcessingJob",
    words="processing job",
    detail_type="SageMaker Processing Job State Change",
    started="ProcessingStartTime",
    ended="ProcessingEndTime",
    missing=_NO_JOB,
    missing_to_stop=_NO_JOB_TO_STOP,
    stages=_RUN,
    event_fields=_event_fields(
        "ProcessingJob",
        {
            "ProcessingInputs": [],
            "ProcessingResources": {},
            "StoppingCondition": {},
            "AppSpecification": {},
            "Environment": {},
            "RoleArn": None,
            "ExperimentConfig": {},
            "CreationTime": None,
            "ProcessingStartTime": None,
            "ProcessingEndTime": None,
            "LastModifiedTime": None,
        },
        "ProcessingOutputConfig",
        "NetworkConfig",
        "ExitMessage",
        "FailureReason",
        "MonitoringScheduleArn",
        "AutoMLJobArn",
        "TrainingJobArn",
    ),
)

TRANSFORM = Kind(
    name="transform-job",
    prefix="TransformJob",
    words="transform job",
    detail_type="SageMaker Transform Job State Change",
    started="TransformStartTime",
    ended="TransformEndTime",
    missing=_NO_JOB,
    missing_to_stop=_NO_JOB_TO_STOP,
    stages=_RUN,
    event_fields=_event_fields(
        "TransformJob",
        {
            "ModelName": None,
            "TransformInput": {},
            "TransformOutput": {},
            "TransformResources": {},
            "CreationTime": None,
            "TransformStartTime": None,
            "TransformEndTime": None,
        },
        "MaxConcurrentTransforms",
        "MaxPayloadInMB",
        "BatchStrategy",
        "Environment",
        "FailureReason",
    ),
)

_MISSING = ("ValidationException", 'Could not find {words} "{arn}".')
_PLAIN = {None: {"Created"}, "Created": {"Deleted"}, "Deleted": set[str]()}

ENDPOINT_CONFIG = Kind(
    name="endpoint-config",
    prefix="EndpointConfig",
    words="endpoint configuration",
    detail_type="SageMaker Endpoint Config State Change",
    missing=_MISSING,
    transitions=_PLAIN,
    event_fields=dict.fromkeys(
        ("EndpointConfigName", "EndpointConfigArn", "ProductionVariants", "CreationTime")
    ),
)

ENDPOINT = Kind(
    name="endpoint",
    prefix="Endpoint",
    words="endpoint",
    detail_type="SageMaker Endpoint State Change",
    missing=_MISSING,
    transitions=ENDPOINT_TRANSITIONS,
    event_fields=_event_fields(
        "Endpoint",
        dict.fromkeys(("EndpointConfigName", "CreationTime", "LastModifiedTime")),
        "FailureReason",
    ),
)

COMPONENT = Kind(
    name="inference-component",
    prefix="InferenceComponent",
    words="inference component",
    detail_type="",  # none is documented
    missing=_MISSING,
    transitions={
        None: {"InService"},
        "InService": {"InService", "Deleting"},
        "Deleting": {"Deleted"},
    },
    event_fields={},
)

JOBS = (TRAINING, TUNING, PROCESSING, TRANSFORM)
HOSTING = (ENDPOINT_CONFIG, ENDPOINT, COMPONENT)
KINDS = (NOTEBOOK, *JOBS, *HOSTING)
