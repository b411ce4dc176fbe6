"""Everybody who receives something: SES's mailboxes, a Slack workspace, subscribers of the topics.

They note what came, and when by their own clock. Alan Turing's mailbox takes nothing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from local.faults import Fault, FaultPlan
from tests.soak.cloud import Cloud, Killed, Params, rejected
from tests.soak.letters import Letter, plain, posted
from tests.soak.slack import SECRET, SlackHost

ADMINS = "admins"
UNREACHABLE = "alan.turing@example.org"
MEMBERS = {"jane.roe@example.org": "U0JANE", "ada.lovelace@example.org": "U0ADA"}
_UNHEARD = {Fault.LOST_ANSWER, Fault.KILLED_AFTER}


class Receivers:
    """Takes what the guard sends; a letter is unconfirmed where the guard cannot know of it."""

    def __init__(self, cloud: Cloud, plan: FaultPlan) -> None:
        self.letters: list[Letter] = []
        self.on_letter: Callable[[Letter], None] = lambda _letter: None
        self._cloud, self._plan = cloud, plan
        self._failures: list[tuple[datetime, str]] = []
        self._open: Letter | None = None  # the last one of the invocation that runs
        slack = SlackHost(MEMBERS, self._slack_fault)
        slack.on_post = self._post
        slack.on_fault = self._lost
        slack.install()
        cloud.serves["sesv2", "SendEmail"] = self._mail
        cloud.serves["secretsmanager", "GetSecretValue"] = lambda _asked: {"SecretString": SECRET}
        cloud.on_fault = self._fault

    def invoked(self) -> None:
        """Let a function begin: what another one has sent is over."""
        self._open = None

    def text(self, parameters: Params) -> None:
        """Take a text of the summary topic, for its subscriber."""
        self._receive(ADMINS, "sns", parameters.get("Subject", ""), plain(parameters["Message"]))

    def refused(self, address: str, since: datetime, until: datetime) -> bool:
        """Tell whether an e-mail to an address failed in a period, or at its end to anybody.

        Who finds a channel down for one does not try it for the next.
        """
        return any(
            until == when or (to == address and since <= when <= until)
            for when, to in self._failures
        )

    def _mail(self, parameters: Params) -> dict[str, Any]:
        [address] = parameters["Destination"]["ToAddresses"]
        if address == UNREACHABLE:
            self._failures.append((self._cloud.clock.now(), address))
            raise rejected("SendEmail", "MessageRejected", "Address is on the suppression list")
        simple = parameters["Content"]["Simple"]
        text = plain(simple["Body"]["Text"]["Data"])
        self._receive(address, "email", simple["Subject"]["Data"], text)
        return {"MessageId": str(len(self.letters))}

    def _post(self, address: str, message: Mapping[str, Any]) -> None:
        self._receive(address, "slack", *posted(message))

    def _receive(self, to: str, channel: str, subject: str, text: str) -> None:
        to = ADMINS if to.startswith("admins@") else to
        self._open = Letter(self._cloud.clock.now(), to, channel, subject, text)
        self.letters.append(self._open)
        self.on_letter(self._open)

    def _fault(self, call: str, parameters: Params, fault: Fault) -> None:
        """Note what keeps the guard from knowing, or from writing down, that a letter was taken."""
        killed = fault in {Fault.KILLED_BEFORE, Fault.KILLED_AFTER}
        unwritten = call == "dynamodb/PutItem" and fault is not Fault.LOST_ANSWER
        unheard = call in {"sesv2/SendEmail", "sns/Publish"} and fault in _UNHEARD
        if self._open and (killed or unwritten or unheard):
            self._open.confirmed = False
        if call == "sesv2/SendEmail":
            [address] = parameters["Destination"]["ToAddresses"]
            self._failures.append((self._cloud.clock.now(), address))

    def _slack_fault(self, method: str, conversation: str) -> Fault | None:
        now = self._cloud.clock.now()
        fault = self._plan.fault_of("slack", method, conversation, now)
        if fault is Fault.KILLED_BEFORE:
            self._fault(f"slack/{method}", {}, fault)
            raise Killed(method)
        return fault

    def _lost(self, fault: Fault) -> None:
        if fault in _UNHEARD and self._open:
            self._open.confirmed = False
        if fault is Fault.LOST_ANSWER:
            raise TimeoutError
        if fault is Fault.KILLED_AFTER:
            raise Killed("Slack")
