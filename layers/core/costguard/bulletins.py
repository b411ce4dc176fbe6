"""What concerns the account rather than one resource, told to the admins when it is due."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from costguard.budget import Standing
from costguard.evaluate import Judgement
from costguard.lookout import blind_report
from costguard.messages import exemption_ended
from costguard.messages_budget import nearly_used_up
from costguard.ports import Ports

BLIND_TOLD = "blind-told"
TELL_BLIND_EVERY = timedelta(days=7)


def ended_exemptions(ports: Ports, now: datetime) -> None:
    """Tell the admins, once, of every exemption that is over."""
    for exemption in ports.policy.exemptions:
        word = f"exemption-ended {','.join(exemption.names)} {exemption.until.isoformat()}"
        if now >= exemption.until and ports.recall(word) is None:
            ports.summarise(exemption_ended(exemption, ports.policy))
            ports.note(word, now)


def blind_notebooks(ports: Ports, judged: Iterable[Judgement], now: datetime) -> None:
    """Tell the admins, once a week, how many notebooks nobody can see into."""
    if not (text := blind_report(judged)):
        return
    last = ports.recall(BLIND_TOLD)
    if last is None or now - last >= TELL_BLIND_EVERY:
        ports.summarise(text)
        ports.note(BLIND_TOLD, now)


def budgets(ports: Ports, standing: Standing, now: datetime) -> None:
    """Tell of every budget that is nearly used up, once a month."""
    for word, notice in nearly_used_up(standing, ports.policy, ports.place, now=now):
        if ports.recall(word) is None:
            ports.tell(notice)
            ports.note(word, now)
