"""Statements that no rule of the policy asks for: about the stack, unwatched kinds and owners."""

from itertools import batched

from costguard.resources.coverage import COVERAGE
from costguard_cli.guardrail import arn_patterns
from costguard_cli.guardrail.action_patterns import shortened
from costguard_cli.guardrail.statement import Condition, RuleStatements, Statement

_READS = (  # an action's service cannot be a wildcard
    *("cloudformation:Describe*", "cloudformation:Get*", "cloudformation:List*"),
    *("cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*"),
    *("dynamodb:Describe*", "dynamodb:List*", "events:Describe*", "events:List*"),
    *("iam:Get*", "iam:List*", "lambda:Get*", "lambda:List*", "logs:Describe*", "logs:List*"),
    "lambda:*Url",  # InvokeFunctionUrl: how people answer notices
    *("s3:Get*", "s3:List*", "sagemaker:Describe*", "sagemaker:List*"),
    *("scheduler:Get*", "scheduler:List*", "sns:Get*", "sns:List*", "sqs:Get*", "sqs:List*"),
)
_STACK_RESOURCES = (
    "cloudformation:*:*:stack/{stack}/*",
    "cloudwatch:*:*:alarm:{stack}-*",
    "dynamodb:*:*:table/{stack}-*",
    "events:*:*:rule/{stack}-*",
    "iam::*:*/{stack}-*",  # roles, and the policy of those who may answer
    "lambda:*:*:*:{stack}-*",
    "logs:*:*:*:{stack}-*",
    "s3:::{lower}-*",
    "sagemaker:*:*:notebook*config/{stack}-*",
    "scheduler:*:*:schedule/*/{stack}-*",
    "sns:*:*:{stack}-*",
    "sqs:*:*:{stack}-*",
    "states:*:*:*:{stack}-*",
)
_OPENS = (
    *("CreatePresignedNotebookInstanceUrl", "DeleteNotebookInstance", "StartNotebookInstance"),
    *("StopNotebookInstance", "UpdateNotebookInstance"),
)
_AT_ONCE = 100  # actions of one statement: a statement cannot be split where it does not fit


def protect_stack(stack: str, admins: tuple[str, ...]) -> RuleStatements:
    """Deny changes to the stack's resources, found by the names that CloudFormation gives them.

    The guard's own roles are exempt: a service control policy reaches them too. A function may be
    called by its URL alone: whoever calls it directly writes its event, and so who calls.
    """
    exempt = [*admins, f"arn:*:iam::*:role/{stack}-*"]
    others: Condition = {"ArnNotLike": {"aws:PrincipalArn": exempt}}
    functions = {"lambda:FunctionArn": f"arn:*:lambda:*:*:function:{stack}-*"}
    arns = [arn.format(stack=stack, lower=stack.lower()) for arn in _STACK_RESOURCES]
    stack_itself = Statement(
        sid="TheGuard",
        but_actions=_READS,
        resources=tuple(f"arn:*:{arn}" for arn in arns),
        condition={**others, "BoolIfExists": {"lambda:InvokedViaFunctionUrl": "false"}},
    )
    queues = Statement(  # an event source mapping has no name of its own
        sid="Queues",
        actions=("lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"),
        condition={**others, "ArnLike": functions},
    )
    return RuleStatements("itself", "is-for-the-admins-only", (stack_itself, queues))


def only_watched(*, parks: bool = False) -> RuleStatements:
    """Deny every operation that may cost and that the guard could not stop, and warm pools."""
    denied = set(COVERAGE.unstoppable(parks=parks))
    actions = shortened(denied, COVERAGE.actions() - denied)
    kinds = tuple(
        Statement(sid=f"Unwatched{i or ''}", actions=each)
        for i, each in enumerate(batched(actions, _AT_ONCE, strict=False))
    )
    pools = Statement(
        sid="Pools",
        actions=("sagemaker:CreateTrainingJob", "sagemaker:UpdateTrainingJob"),
        condition={"NumericGreaterThan": {"sagemaker:KeepAlivePeriod": "0"}},
    )
    return RuleStatements("unwatched", "is-not-watched-here", (*kinds, pools))


def only_owners(tag: str) -> RuleStatements:
    """Deny a notebook to each principal with this tag whose value differs from the notebook's.

    Resource and principal are compared by one tag: `aws:ResourceTag` is a key of every notebook
    instance (Service Authorization Reference), whatever the action's own list says.
    """
    own, theirs = f"${{aws:PrincipalTag/{tag}}}", f"aws:ResourceTag/{tag}"
    given, of_a_person = f"aws:RequestTag/{tag}", {f"aws:PrincipalTag/{tag}": "false"}
    notebooks = (arn_patterns.arn("notebook-instance", "*"),)
    of_others: Condition = {
        "StringNotEquals": {theirs: own},
        "Null": {theirs: "false", **of_a_person},
    }
    return RuleStatements(
        "owners",
        "is-for-its-owner-only",
        (
            Statement(
                sid="OfOthers",
                actions=tuple(f"sagemaker:{each}" for each in (*_OPENS, "AddTags", "DeleteTags")),
                resources=notebooks,
                condition=of_others,
            ),
            Statement(
                sid="InAnothersName",
                actions=("sagemaker:CreateNotebookInstance",),
                resources=notebooks,
                condition={"StringNotEquals": {given: own}, "Null": of_a_person},
            ),
            Statement(
                sid="ToAnother",
                actions=("sagemaker:AddTags",),
                resources=notebooks,
                condition={
                    "StringNotEquals": {given: own},
                    "Null": {given: "false", **of_a_person},
                },
            ),
            Statement(
                sid="ToNobody",
                actions=("sagemaker:DeleteTags",),
                resources=notebooks,
                condition={
                    "ForAnyValue:StringEquals": {"aws:TagKeys": [tag]},
                    "Null": of_a_person,
                },
            ),
        ),
    )
