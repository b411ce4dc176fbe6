"""The JSON of a Create request: of which kind it is, and whether AWS's model knows its fields."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore import __version__ as botocore_version
from botocore import xform_name
from botocore.loaders import create_loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from costguard.common.sanitize import single_line
from costguard.resources.kind import Kind
from costguard.resources.registry import KINDS
from costguard_cli.errors import CannotRunError

_LACKS = "Missing required parameter"  # what costs nothing may be left out
_LONGEST = 300


def kind_of_request(request: Mapping[str, Any]) -> Kind:
    """Tell what a request launches. Raises CannotRunError where the guard does not judge it."""
    launched = [k for k in KINDS.values() if k.is_launched and k.events.creates]
    named = [k for k in launched if k.identity.name_in(request)]
    kind = max(named, key=lambda k: len(k.identity.fields), default=None)
    if kind is None:
        known = ", ".join(operation for k in launched for operation in k.events.creates)
        raise CannotRunError(
            "This request is of no kind that is judged.", f"It is what one of these takes: {known}."
        )
    return kind


def check_request(request: Mapping[str, Any]) -> None:
    """Raise CannotRunError for a request that AWS would refuse, or whose instances are missing."""
    kind = kind_of_request(request)
    reports = [_problems(request, operation) for operation in kind.events.creates]
    problems = min(reports, key=len)
    skeleton = f"aws sagemaker {xform_name(kind.events.creates[0], '-')} --generate-cli-skeleton"
    if problems:
        said = "; ".join(single_line(each, _LONGEST) for each in problems)
        raise CannotRunError(
            f"By the model of botocore {botocore_version}: {said}.", f"Its fields: {skeleton}"
        )
    groups = kind.translation.groups(request) if kind.is_job and kind.translation.groups else ()
    if groups is None or any(not (group.type and group.count) for group in groups):
        raise CannotRunError(
            "It does not say on which instances it runs, and on how many.",
            f"InstanceType and InstanceCount are where this shows them: {skeleton}",
        )


def _problems(request: Mapping[str, Any], operation: str) -> list[str]:
    """List what the model of AWS has against a request, but for what it lacks."""
    shape: Any = _sagemaker().operation_model(operation).input_shape
    given = {name: value for name, value in request.items() if value is not None}
    found = ParamValidator().validate(given, shape).generate_report().splitlines()
    return [line for line in found if line and not line.startswith(_LACKS)]


@cache
def _sagemaker() -> ServiceModel:
    return ServiceModel(create_loader().load_service_model("sagemaker", "service-2"))
