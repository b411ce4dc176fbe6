"""The functions run what is tested: the built layers are compared with the lock file."""

import ast
import json
import re
import runpy
import struct
import subprocess
import sys
import tomllib
from base64 import urlsafe_b64encode
from functools import cache
from hashlib import sha256
from importlib.metadata import Distribution, distribution, distributions
from typing import Any

import pytest
from packaging.utils import canonicalize_name, parse_wheel_filename

from local import hostwheels
from local.paths import PROJECT
from tests.contract import built
from tests.contract.template import FUNCTIONS, RESOURCES, TEMPLATE, TEXT

LAYER = runpy.run_path(str(PROJECT / "scripts" / "layer"))
REQUIREMENTS = (PROJECT / "layers" / "core" / "requirements.txt").read_text(encoding="utf-8")
LINE = re.compile(
    r"(?P<name>[\w.-]+)==(?P<version>\S+)(?P<hashes>(?: --hash=sha256:[0-9a-f]{64})+)"
)
AARCH64 = 183  # e_machine in an ELF header
MOST = 250e6  # bytes, unzipped: a function and its layers (Lambda quotas)
OURS = ("costguard", "requirements.txt")  # what is no package's
ALONE = """
import json, pkgutil, sys
layers, services = json.loads(sys.argv[1])
sys.path[:0] = layers
import handler
import costguard
from importlib import import_module
for module in pkgutil.walk_packages(costguard.__path__, "costguard."):
    if not module.name.endswith("__main__"):
        import_module(module.name)
from botocore.session import get_session
session = get_session()
for service in services:
    session.create_client(service, region_name="us-east-2")
files = [getattr(module, "__file__", None) for module in sys.modules.values()]
print(json.dumps(sorted(filter(None, files))))
"""
TELLING = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])[0]
from aws_lambda_powertools import Logger, Metrics
logger, metrics = Logger(service="one"), Metrics(namespace="Two", service="one")
class Context:
    function_name, memory_limit_in_mb, invoked_function_arn, aws_request_id = "f", 1, "arn", "id"
@logger.inject_lambda_context
@metrics.log_metrics
def handle(event, context):
    metrics.add_metric(name="Beats", unit="Count", value=1)
    logger.info("beat")
handle({}, Context())
"""


def requirements() -> dict[str, tuple[str, set[str]]]:
    """Give the version and the hashes of every package of the core layer."""
    lines = [LINE.fullmatch(line) for line in REQUIREMENTS.splitlines()[1:]]
    return {
        m["name"]: (m["version"], {*re.findall(r"sha256:\w+", m["hashes"])}) for m in lines if m
    }


@cache
def locked() -> dict[str, str]:
    """Give the file name of every locked wheel, by its hash."""
    lock = tomllib.loads((PROJECT / "uv.lock").read_text(encoding="utf-8"))["package"]
    wheels = [wheel for package in lock for wheel in package.get("wheels", ())]
    return {wheel["hash"]: wheel["url"].rpartition("/")[2] for wheel in wheels}


def shipped(layer: str = "CoreLayer") -> dict[str, Distribution]:
    """Give the packages of a layer, by their names."""
    return {canonicalize_name(d.name): d for d in distributions(path=[str(built.layer(layer))])}


def recorded(package: Distribution) -> dict[str, str]:
    """Give the hashes that a package's record has, by file."""
    return {str(file): file.hash.value for file in package.files or () if file.hash}


