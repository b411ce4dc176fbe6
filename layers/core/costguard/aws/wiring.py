"""Where ports meet AWS: the one place that knows both."""

import os
from functools import cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable

from costguard.app import Ports
from costguard.aws.activity import Senses, ask_probe
from costguard.aws.apply import Hands
from costguard.aws.clients import client
from costguard.aws.inventory import Inventory
from costguard.aws.ledger import Ledger
from costguard.aws.metrics import count
from costguard.aws.notify import StopQueue, Voice
from costguard.policy import parse
from costguard.settings import Settings


@cache
def ports() -> Ports:
    """Wire the function once per container. Raises SettingsInvalid or PolicyInvalid."""
    settings = Settings.read(os.environ)
    inventory = Inventory(client("sagemaker"), partial(client, "resourcegroupstaggingapi"))
    senses = Senses(
        inventory=inventory,
        cloudwatch=partial(client, "cloudwatch"),
        ask=partial(ask_probe, client("lambda"), settings.probe) if settings.probe else None,
    )
    ledger = Ledger(client("dynamodb"), settings.ledger_table)
    voice = Voice(client("sns"), settings.alerts_topic, settings.summary_topic)
    return Ports(
        policy=parse(_policy_layer().read_text(encoding="utf-8")).capped(settings.mode),
        look=inventory.look,
        running=inventory.running,
        tags=inventory.tags,
        activity=senses.activity,
        case=ledger.case,
        cases=ledger.cases,
        save=ledger.save,
        audit=ledger.audit,
        recall=ledger.recall,
        note=ledger.note,
        tell=voice.tell,
        summarise=voice.summarise,
        hand_over=StopQueue(client("sqs"), settings.stop_queue).hand_over,
        stop=Hands(client("sagemaker")).stop,
        count=partial(count, settings.stack, settings.function),
    )


def _policy_layer() -> Traversable:
    """Find the file that the policy layer puts on the path, beside this package."""
    return files("costguard_policy") / "policy.toml"
