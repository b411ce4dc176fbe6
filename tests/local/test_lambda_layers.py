"""A function on the local AWS: its layer's SDK, and beside it what this host can run."""

import json
import shutil
from pathlib import Path

from local import hostwheels, sam
from local.account import LocalAws
from local.paths import PROJECT
from tests.local.functions import function

WHERE = """import botocore, msgspec._core
return {"sdk": botocore.__file__, "compiled": msgspec._core.__file__}"""


def test_a_function_runs_on_the_sdk_of_its_layer_and_the_wheels_of_this_host(
    aws: LocalAws, tmp_path: Path
) -> None:
    sam.build()
    core = PROJECT / ".aws-sam" / "build" / "CoreLayer"
    archive = Path(shutil.make_archive(str(tmp_path / "core"), "zip", core)).read_bytes()
    client = aws.client("lambda")
    made = client.publish_layer_version(LayerName="core", Content={"ZipFile": archive})
    function(aws, "where", WHERE)
    client.update_function_configuration(FunctionName="where", Layers=[made["LayerVersionArn"]])
    told = json.load(client.invoke(FunctionName="where")["Payload"])
    assert told["sdk"].endswith("/python/botocore/__init__.py")
    assert told["compiled"].startswith(str(hostwheels.path()))