def alone(program: str, *functions: str) -> str:
    """Run as Lambda would: a function, its layers, the wheels of this host, and nothing else."""
    path = [hostwheels.path(), *(built.BUILT / f for f in functions)]
    path += [built.layer(name) for name in built.LAYERS]
    given = json.dumps([[str(each) for each in path], sorted(built.services())])
    done = subprocess.run(  # noqa: S603 - our own code, in a fresh interpreter
        [sys.executable, "-I", "-S", "-B", "-c", program, given],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_requirements_are_those_of_the_tests_environment() -> None:
    assert LAYER["requirements"]() == REQUIREMENTS, "run `make layer`"
    assert len(requirements()) == len(REQUIREMENTS.splitlines()) - 1


def test_slacks_sdk_is_the_one_of_the_tests() -> None:
    [line] = (PROJECT / "layers" / "notify" / "requirements.txt").read_text().splitlines()
    pin, _, digest = line.partition(" --hash=")
    assert pin == f"slack_sdk=={distribution('slack-sdk').version}"
    assert locked()[digest].startswith(pin.replace("==", "-"))


def test_the_layer_says_what_it_is_made_of() -> None:
    assert LAYER["written"](TEXT) == TEXT, "run `make layer`"
    said = RESOURCES["CoreLayer"]["Properties"]["Description"]
    assert len(said) <= 256
    assert f"botocore {distribution('botocore').version}" in said


@pytest.mark.parametrize("layer", built.LAYERS)
def test_what_is_compiled_is_for_the_processor_of_the_functions(layer: str) -> None:
    assert TEMPLATE["Globals"]["Function"]["Architectures"] == ["arm64"]
    found = [
        f for f in built.files(built.layer(layer)) if {".so", ".dylib", ".pyd"} & {*f.suffixes}
    ]
    for file in found:
        magic, kind = struct.unpack("<6s12xH", file.read_bytes()[:20])
        assert (magic, kind) == (b"\x7fELF\x02\x01", AARCH64), file
    packages = {file.relative_to(built.layer(layer)).parts[0] for file in found}
    assert packages == ({*hostwheels.COMPILED} if layer == "CoreLayer" else set())


def test_what_is_shipped_is_what_is_required() -> None:
    required = {name: version for name, (version, _) in requirements().items()}
    assert {name: package.version for name, package in shipped().items()} == required


@pytest.mark.parametrize("name", requirements())
def test_the_wheel_of_a_package_is_one_that_is_locked_by_its_hash(name: str) -> None:
    tags = set(re.findall(r"^Tag: (\S+)$", shipped()[name].read_text("WHEEL") or "", re.MULTILINE))
    files = [locked()[digest] for digest in requirements()[name][1]]
    assert [f for f in files if {str(tag) for tag in parse_wheel_filename(f)[3]} == tags]


@pytest.mark.parametrize("layer", built.LAYERS)
def test_every_file_of_a_package_is_that_of_its_record(layer: str) -> None:
    record = {f: h for package in shipped(layer).values() for f, h in recorded(package).items()}
    top = built.layer(layer)
    for file in built.files(top):
        name = str(file.relative_to(top))
        if file.suffix != ".pyc" and file.name != "RECORD" and not name.startswith(OURS):
            digest = urlsafe_b64encode(sha256(file.read_bytes()).digest()).decode().rstrip("=")
            assert record[name] == digest, name
    assert [name for name in record if name.startswith(("/", ".."))] == []


@pytest.mark.parametrize("name", requirements())
def test_every_module_and_model_is_the_one_that_the_tests_run_with(name: str) -> None:
    ours, theirs = recorded(distribution(name)), recorded(shipped()[name])
    same = {f: h for f, h in theirs.items() if ".dist-info/" not in f and not f.endswith(".so")}
    assert same
    assert same.items() <= ours.items()


@pytest.mark.parametrize("name", requirements())
def test_every_package_brings_its_license(name: str) -> None:
    top = built.layer()
    licenses = [f for f in recorded(shipped()[name]) if "license" in f.rpartition("/")[2].lower()]
    assert licenses
    assert all((top / file).is_file() for file in licenses)


class Called(ast.NodeVisitor):
    """Finds the services that clients are made for, and where that cannot be told."""

    def __init__(self) -> None:
        self.services, self.untold = set[str](), set[str]()
        self.at = ""

    def visit_Call(self, node: ast.Call) -> None:
        name, args = self.name(node.func), node.args
        if isinstance(node.func, ast.Call) and self.name(node.func.func) == "clients_of":
            name = "client"  # of another region
        if name in {"client", "create_client"}:
            given = args[0] if args else None
            if isinstance(given, ast.Constant):
                self.services.add(str(given.value))
            else:
                self.untold.add(self.at)
        self.generic_visit(node)

    @staticmethod
    def name(node: ast.expr) -> str:
        return getattr(node, "id", getattr(node, "attr", ""))


@cache
def called() -> Called:
    found = Called()
    for part in ("layers/core", "functions"):
        for file in sorted((PROJECT / part).rglob("*.py")):
            found.at = file.name
            found.visit(ast.parse(file.read_text(encoding="utf-8")))
    return found


def test_the_models_shipped_are_those_of_the_services_that_are_called() -> None:
    data = built.layer() / "botocore" / "data"
    assert {each.name for each in data.iterdir() if each.is_dir()} == built.services()
    assert called().services == built.services()
    assert called().untold == {"clients.py"}  # makes whichever it is asked for


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_needs_nothing_but_its_layers(function: str) -> None:
    loaded = json.loads(alone(ALONE, function).splitlines()[-1])
    core = str(built.layer())
    assert f"{core}/botocore/client.py" in loaded
    assert f"{core}/urllib3/connection.py" in loaded
    host = str(hostwheels.path())
    strangers = ("site-packages", "dist-packages")
    assert [f for f in loaded if not f.startswith(host) and any(s in f for s in strangers)] == []


def test_what_is_left_of_powertools_logs_and_counts() -> None:
    said = [json.loads(line) for line in alone(TELLING).splitlines()]
    assert [line["message"] for line in said if "message" in line] == ["beat"]
    [metrics] = [line for line in said if "_aws" in line]
    assert metrics["Beats"] == [1.0]


def test_the_built_layer_is_compiled_whatever_its_files_moments_become() -> None:
    compiled = [*built.layer().rglob("__pycache__/*.cpython-313.pyc")]
    assert len(compiled) == len([*built.layer().rglob("*.py")])
    assert {file.read_bytes()[4:8] for file in compiled} == {(1).to_bytes(4, "little")}  # PEP 552


def test_no_builders_path_is_in_a_layer() -> None:
    here = str(PROJECT).encode()
    found = [f for name in built.LAYERS for f in built.files(built.layer(name))]
    assert [f for f in found if here in f.read_bytes()] == []


def test_a_function_and_its_layers_are_far_below_what_lambda_takes() -> None:
    every: list[Any] = [f for name in built.LAYERS for f in built.files(built.layer(name))]
    assert sum(file.stat().st_size for file in every) < MOST / 10
