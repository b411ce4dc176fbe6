"""A SageMaker that a client cannot tell from AWS, for the calls the guard and its tests make."""

from local.sagemaker.account import Account
from local.sagemaker.errors import AwsError
from local.sagemaker.event_delivery import Faults
from local.sagemaker.identity import Caller
from local.sagemaker.timings import Timings

__all__ = ["Account", "AwsError", "Caller", "Faults", "Timings"]
