"""The account's resources, read with the user's own session."""

from costguard.adapters.sagemaker.inventory import SageMakerInventory, inventory_in
from costguard_cli.aws.session import ReadOnlySession


def inventory_of(session: ReadOnlySession) -> SageMakerInventory:
    """Read the session's account and region, every service with its credentials."""
    return inventory_in(session.client)
