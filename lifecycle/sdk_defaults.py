"""Write the SageMaker SDK's defaults: what is launched here carries the tags of this notebook.

Runs as root at each start; what it prints is in the log of the lifecycle configuration.
"""

import json
import os
import re
import subprocess

KEYS = ("Project", "Name", "Purpose")
FILE = "/etc/xdg/sagemaker/config.yaml"  # of both majors, on Amazon Linux 2 and 2023
METADATA = "/opt/ml/metadata/resource-metadata.json"
MARK = {"WrittenBy": "costguard"}
TAGGED = (
    *("TrainingJob", "ProcessingJob", "TransformJob", "AutoMLJob", "AutoMLJobV2"),
    *("CompilationJob", "MonitoringSchedule", "Pipeline", "Model", "EndpointConfig", "Endpoint"),
)
TAKEN = re.compile(r"[\w\s.:/=+\-@]{0,256}")


def document(tags):
    """Give the text of the file and the keys left out: one odd value would stop every launch."""
    taken = {key: tags[key] for key in tags if TAKEN.fullmatch(key) and TAKEN.fullmatch(tags[key])}
    each = {"Tags": [{"Key": key, "Value": taken[key]} for key in taken]}
    remote = {"PythonSDK": {"Modules": {"RemoteFunction": each}}}
    about = {"SchemaVersion": "1.0", "CustomParameters": MARK}
    about["SageMaker"] = dict(dict.fromkeys(TAGGED, each), **remote)
    text = json.dumps(about, ensure_ascii=False)  # YAML knows no pairs of surrogates
    text = re.sub("[\x7f-\uffff]", lambda found: "\\u%04x" % ord(found.group()), text)
    return text + "\n", [key for key in tags if key not in taken]


def ask():
    """Ask SageMaker for the tags of this notebook."""
    with open(METADATA, encoding="utf-8") as file:
        arn = json.load(file)["ResourceArn"]
    asked = ["aws", "sagemaker", "list-tags", "--resource-arn", arn, "--output", "json"]
    asked += ["--region", arn.split(":")[3]]
    done = subprocess.run(asked, check=False, capture_output=True, timeout=60)
    if done.returncode:
        raise OSError("ListTags: " + " ".join(done.stderr.decode("utf-8", "replace").split()))
    tags = {tag["Key"]: tag["Value"] for tag in json.loads(done.stdout.decode("utf-8"))["Tags"]}
    return {key: tags[key] for key in KEYS if key in tags}


def write(tags):
    """Write the file, unless somebody else's is there; answer what was done."""
    text, odd = document(tags)
    if len(odd) == len(tags):
        return "not written: this notebook has no tag %s that the SDK takes" % " or ".join(KEYS)
    if os.path.exists(FILE):
        with open(FILE, encoding="utf-8") as file:
            if '"CustomParameters": {"WrittenBy": "costguard"}' not in file.read():
                return "not written: %s is somebody else's" % FILE
    os.makedirs(os.path.dirname(FILE), exist_ok=True)
    with open(FILE, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(FILE, 0o644)
    left = ", without %s, whose value the SDK refuses" % " and ".join(odd) if odd else ""
    return "%s written%s" % (FILE, left)


def main():
    try:
        told = write(ask())
    except Exception as error:  # noqa: BLE001 - the notebook starts all the same
        told = "not written: %s" % error
    print("costguard: SDK defaults %s" % told)  # noqa: T201 - the log of the configuration


if __name__ == "__main__":
    main()
