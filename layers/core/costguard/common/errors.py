"""The errors of Costguard, as a tree. A refusal by AWS is a value or its own exception.

GuardError
  PolicyInvalid           the policy file has problems (all of them, at once)
  RosterInvalid           a course's roster has problems: the last good one holds
  SettingsInvalid         the environment of a function lacks something
  IncompleteDataError     AWS answered without facts that a stop needs
  EventInvalid            an event names nothing that can be evaluated
  StoredDataInvalid       a row or an answer of our own functions cannot be read
  StopRefusedError        AWS refused a stop: certainly nothing came of it
  TagsRefusedError        AWS refused to add tags: certainly nothing came of it
  SpokeUnreadableError    a place besides home was not read, or not all of it
  SourceUnavailableError  AWS did not answer; the summary goes on without it
"""

from collections.abc import Iterable, Sequence


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
    """Stored data of Costguard cannot be read; the message names the row."""


class SourceUnavailableError(GuardError):
    """AWS did not answer; the message has the reason. The summary reports it and goes on."""


class SpokeUnreadableError(GuardError):
    """A place besides home was not read; not `whole`: some of it was."""

    def __init__(self, place: str, errors: Sequence[Exception], *, whole: bool = True) -> None:
        self.place, self.whole = place, whole
        self.why = f"{type(errors[0]).__name__}: {errors[0]}"
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{place} cannot be read: {self.why}{more}")


class StopRefusedError(GuardError):
    """AWS refused a stop for a reason of its own; certainly nothing came of it."""


class TagsRefusedError(GuardError):
    """AWS refused to add tags; the message is AWS's code for the reason."""
