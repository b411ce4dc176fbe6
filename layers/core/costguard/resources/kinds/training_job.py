"""Training jobs, and the warm pools that stay after them."""

from costguard.common.observed import MOST_TOKENS, elements, mapping, seconds, whole_number
from costguard.resources.billing import BillingComponent, Metered
from costguard.resources.identity import Identity
from costguard.resources.kind import (
    Api,
    Events,
    Groups,
    Guardrail,
    Kind,
    Lifecycle,
    ListCall,
    Raw,
    StopCall,
    Translation,
    Words,
)
from costguard.resources.model import BillingFacts
from costguard.resources.translation import (
    JOB_STATUSES,
    instance_groups,
    not_started,
    stopping_condition,
)

_WAITS = "Available"  # the one status of a warm pool that costs while no job runs in it
_WITHOUT_INSTANCES = ("Pending", "Starting", "LaunchingMLInstances", "PreparingTrainingStack")
"""The secondary statuses before a start. Pending lasts up to 28 days (MaxPendingTimeInSeconds)."""


def _is_prepaid(config: Raw) -> bool:
    """Tell whether it runs on a training plan, which is paid in advance.

    That a preference which names plans uses them is a guess: no document says.
    """
    selected = config.get("SelectedInstanceType")
    preferred = elements(config.get("InstancePreferences"))
    chosen = [mapping(p) for p in preferred if mapping(p).get("InstanceType") == selected]
    return bool(config.get("TrainingPlanArn") or any(p.get("TrainingPlanArns") for p in chosen))


def _is_serverless(raw: Raw) -> bool:
    """Tell whether AWS runs it without instances of its own and bills tokens."""
    return bool(mapping(raw.get("ServerlessJobConfig")))


def _groups(raw: Raw) -> Groups:
    return () if _is_serverless(raw) else instance_groups(raw.get("ResourceConfig"))


def _limits(raw: Raw) -> tuple[Raw, ...]:
    """Find the StoppingCondition; without one, nobody has to limit a serverless job."""
    is_free = _is_serverless(raw) and not raw.get("StoppingCondition")
    return () if is_free else stopping_condition(raw)


def _billing(raw: Raw) -> BillingFacts:
    """Read what is billed; a summary has few of these facts, and the rest stays unknown."""
    pool = mapping(raw.get("WarmPoolStatus"))
    return BillingFacts(
        billable=seconds(raw.get("BillableTimeInSeconds")),
        prepaid=_is_prepaid(mapping(raw.get("ResourceConfig"))),
        spot=bool(raw.get("EnableManagedSpotTraining")),
        retained=seconds(pool.get("ResourceRetainedBillableTimeInSeconds")),
        retaining=pool.get("Status") == _WAITS,
        by_token=_is_serverless(raw),
        tokens=whole_number(raw.get("BillableTokenCount"), MOST_TOKENS),
    )


KIND = Kind(
    name="training-job",
    title="training job",
    order=20,
    console="jobs",
    identity=Identity(("TrainingJobName",)),
    api=Api(
        list=ListCall(
            operation="ListTrainingJobs", rows="TrainingJobSummaries", filtered_late=True
        ),
        describe="DescribeTrainingJob",
        stop=StopCall(operation="StopTrainingJob"),
    ),
    events=Events(
        detail_type="SageMaker Training Job State Change",
        creates=("CreateTrainingJob",),
        changes=("UpdateTrainingJob",),
    ),
    lifecycle=Lifecycle(statuses=JOB_STATUSES),
    translation=Translation(
        arn="TrainingJobArn",
        status="TrainingJobStatus",
        started="TrainingStartTime",
        ended="TrainingEndTime",
        groups=_groups,
        limits=_limits,
        waits=not_started("TrainingStartTime", *_WITHOUT_INSTANCES),
        parents=("TuningJobArn", "AutoMLJobArn", "LabelingJobArn"),
        billing=_billing,
    ),
    billing=(
        BillingComponent(name="training", price_list=("Train:",), bill=("Train:", "TrSpt:")),
        BillingComponent(
            name="training-warm-pool", metered=Metered.WARM_POOL, same_rate="training"
        ),
    ),
    guardrail=Guardrail(
        later=("UpdateTrainingJob",),
        beside=("training-plan", "reserved-capacity"),
        runtime_key=True,
        default_runtime=86_400,
    ),
    words=Words(
        kept="checkpoints and whatever it had written to S3; its log",
        lost="the training since the last checkpoint",
        restart="launch a new training job; with CheckpointConfig it continues from the checkpoint",
        max_runtime="max_run={seconds} of the Estimator in the SageMaker Python SDK 2; "
        "stopping_condition=StoppingCondition(max_runtime_in_seconds={seconds}) of the "
        "ModelTrainer or another trainer in SDK 3; max_runtime_in_seconds={seconds} of the "
        "decorator @remote in both",
        rename="A training job cannot be renamed: name the next one {good}.",
    ),
)
