"""Say what the newest packages change for us: `python -m upstream`; `… pin` takes them as known."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from upstream.changes import changes
from upstream.functions import RELIANCES
from upstream.models import growing, sagemaker_models
from upstream.packages import locked, unpacked, version_of

PINNED = Path(__file__).parent / "pinned.json"
ALSO = ("boto3", "awscli", "sagemaker", "sagemaker-train")
"""Packages of which only the version is told."""


def news(pinned: dict[str, Any]) -> Iterator[str]:
    """Say what changed, package by package: of botocore since the one that the layer ships."""
    before = dict(sagemaker_models(unpacked(f"botocore=={locked('botocore')}")))
    newest = unpacked("botocore")
    found = list(changes(before, dict(sagemaker_models(newest))))
    yield _head("botocore", pinned["botocore"], version_of("botocore", newest))
    yield from found or ["Nothing that concerns us."]
    for package in dict.fromkeys(each.package for each in RELIANCES):
        yield from _of_package(package, pinned)
    for package in ALSO:
        version = version_of(package, unpacked(package))
        yield _head(package, pinned["versions"].get(package), version)


def _of_package(package: str, pinned: dict[str, Any]) -> Iterator[str]:
    at = unpacked(package)
    yield _head(package, pinned["versions"].get(package), version_of(_name(package), at))
    for each in RELIANCES:
        known = pinned["functions"].get(each.key)
        if each.package == package and (now := each.fingerprint(at)) != known:
            change = "has changed" if now else "is gone from where it was"
            yield f"{each.function} in {each.path} {change}: look at {each.what}."


def _head(package: str, known: str | None, newest: str) -> str:
    ours = locked(_name(package))
    lock = f"; our lock has {ours}" if ours else ""
    return f"\n{package}: known {known}, newest {newest}{lock}"


def _name(requirement: str) -> str:
    return requirement.partition("<")[0]


def pin(version: str | None) -> dict[str, Any]:
    """Take a version of botocore, and the newest of all else, as known."""
    botocore = unpacked(f"botocore=={version}" if version else "botocore")
    models = dict(sagemaker_models(botocore))
    packages = dict.fromkeys((*(each.package for each in RELIANCES), *ALSO))
    at = {package: unpacked(package) for package in packages}
    return {
        "botocore": version_of("botocore", botocore),
        "operations": {service: growing(model) for service, model in models.items()},
        "versions": {package: version_of(_name(package), path) for package, path in at.items()},
        "functions": {each.key: each.fingerprint(at[each.package]) for each in RELIANCES},
    }


def main(arguments: list[str]) -> None:
    """Print the news, or write down what is known from now on."""
    try:
        if arguments[:1] == ["pin"]:
            known = pin(next(iter(arguments[1:]), None))
            PINNED.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
            return
        for line in news(json.loads(PINNED.read_text(encoding="utf-8"))):
            print(line)  # noqa: T201 - for people
    except subprocess.CalledProcessError as error:
        print(f"The package index did not answer:\n{error.stderr}")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
