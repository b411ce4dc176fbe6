"""Training jobs."""

from costguard.resources.kind import JOB_STATUSES, Kind, instance_groups, stopping_condition

TRAINING = Kind(
    name="training-job",
    title="training job",
    prefix="TrainingJob",
    list_op="list_training_jobs",
    describe_op="describe_training_job",
    stop_op="stop_training_job",
    summaries="TrainingJobSummaries",
    active="InProgress",
    statuses=JOB_STATUSES,
    started="TrainingStartTime",
    groups=lambda raw: instance_groups(raw.get("ResourceConfig")),
    limits=stopping_condition,
    parents=("TuningJobArn", "AutoMLJobArn", "LabelingJobArn"),
    kept="checkpoints and whatever it had written to S3; its log",
    lost="the training since the last checkpoint",
    restart="launch a new training job; with CheckpointConfig it continues from the checkpoint",
)
