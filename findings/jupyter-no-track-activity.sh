#!/usr/bin/env bash
# jupyter_server 2.21.1.
#
# Expected: `?no_track_activity=1` asks without counting as activity, and `?no_track_activity=0` counts.
# Seen: the value is not read. `=0`, or `=false`, does not count either; only a request without the
#   parameter does. A client that fills the parameter in from a setting never keeps its server alive.
# For us: the probe asks with `=1`, so that looking does not look like use.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check jupyter-server==2.21.1

cd "$folder"
HOME="$folder" "$folder/venv/bin/python" - <<'PYTHON'
import json
import socket
import subprocess
import sys
import time
from urllib.error import URLError
from urllib.request import Request, urlopen

with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
SETTINGS = {
    "ServerApp.port": port,
    "ServerApp.allow_root": True,
    "ServerApp.open_browser": False,
    "IdentityProvider.token": "secret",
}


def ask(path):
    url = f"http://127.0.0.1:{port}/api{path}"
    with urlopen(Request(url, headers={"Authorization": "token secret"}), timeout=30) as answer:
        return json.load(answer)


def counts(query):
    """Tell whether a request moves the server's last activity."""
    before = ask("/status?no_track_activity=1")["last_activity"]
    time.sleep(0.1)
    ask(f"/kernels{query}")
    return ask("/status?no_track_activity=1")["last_activity"] != before


options = [f"--{name}={value}" for name, value in SETTINGS.items()]
server = subprocess.Popen([sys.executable, "-m", "jupyter_server", *options], stderr=subprocess.DEVNULL)
try:
    for _ in range(300):
        try:
            ask("/status")
            break
        except URLError:
            time.sleep(0.2)
    queries = ["", *(f"?no_track_activity={value}" for value in ("1", "0", "false"))]
    seen = {query: counts(query) for query in queries}
    print(f"counts as activity: {seen}")
    assert list(seen.values()) == [True, False, False, False], seen
finally:
    server.terminate()
    server.wait()
PYTHON
