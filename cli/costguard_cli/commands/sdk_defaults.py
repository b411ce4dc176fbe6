"""`costguard sdk-defaults`: the SageMaker SDK's defaults file, by which jobs carry their tags."""

import runpy
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from costguard.resources.model import ResourceRef
from costguard.rules.missing_tags import RULE as MISSING_TAGS
from costguard_cli.analysis.context import AnalysisContext, analysis_context
from costguard_cli.analysis.find import find_resource
from costguard_cli.aws.session import sessions
from costguard_cli.aws.stack import STACK
from costguard_cli.console import POOR, QUIET, stderr_console, text
from costguard_cli.errors import FOUND, CannotRunError
from costguard_cli.options import Local, PolicyFile, Profile, Regions, StackName

_LIFECYCLE = Path("lifecycle/sdk_defaults.py")
_WHERE = (
    "Save it as /etc/xdg/sagemaker/config.yaml (Linux), or anywhere, and set "
    "SAGEMAKER_ADMIN_CONFIG_OVERRIDE to its path. Both majors of the SDK read it."
)
_NOT_READ = (
    "SDK 3 (3.27) does not read it for training jobs of its ModelTrainer: "
    "give those tags=[Tag(key=..., value=...)]."
)


def sdk_defaults(  # noqa: PLR0913 - a command's options
    notebook: Annotated[
        str, typer.Argument(help="A notebook whose tags jobs shall carry; none with --tag alone.")
    ] = "",
    *,
    tag: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="A tag; may be repeated.")
    ] = None,
    policy: PolicyFile = None,
    profile: Profile = None,
    region: Regions = None,
    local: Local = False,
    stack: StackName = STACK,
) -> None:
    """Print the SageMaker SDK's defaults file: what it launches then carries these tags."""
    tags = dict(map(_pair, tag or ()))
    missing: list[str] = []
    if notebook:
        session, *others = sessions(profile, region or (), local=local)
        if others:
            raise CannotRunError("A notebook is in one Region.", "Name one: --region us-east-2")
        context = analysis_context(session, stack, policy, None, now=session.now)
        found = find_resource(session, [ResourceRef("notebook-instance", notebook)], context)
        if found is None:
            raise CannotRunError(f"There is no notebook {notebook} here.", "Is it --region?")
        wanted = wanted_tags(context)
        tags = {key: value for key, value in (found.tags or {}).items() if key in wanted} | tags
        missing = [key for key in wanted if key not in tags]
    if not tags:
        raise CannotRunError("There are no tags.", "Name a notebook, or --tag Project=sinkorswim.")
    _answer(tags, missing)


def wanted_tags(context: AnalysisContext) -> tuple[str, ...]:
    """List what the policy requires of jobs; without such a rule, what it adds costs up by."""
    rule = context.policy.rules.get(MISSING_TAGS.id)
    required = rule.options.required.of("training-job") if rule else None
    policy = context.policy
    return required or (policy.project_tag, policy.owner_tag, policy.purpose_tag)


def document(tags: Mapping[str, str]) -> tuple[str, list[str]]:
    """Write the file as a notebook does at its start; list the tags that the SDK refuses."""
    packaged = files("costguard_cli") / _LIFECYCLE.name  # in the wheel; in a checkout it is here:
    checkout = Path(__file__).parents[3] / _LIFECYCLE
    program: dict[str, Any] = runpy.run_path(str(packaged if packaged.is_file() else checkout))
    written: tuple[str, list[str]] = program["document"](tags)
    return written


def _answer(tags: Mapping[str, str], missing: list[str]) -> None:
    """Print the file, and beside it what it lacks."""
    content, refused = document(tags)
    sys.stdout.write(content)
    console = stderr_console()
    for key in refused:
        console.print(text(f"Left out {key}: the SDK refuses its value, {tags[key]!r}.", POOR))
    for key in missing:
        console.print(text(f"The notebook has no tag {key}, which the policy requires.", POOR))
    for line in (_WHERE, _NOT_READ):
        console.print(text(line, QUIET))
    if refused or missing:
        raise typer.Exit(FOUND)


def _pair(written: str) -> tuple[str, str]:
    key, equals, value = written.partition("=")
    if not (key and equals):
        raise CannotRunError(f"{written!r} is no tag.", "One is written Project=sinkorswim.")
    return key, value
