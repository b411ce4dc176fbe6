"""What keeps the guard alive, and what it cannot see: denied to all but the admins. Pure."""

from costguard.resources.registry import REGISTRY
from costguard_cli.guardrail.statement import Chapter, Condition, Statement

_READS = (  # an action's service cannot be a wildcard
    *("cloudformation:Describe*", "cloudformation:Get*", "cloudformation:List*"),
    *("cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*"),
    *("dynamodb:Describe*", "dynamodb:List*", "events:Describe*", "events:List*"),
    *("iam:Get*", "iam:List*", "lambda:Get*", "lambda:List*", "logs:Describe*", "logs:List*"),
    *("s3:Get*", "s3:List*", "sagemaker:Describe*", "sagemaker:List*"),
    *("scheduler:Get*", "scheduler:List*", "sns:Get*", "sns:List*", "sqs:Get*", "sqs:List*"),
)
_THINGS = (
    "cloudformation:*:*:stack/{stack}/*",
    "cloudwatch:*:*:alarm:{stack}-*",
    "cloudwatch::*:dashboard/{stack}-*",
    "dynamodb:*:*:table/{stack}-*",
    "events:*:*:rule/{stack}-*",
    "iam::*:role/{stack}-*",
    "lambda:*:*:function:{stack}-*",
    "logs:*:*:log-group:{stack}-*",
    "s3:::{lower}-*",
    "sagemaker:*:*:notebook-instance-lifecycle-config/{stack}-*",
    "scheduler:*:*:schedule/*/{stack}-*",
    "sns:*:*:{stack}-*",
    "sqs:*:*:{stack}-*",
)
_COSTS = (
    *("AIBenchmarkJob", "AIRecommendationJob", "App", "AutoMLJob", "AutoMLJobV2", "Cluster"),
    *("CompilationJob", "Domain", "EdgePackagingJob", "Endpoint", "EndpointConfig"),
    *("FeatureGroup", "InferenceComponent", "InferenceExperiment"),
    *("InferenceRecommendationsJob", "Job", "LabelingJob", "MlflowApp", "MlflowTrackingServer"),
    *("MonitoringSchedule", "OptimizationJob", "PartnerApp", "Space", "TrainingPlan"),
)
UNWATCHED = tuple(each for each in _COSTS if REGISTRY.of_create(f"Create{each}") is None)
"""What costs money, or makes what does, and is none of the kinds that the guard judges."""
_GROWS = ("UpdateCluster", "UpdateEndpoint", "UpdateEndpointWeightsAndCapacities")


def the_guard(stack: str, admins: tuple[str, ...]) -> Chapter:
    """Deny all but reading on what the stack is made of, found by the names CloudFormation gives.

    The guard's own roles are spared: a service control policy reaches them too.
    """
    spared = [*admins, f"arn:*:iam::*:role/{stack}-*"]
    others: Condition = {"ArnNotLike": {"aws:PrincipalArn": spared}}
    functions = {"lambda:FunctionArn": f"arn:*:lambda:*:*:function:{stack}-*"}
    things = [thing.format(stack=stack, lower=stack.lower()) for thing in _THINGS]
    itself = Statement(
        sid="TheGuard",
        but_actions=_READS,
        resources=tuple(f"arn:*:{thing}" for thing in things),
        condition=others,
    )
    queues = Statement(  # an event source mapping has no name of its own
        sid="TheGuardsQueues",
        actions=("lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"),
        condition={**others, "ArnLike": functions},
    )
    return Chapter("itself", "is-for-the-admins-only", (itself, queues))


def only_watched() -> Chapter:
    """Deny every kind that the guard does not judge, and warm pools."""
    kinds = Statement(
        sid="Unwatched",
        actions=tuple(
            f"sagemaker:{call}" for call in (*(f"Create{k}" for k in UNWATCHED), *_GROWS)
        ),
    )
    pools = Statement(
        sid="WarmPools",
        actions=("sagemaker:CreateTrainingJob", "sagemaker:UpdateTrainingJob"),
        condition={"NumericGreaterThan": {"sagemaker:KeepAlivePeriod": "0"}},
    )
    return Chapter("unwatched", "is-not-watched-here", (kinds, pools))
