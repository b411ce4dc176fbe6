"""Batch transform jobs."""

from costguard.resources.kind import JOB_STATUSES, Kind, instance_groups

TRANSFORM = Kind(
    name="transform-job",
    title="transform job",
    prefix="TransformJob",
    list_op="list_transform_jobs",
    describe_op="describe_transform_job",
    stop_op="stop_transform_job",
    summaries="TransformJobSummaries",
    active="InProgress",
    statuses=JOB_STATUSES,
    started="TransformStartTime",
    groups=lambda raw: instance_groups(raw.get("TransformResources")),
    parents=("AutoMLJobArn", "LabelingJobArn"),
    kept="the input, the model and its log",
    lost="all of its output: SageMaker stores none for a stopped transform job",
    restart="launch a new transform job",
)
