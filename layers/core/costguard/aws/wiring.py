"""Where ports meet AWS: the one place that knows both."""

import os
from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from costguard.aws.activity import Senses, ask_probe
from costguard.aws.apply import Hands
from costguard.aws.clients import client
from costguard.aws.inventory import Inventory
from costguard.aws.ledger import Ledger
from costguard.aws.metrics import count, here
from costguard.aws.notify import Alerts, StopQueue, Summaries
from costguard.aws.together import together
from costguard.aws.usage_rows import UsageRows
from costguard.metering import Meter
from costguard.policy import Policy, parse
from costguard.ports import Ports
from costguard.settings import Settings


@cache
def ports() -> Ports:
    """Wire the function once per container. Raises SettingsInvalid or PolicyInvalid."""
    settings = Settings.read(os.environ)
    return wire(settings, policy().capped(settings.mode), client)


def wire(settings: Settings, of: Policy, client: Callable[[str], Any]) -> Ports:
    """Bind every port to the AWS client that serves it."""
    inventory = Inventory(client("sagemaker"), partial(client, "resourcegroupstaggingapi"))
    senses = Senses(
        inventory=inventory,
        cloudwatch=partial(client, "cloudwatch"),
        ask=partial(ask_probe, client("lambda"), settings.probe) if settings.probe else None,
    )
    ledger = Ledger(client("dynamodb"), settings.ledger_table)
    rows = UsageRows(client("dynamodb"), settings.ledger_table)
    return Ports(
        meter=Meter(
            known=rows.known,
            open=rows.open,
            save=rows.save,
            pieces=rows.pieces,
            notebooks=inventory.notebooks,
            prices=rows.prices,
            standing=rows.standing,
            keep_standing=rows.keep_standing,
        ),
        place=settings.place,
        policy=of,
        look=inventory.look,
        running=inventory.running,
        tags=inventory.tags,
        activity=senses.activity,
        remembered=ledger.remembered,
        case=ledger.case,
        cases=ledger.cases,
        save=ledger.save,
        audit=ledger.audit,
        recall=ledger.recall,
        note=ledger.note,
        created_by=ledger.created_by,
        tell=Alerts(client("sns"), settings.alerts_topic).tell,
        summarise=Summaries(client("sns"), settings.summary_topic).summarise,
        take_place=ledger.take_place,
        hand_over=StopQueue(client("sqs"), settings.stop_queue).hand_over,
        stop=Hands(client("sagemaker")).stop,
        count=partial(count, settings.stack, settings.function),
        together=together,
    )


def policy() -> Policy:
    """Read the policy of the deployed layer. Raises PolicyInvalid, or what kept it from reading.

    There is no fallback: without the rules it was given, the guard does nothing, and says so.
    """
    try:
        return parse(_policy_layer().read_text(encoding="utf-8"))
    except Exception:
        here({"PolicyUnreadable": 1})
        raise


def _policy_layer() -> Traversable:
    """Find the file that the policy layer puts on the path, beside this package."""
    return files("costguard_policy") / "policy.toml"
