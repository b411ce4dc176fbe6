"""Every kind that the guard knows, by name and by ARN."""

from collections.abc import Mapping

from costguard.resources.kind import Kind
from costguard.resources.kinds.notebook_instance import NOTEBOOK
from costguard.resources.kinds.processing_job import PROCESSING
from costguard.resources.kinds.training_job import TRAINING
from costguard.resources.kinds.transform_job import TRANSFORM
from costguard.resources.kinds.tuning_job import TUNING

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (NOTEBOOK, TRAINING, TUNING, PROCESSING, TRANSFORM)
}


def kind_of_arn(arn: str) -> Kind | None:
    """Find the kind that an ARN names, or None for one that is not ours."""
    return KINDS.get(arn.rsplit(":", 1)[-1].split("/", 1)[0])
