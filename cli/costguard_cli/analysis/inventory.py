"""The account's resources, read with the user's own session."""

from functools import partial

from costguard.adapters.sagemaker.inventory import SageMakerInventory
from costguard_cli.aws.session import ReadOnlySession


def inventory_of(session: ReadOnlySession) -> SageMakerInventory:
    """Read the session's account and region, every service with its credentials."""
    return SageMakerInventory(
        session.client("sagemaker"),
        partial(session.client, "resourcegroupstaggingapi"),
        partial(session.client, "application-autoscaling"),
    )
