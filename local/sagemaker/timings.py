"""How long SageMaker's changes take, and the jobs that a scenario scripts."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Durations of the changes SageMaker makes on its own; defaults are what users see on AWS."""

    notebook_pending: timedelta = timedelta(minutes=3)
    notebook_stopping: timedelta = timedelta(minutes=1)
    notebook_updating: timedelta = timedelta(seconds=30)
    notebook_deleting: timedelta = timedelta(minutes=1)
    job_starting: timedelta = timedelta(minutes=2)
    job_downloading: timedelta = timedelta(minutes=1)
    job_running: timedelta = timedelta(minutes=30)
    job_uploading: timedelta = timedelta(seconds=20)
    job_stopping: timedelta = timedelta(seconds=45)
    endpoint_creating: timedelta = timedelta(minutes=4)
    endpoint_updating: timedelta = timedelta(minutes=6)
    endpoint_deleting: timedelta = timedelta(seconds=20)
    app_starting: timedelta = timedelta(minutes=2)
    app_deleting: timedelta = timedelta(seconds=30)
    tuner_launching: timedelta = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedJob:
    """The run time of jobs whose name starts with `prefix`, and the reason why they fail, if so.

    `waits` is how long a training job is Pending before it is given instances.
    """

    prefix: str
    run: timedelta
    failure_reason: str | None = None
    waits: timedelta | None = None
