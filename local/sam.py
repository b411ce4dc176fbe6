"""The real SAM CLI, building the project and deploying it to the local AWS."""

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from local.account import LocalAws
from local.paths import PROJECT
from local.sam_cli import run_sam, with_tools
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
_POLICY: Final = "layers/policy/policy.toml"
_POLICY_LAYER: Final = "PolicyLayer"


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
    package = _package_of(root)
    usual = environment == "local"  # the others may have parameters in samconfig.toml
    if usual and not package.exists() and _has_another_policy(root):
        layer = root / ".aws-sam" / "build" / _POLICY_LAYER
        package.keep_as(_project_package(aws), layer)
    if not (usual and package.exists() and package.deploy(aws, stack, parameters or {})):
        _deploy_with_sam(aws, stack, parameters or {}, root, environment)
        if usual:
            package.keep(aws, _template_of(aws, stack))
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


def _template_of(aws: LocalAws, stack: str) -> str:
    cloudformation = aws.client("cloudformation")
    found = cloudformation.get_template(StackName=stack, TemplateStage="Original")
    return str(found["TemplateBody"])


def _package_of(root: Path) -> SamPackage:
    return SamPackage(root / ".aws-sam" / "local-package", BUCKET)


def _project_package(aws: LocalAws) -> SamPackage:
    """Give the project's own package; the SAM CLI packs it once a build."""
    build(PROJECT)
    package = _package_of(PROJECT)
    with _locked(PROJECT / ".aws-sam"):
        if not package.exists():
            template = PROJECT / ".aws-sam" / "packaged.template"
            bucket, where = f"--s3-bucket={BUCKET}", f"--output-template-file={template}"
            run_sam("package", bucket, where, root=PROJECT, env=aws.env)
            package.keep(aws, template.read_text(encoding="utf-8"))
    return package


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
    shutil.copyfile(policy, directory / _POLICY)
    return directory


def outputs(aws: LocalAws, stack: str = STACK) -> dict[str, str]:
    """Read the outputs of a deployed stack."""
    (found,) = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def build(root: Path = PROJECT) -> None:
    """Run `sam build`, unless nothing that goes into it changed since the last time.

    One process builds in a folder at a time; the others wait and find it built. Of sources that
    differ from the project's in the policy alone, nothing but the policy's layer is built again.
    """
    folder, digest = root / ".aws-sam", _digest(root)
    folder.mkdir(exist_ok=True)
    stamp, built = folder / "local.sha256", folder / "build"
    with _locked(folder):
        if (built / "template.yaml").exists() and stamp.exists() and stamp.read_text() == digest:
            return
        stamp.unlink(missing_ok=True)
        shutil.rmtree(folder / "local-package", ignore_errors=True)
        if not (_has_another_policy(root) and _build_policy(root, built)):
            run_sam("build", root=root, env={})
        stamp.write_text(digest)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "local.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _has_another_policy(root: Path) -> bool:
    """Whether a copy differs from the project in nothing but its policy."""
    return root != PROJECT and _digest(root, _POLICY) == _digest(PROJECT, _POLICY)


def _build_policy(root: Path, built: Path) -> bool:
    """Build the policy's layer beside the project's build; False where `sam build` can say why."""
    build(PROJECT)
    shutil.rmtree(built, ignore_errors=True)
    shutil.copytree(PROJECT / ".aws-sam" / "build", built)
    shutil.rmtree(built / _POLICY_LAYER)
    make = ["make", f"build-{_POLICY_LAYER}", f"ARTIFACTS_DIR={built / _POLICY_LAYER}"]
    done = subprocess.run(  # noqa: S603 - the project's own layer
        make, cwd=root / "layers", env=with_tools(), capture_output=True, check=False
    )
    return done.returncode == 0


def _digest(root: Path, but_for: str = "") -> str:
    digest = hashlib.sha256()
    for path in _sources(root):
        if str(path.relative_to(root)) == but_for:
            continue
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    for name in SOURCES:
        source = root / name
        found = sorted(source.rglob("*")) if source.is_dir() else [source]
        yield from (p for p in found if p.is_file() and "__pycache__" not in p.parts)
