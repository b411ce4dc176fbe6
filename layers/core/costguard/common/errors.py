"""What can go wrong on our side, as a tree. What AWS refuses is a value or its own exception.

GuardError
  PolicyInvalid           the policy file has problems (all of them, at once)
  SettingsInvalid         a function was deployed without something it needs
  IncompleteDataError     AWS answered, but left out facts that a stop would rest on
  EventInvalid            an event arrived that names nothing we could look at
  StoredDataInvalid       a row or an answer of our own functions cannot be read
  SourceUnavailableError  AWS did not answer a question that the summary can do without
"""

from collections.abc import Iterable


class GuardError(Exception):
    """Anything that is our own mistake or our own deployment's."""


class IncompleteDataError(GuardError):
    """An answer came without facts that a decision would rest on: nothing is decided."""


class _WithProblems(GuardError):
    """An input was refused; every problem in it is listed."""

    subject = "input"

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n  ".join((f"the {self.subject} has problems:", *self.problems)))


class PolicyInvalid(_WithProblems):
    """The policy file cannot be used as it stands."""

    subject = "policy"


class SettingsInvalid(_WithProblems):
    """The function's environment lacks something it needs."""

    subject = "environment"


class EventInvalid(_WithProblems):
    """An event was delivered that cannot be read."""

    subject = "event"


class StoredDataInvalid(GuardError):
    """What one of our functions has written cannot be read; the message says which row it is."""


class SourceUnavailableError(GuardError):
    """AWS did not tell; the message says why. The summary says so and goes on."""
