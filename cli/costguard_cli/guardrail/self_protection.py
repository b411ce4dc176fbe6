"""Statements that protect the guard's stack, and that deny the kinds it does not watch."""

from costguard.resources.registry import REGISTRY
from costguard_cli.guardrail.statement import Condition, RuleStatements, Statement

_READS = (  # an action's service cannot be a wildcard
    *("cloudformation:Describe*", "cloudformation:Get*", "cloudformation:List*"),
    *("cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*"),
    *("dynamodb:Describe*", "dynamodb:List*", "events:Describe*", "events:List*"),
    *("iam:Get*", "iam:List*", "lambda:Get*", "lambda:List*", "logs:Describe*", "logs:List*"),
    *("s3:Get*", "s3:List*", "sagemaker:Describe*", "sagemaker:List*"),
    *("scheduler:Get*", "scheduler:List*", "sns:Get*", "sns:List*", "sqs:Get*", "sqs:List*"),
)
_STACK_RESOURCES = (
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
_COSTLY = (
    *("AIBenchmarkJob", "AIRecommendationJob", "App", "AutoMLJob", "AutoMLJobV2", "Cluster"),
    *("CompilationJob", "Domain", "EdgePackagingJob", "Endpoint", "EndpointConfig"),
    *("FeatureGroup", "InferenceComponent", "InferenceExperiment"),
    *("InferenceRecommendationsJob", "Job", "LabelingJob", "MlflowApp", "MlflowTrackingServer"),
    *("MonitoringSchedule", "OptimizationJob", "PartnerApp", "Space", "TrainingPlan"),
)
UNWATCHED = tuple(each for each in _COSTLY if REGISTRY.of_create(f"Create{each}") is None)
"""Kinds that cost money, or create what does, and that the guard does not evaluate."""
_SCALING_CALLS = ("UpdateCluster", "UpdateEndpoint", "UpdateEndpointWeightsAndCapacities")


def protect_stack(stack: str, admins: tuple[str, ...]) -> RuleStatements:
    """Deny changes to the stack's resources, found by the names that CloudFormation gives them.

    The guard's own roles are exempt: a service control policy reaches them too.
    """
    exempt = [*admins, f"arn:*:iam::*:role/{stack}-*"]
    others: Condition = {"ArnNotLike": {"aws:PrincipalArn": exempt}}
    functions = {"lambda:FunctionArn": f"arn:*:lambda:*:*:function:{stack}-*"}
    arns = [arn.format(stack=stack, lower=stack.lower()) for arn in _STACK_RESOURCES]
    stack_itself = Statement(
        sid="TheGuard",
        but_actions=_READS,
        resources=tuple(f"arn:*:{arn}" for arn in arns),
        condition=others,
    )
    queues = Statement(  # an event source mapping has no name of its own
        sid="TheGuardsQueues",
        actions=("lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"),
        condition={**others, "ArnLike": functions},
    )
    return RuleStatements("itself", "is-for-the-admins-only", (stack_itself, queues))


def only_watched() -> RuleStatements:
    """Deny every kind that the guard does not evaluate, and warm pools."""
    kinds = Statement(
        sid="Unwatched",
        actions=tuple(
            f"sagemaker:{call}" for call in (*(f"Create{k}" for k in UNWATCHED), *_SCALING_CALLS)
        ),
    )
    pools = Statement(
        sid="WarmPools",
        actions=("sagemaker:CreateTrainingJob", "sagemaker:UpdateTrainingJob"),
        condition={"NumericGreaterThan": {"sagemaker:KeepAlivePeriod": "0"}},
    )
    return RuleStatements("unwatched", "is-not-watched-here", (kinds, pools))
