import pytest

from costguard.adapters.dynamodb.unreadable import unreadable_rows


@pytest.fixture(autouse=True)
def only_own_rows() -> None:
    """Forget the rows that another test of the process could not read."""
    unreadable_rows()
