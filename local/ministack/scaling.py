"""Application Auto Scaling of the local AWS: scalable targets, which nothing scales."""

from typing import Any

from ministack.core.responses import AccountRegionScopedDict, get_account_id

from local.clock import Clock

TARGET = "AnyScaleFrontendService."
_MOST = 50  # DescribeScalableTargets, MaxResults
_ROLE = (
    "aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)


class ScalableTargets:
    """Registers, lists and forgets targets, of each account and Region its own."""

    name = "application-autoscaling"
    target = TARGET

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._targets = AccountRegionScopedDict()

    def answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answer; raises ValueError as AWS refuses."""
        match operation:
            case "RegisterScalableTarget":
                return self._register(request)
            case "DescribeScalableTargets":
                if not 1 <= request.get("MaxResults", _MOST) <= _MOST:
                    raise ValueError("MaxResults must be between 1 and 50")  # the text: guess
                return {"ScalableTargets": [t for t in self._targets.values() if _fits(t, request)]}
            case "DeregisterScalableTarget":
                self._targets.pop(_key(request), None)
                return {}
            case _:
                msg = f"the local Application Auto Scaling has no {operation}"
                raise ValueError(msg)

    def _register(self, request: dict[str, Any]) -> dict[str, Any]:
        known = self._targets.get(_key(request), {})
        role = f"arn:aws:iam::{get_account_id()}:role/{_ROLE}"
        made = {"RoleARN": role, "CreationTime": self._clock.now().timestamp()}
        self._targets[_key(request)] = made | known | request
        return {}


def _key(request: dict[str, Any]) -> tuple[str, str]:
    return request["ResourceId"], request["ScalableDimension"]


def _fits(target: dict[str, Any], request: dict[str, Any]) -> bool:
    same = all(
        target[name] == request[name]
        for name in ("ServiceNamespace", "ScalableDimension")
        if name in request
    )
    return same and target["ResourceId"] in request.get("ResourceIds", [target["ResourceId"]])
