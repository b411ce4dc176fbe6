#!/usr/bin/env bash
# jupyter_server 2.21.1 with jupyter_client 8.10.0 and ipykernel 7.4.0.
#
# Expected: a server that culls idle kernels, with the default `cull_busy=False`, leaves a kernel alone
#   while its cell runs; `execution_state` in /api/kernels says `busy` as long.
# Seen: a `create_subshell_request`, which JupyterLab sends for widgets, is answered beside the cell, and
#   its end is listed as the end of the kernel's work: `execution_state` is `idle` while the cell runs.
#   With the tab closed, the kernel is culled in the middle of its cell; one without the request is not.
# For us: `execution_state` alone is no proof of idleness; the probe asks each kernel that is listed idle.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  jupyter-server==2.21.1 jupyter-client==8.10.0 ipykernel==7.4.0 websocket-client==1.9.2

cd "$folder"
HOME="$folder" "$folder/venv/bin/python" - <<'PYTHON'
import json
import socket
import subprocess
import sys
import time
from urllib.error import URLError
from urllib.request import Request, urlopen
from uuid import uuid4

import websocket

with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
SETTINGS = {
    "ServerApp.port": port,
    "ServerApp.allow_root": True,
    "ServerApp.open_browser": False,
    "IdentityProvider.token": "secret",
    "MappingKernelManager.cull_idle_timeout": 5,
    "MappingKernelManager.cull_interval": 1,
}
TOKEN = {"Authorization": "token secret"}


def ask(path, method="GET", body=None):
    data = None if body is None else json.dumps(body).encode()
    url = f"http://127.0.0.1:{port}/api{path}"
    with urlopen(Request(url, data, TOKEN, method=method), timeout=30) as answer:
        return json.load(answer)


def send(tab, channel, kind, content):
    header = {"msg_id": uuid4().hex, "msg_type": kind, "session": "s", "username": "u", "version": "5.5"}
    message = {"channel": channel, "header": header, "parent_header": {}, "metadata": {}}
    tab.send(json.dumps({**message, "content": content, "buffers": []}))


def started():
    """Start a kernel and a cell of a minute in it; answer its id and its tab."""
    kernel = ask("/kernels", "POST", {})["id"]
    url = f"ws://127.0.0.1:{port}/api/kernels/{kernel}/channels"
    tab = websocket.create_connection(url, header=TOKEN, timeout=30)
    code = {"code": "import time; time.sleep(60)", "silent": False, "store_history": True}
    send(tab, "shell", "execute_request", {**code, "user_expressions": {}, "allow_stdin": False})
    while states().get(kernel) != "busy":
        time.sleep(0.2)
    return kernel, tab


def states():
    return {each["id"]: each["execution_state"] for each in ask("/kernels")}


options = [f"--{name}={value}" for name, value in SETTINGS.items()]
server = subprocess.Popen([sys.executable, "-m", "jupyter_server", *options], stderr=subprocess.DEVNULL)
try:
    for _ in range(300):
        try:
            ask("/status")
            break
        except URLError:
            time.sleep(0.2)
    (plain, one), (widget, other) = started(), started()
    send(other, "control", "create_subshell_request", {})
    time.sleep(1)
    listed = states()
    one.close()
    other.close()
    time.sleep(12)
    left = states()
    print(f"while both cells run: {listed[plain]}, after create_subshell_request {listed[widget]}")
    print(f"12 s later: {left.get(plain, 'culled')}, after create_subshell_request {left.get(widget, 'culled')}")
    assert (listed[plain], listed[widget]) == ("busy", "idle"), listed
    assert (plain in left, widget in left) == (True, False), left
finally:
    server.terminate()
    server.wait()
PYTHON
