"""Processing jobs."""

from costguard.resources.kind import JOB_STATUSES, Kind, instance_groups, stopping_condition

PROCESSING = Kind(
    name="processing-job",
    title="processing job",
    prefix="ProcessingJob",
    list_op="list_processing_jobs",
    describe_op="describe_processing_job",
    stop_op="stop_processing_job",
    summaries="ProcessingJobSummaries",
    active="InProgress",
    statuses=JOB_STATUSES,
    started="ProcessingStartTime",
    groups=lambda raw: instance_groups((raw.get("ProcessingResources") or {}).get("ClusterConfig")),
    limits=stopping_condition,
    parents=("TrainingJobArn", "MonitoringScheduleArn", "AutoMLJobArn"),
    kept="outputs uploaded continuously (S3UploadMode Continuous); its log",
    lost="outputs that would have been uploaded at the end of the job",
    restart="launch a new processing job",
)
