"""The real SAM CLI, building the project and deploying it to the local AWS."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from local.account import LocalAws
from local.paths import PROJECT
from local.sam_package import SamPackage

STACK: Final = "costguard"
BUCKET: Final = "costguard-artifacts"  # as samconfig.toml names it
SOURCES: Final = (
    "template.yaml",
    "samconfig.toml",
    "uv.lock",
    "README.md",
    "LICENSE",
    "functions",
    "layers",
)


class SamError(RuntimeError):
    """The SAM CLI failed; the message is what it said."""


def deploy(
    aws: LocalAws,
    *,
    stack: str = STACK,
    parameters: Mapping[str, str] | None = None,
    root: Path = PROJECT,
    environment: str = "local",
) -> dict[str, str]:
    """Build what changed, deploy it as in samconfig.toml, and return the stack's outputs.

    The SAM CLI packs and deploys a build once; from then on its package is deployed.
    """
    build(root)
    _make_bucket(aws)
    package = SamPackage(root / ".aws-sam" / "local-package", BUCKET)
    usual = environment == "local"  # the others may have parameters in samconfig.toml
    if not (usual and package.exists() and package.deploy(aws, stack, parameters or {})):
        _deploy_with_sam(aws, stack, parameters or {}, root, environment)
        if usual:
            package.keep(aws, stack)
    aws.settle()
    return outputs(aws, stack)


def _deploy_with_sam(
    aws: LocalAws, stack: str, parameters: Mapping[str, str], root: Path, environment: str
) -> None:
    overrides = [f'{name}="{value}"' for name, value in parameters.items()]
    run_sam(
        "deploy",
        f"--config-env={environment}",
        "--no-confirm-changeset",
        "--no-resolve-s3",
        f"--s3-bucket={BUCKET}",
        f"--stack-name={stack}",
        *(["--parameter-overrides", *overrides] if overrides else []),
        root=root,
        env={**aws.env, "SAM_CLI_POLL_DELAY": "0.1"},
    )


def _make_bucket(aws: LocalAws) -> None:
    s3 = aws.client("s3")
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": aws.region}
        )


def copy_sources(policy: Path, directory: Path) -> Path:
    """Copy the sources of the stack, with another policy."""
    for path in _sources(PROJECT):
        target = directory / path.relative_to(PROJECT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    shutil.copyfile(policy, directory / "layers" / "policy" / "policy.toml")
    return directory


def outputs(aws: LocalAws, stack: str = STACK) -> dict[str, str]:
    """Read the outputs of a deployed stack."""
    (found,) = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def build(root: Path = PROJECT) -> None:
    """Run `sam build`, unless nothing that goes into it changed since the last time.

    One process builds in a folder at a time; the others wait and find it built.
    """
    folder, digest = root / ".aws-sam", _digest(root)
    folder.mkdir(exist_ok=True)
    stamp, built = folder / "local.sha256", folder / "build" / "template.yaml"
    with (folder / "local.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if built.exists() and stamp.exists() and stamp.read_text() == digest:
            return
        stamp.unlink(missing_ok=True)
        shutil.rmtree(folder / "local-package", ignore_errors=True)
        run_sam("build", root=root, env={})
        stamp.write_text(digest)


def run_sam(
    command: str, *arguments: str, root: Path, env: Mapping[str, str], answers: str = ""
) -> str:
    """Run the SAM CLI, give these answers to its questions, and return what it said."""
    tools = PROJECT / ".venv-sam" / "bin"
    if not (tools / "sam").exists():
        raise SamError(f"no SAM CLI in {tools}: run `make .venv-sam/.ready`")
    done = subprocess.run(  # noqa: S603 - the project's own tool
        [tools / "sam", command, *arguments],
        cwd=root,
        env={
            **os.environ,
            "SAM_CLI_TELEMETRY": "0",
            "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}",
            **env,
        },
        input=answers,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SamError(f"sam {command} failed:\n{done.stdout}")
    return done.stdout


def _digest(root: Path) -> str:
    digest = hashlib.sha256()
    for path in _sources(root):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    for name in SOURCES:
        source = root / name
        found = sorted(source.rglob("*")) if source.is_dir() else [source]
        yield from (p for p in found if p.is_file() and "__pycache__" not in p.parts)
