"""Tell once what this notebook instance is doing. Needs Python 3.7, and boto3 or the AWS CLI."""

import argparse
import glob
import hashlib
import hmac
import json
import os
import re
import socket
import ssl
import subprocess
import time
import urllib.request
import uuid
from contextlib import suppress

TICKS = os.sysconf("SC_CLK_TCK")
ASK_EVERY, ANSWER_WITHIN, MOST = 600, 3, 20
NOTHING = {"code": "", "silent": True, "store_history": False, "user_expressions": {}}
RESULT = "get_ipython.__self__.displayhook.exec_result"  # in ipykernel, of the cell that runs
ODD = OSError, ValueError, KeyError, TypeError, AttributeError
CONTAINED = re.compile(r"[0-9a-f]{64}|/lxc|/user\.slice")
SHELL = re.compile("(ba|da|fi|k|t?c|z)?sh$")  # else a program has a terminal: tmux, docker run -t
FURNITURE = (
    "systemd",
    "(sd-pam)",
    "dbus-daemon",
    "ssh-agent",
    "gpg-agent",
    "sshd",
    "tmux: server",
    "crond",
    "cron",
)
WAITS, LIMITS = (23, 35, 43, 45, 47, 61, 230, 247, 270, 288), {7: 3, 232: 4, 281: 4}
TEN_YEARS = 10 * 365 * 86400


def arguments():
    ask = argparse.ArgumentParser()
    here = os.path.dirname(os.path.abspath(__file__))
    for name, default in {
        "--url": "https://localhost:8443",
        "--token": "",
        "--metadata": "/opt/ml/metadata/resource-metadata.json",
        "--users-from": 1000,
        "--seconds": 20.0,
        "--state": os.path.join(here, "state.json"),
        "--directory": "/home/ec2-user/SageMaker",
    }.items():
        ask.add_argument(name, default=default, type=type(default))
    return ask.parse_args()


def text(path):
    try:
        with open(path, errors="replace") as file:
            return file.read(1 << 20)
    except OSError:
        return ""


def parsed(raw):
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def listed(asked):
    """Ask Jupyter for its kernels: id -> (state, last activity)."""
    request = urllib.request.Request(asked.url + "/api/kernels?no_track_activity=1")
    if asked.token:
        request.add_header("Authorization", "token " + asked.token)
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE  # this very box
    web = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
    )
    with web.open(request, timeout=10) as answer:
        return {k["id"]: (k["execution_state"], k.get("last_activity")) for k in json.load(answer)}


def processes():
    """Pid -> (parent, session, terminal, its foreground group, ticks of processor time)."""
    found = {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        fields = text(path).rpartition(")")[2].split()
        if len(fields) > 15 and fields[0] != "Z":
            ticks = int(fields[11]) + int(fields[12])
            found[int(path.split("/")[2])] = (*map(int, (fields[1], *fields[3:6])), ticks)
    return found


def listener(port):
    """Find the process that listens on a port, or None."""
    rows = (text("/proc/net/tcp") + text("/proc/net/tcp6")).splitlines()
    parts = [row.split() for row in rows]
    ends = ":%04X" % port
    at = {
        "socket:[%s]" % p[9] for p in parts if len(p) > 9 and p[1].endswith(ends) and p[3] == "0A"
    }
    for path in glob.glob("/proc/[0-9]*/fd/*"):
        with suppress(OSError):
            if os.readlink(path) in at:
                return int(path.split("/")[2])
    return None


def above(table, pid):
    """List what a process hangs under, itself first."""
    found = []
    while pid in table and pid not in found:
        found.append(pid)
        pid = table[pid][0]
    return found


def mine(table, server, users_from, port):
    """Find what users run: below the server, let go by it, in a container, under a user's id."""
    marks = ("JPY_PARENT_PID=%s" % server, "JUPYTER_SERVER_URL=")
    group, beside = text("/proc/%s/cgroup" % server), text("/proc/self/cgroup")
    cron = re.search(r"/crond?\.service", beside)
    own, found = set(above(table, os.getpid())[:3]) - {1}, set()  # cron's shell, cron's child
    for pid in table:
        inherited = text("/proc/%d/environ" % pid).split("\0")
        let_go = any(
            one == marks[0] or (one.startswith(marks[1]) and ":%d/" % port in one)
            for one in inherited
        )
        try:
            owned = os.stat("/proc/%d" % pid).st_uid >= users_from
        except OSError:
            owned = False
        groups = text("/proc/%d/cgroup" % pid)
        held = cron if groups == beside else groups == group or CONTAINED.search(groups)
        below = server in above(table, pid)[1:]
        ours = pid == server or not own.isdisjoint(above(table, pid)[:2])
        if not ours and (below or let_go or owned or held):
            found.add(pid)
    return found


def gpu():
    """Percent of the busiest GPU, or None without one."""
    ask = ["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(ask, stdout=subprocess.PIPE, timeout=10, check=True).stdout
        return max(float(line) for line in said.decode().split())
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def connections(users, table):
    """Find the connection files of kernels, whoever started them: pid -> (id, its content).

    What a kernel has forked keeps its command line, and is none.
    """
    found = {}
    for pid in users:
        for word in text("/proc/%d/cmdline" % pid).split("\0"):
            if word.endswith(".json") and "/" in word:
                path = word[word.index("/") :]
                told = parsed(text(path))
                if isinstance(told.get("shell_port"), int):
                    found[pid] = (re.sub(r"^kernel-|\.json$", "", os.path.basename(path)), told)
    return {p: one for p, one in found.items() if found.get(table[p][0], ())[:1] != one[:1]}


def waits_long(pid, call):
    """Tell whether a thread waits in its own process with a limit that is over 10 s away.

    A progress bar's monitor has that limit at most, and stays after the bar.
    """
    if call[0] != 202 or not call[4]:
        return False
    with suppress(OSError), open("/proc/%d/mem" % pid, "rb") as memory:
        memory.seek(call[4])
        end = int.from_bytes(memory.read(8), "little")
        return end > 10 + (time.time() if call[2] & 256 else time.monotonic())
    return False


def left_over(pid):
    """Count what a finished cell left in a kernel: threads that sleep or wait, timers of its loop.

    Each thread's system call tells (x86-64): a sleep, a wait for others, or a poll with a limit. A
    pool's idle worker waits for its own process without one, and does not count. ipykernel has one
    sleeper and one such poll of its own, in threads; it alone has pyzmq in it. R has one sleeper.
    """
    waits = polls = 0
    for path in glob.glob("/proc/%d/task/*/syscall" % pid):
        call = [int(word, 0) for word in text(path).split() if word != "running"] or [0]
        waits += call[0] in WAITS or waits_long(pid, call)
        polls += call[0] in LIMITS and 0 < call[LIMITS[call[0]]] % 2**32 < 2**31
    maps = text("/proc/%d/maps" % pid)
    own = "zmq/backend" in maps
    return max(0, waits - (own or "/libR.so" in maps)) + max(0, polls - own)


def ask(box, channel, sort, content=None, **more):
    """Ask a kernel as ZeroMQ does (ZMTP 3.0), here on the box; None: no answer in time."""
    header = {"msg_id": uuid.uuid4().hex, "msg_type": sort, "session": "costguard", "username": ""}
    header.update(more, version="5.4", date="1970-01-01T00:00:00Z")
    parts = [json.dumps(part).encode() for part in (header, {}, {}, content or {})]
    sign = hmac.new(str(box.get("key", "")).encode(), b"".join(parts), hashlib.sha256).hexdigest()
    sign = sign if box.get("key") else ""
    with socket.create_connection(("127.0.0.1", box[channel + "_port"]), ANSWER_WITHIN) as line:
        line.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32))
        ready = b"\x05READY\x0bSocket-Type\0\0\0\x06DEALER"
        line.sendall(bytes([4, len(ready)]) + ready)
        stream = line.makefile("rb")
        if len(stream.read(64)) < 64:
            raise OSError("no kernel")
        frames = [b"<IDS|MSG>", sign.encode(), *parts]
        for number, body in enumerate(frames):
            more_come, size = number < len(frames) - 1, len(body)
            line.sendall(bytes([more_come + 2]) + size.to_bytes(8, "big") + body)
        end, answer = time.time() + ANSWER_WITHIN, []
        while time.time() < end:
            try:
                flags = stream.read(1)[0]
                size = int.from_bytes(stream.read(8 if flags & 2 else 1), "big")
                body = stream.read(size)
            except socket.timeout:
                return None
            except IndexError:
                raise OSError("hung up") from None
            if not flags & 4:
                answer.append(body)
            if not flags & 5:
                at = answer.index(b"<IDS|MSG>") if b"<IDS|MSG>" in answer else len(answer)
                if parsed(b"".join(answer[at + 3 : at + 4])).get("msg_id") == header["msg_id"]:
                    return parsed(b"".join(answer[at + 5 : at + 6]))
                answer = []
    return None


def free(box):
    """Name the sort of a kernel whose shells are all free. Raises OSError: it cannot be asked.

    A cell may let ipykernel answer, and others answer while a cell awaits: more is asked.
    """
    told = ask(box, "shell", "kernel_info_request")
    if told is None:
        return None
    sort, more = str(told.get("implementation")), ("execute_request", NOTHING)
    if sort == "ipython":
        more = "inspect_request", {"code": RESULT, "cursor_pos": len(RESULT), "detail_level": 0}
    said = ask(box, "shell", *more)
    if said is None or "ExecutionResult" in str(said):
        return None
    if "kernel subshells" in (told.get("supported_features") or ()):
        for name in (ask(box, "control", "list_subshell_request") or {}).get("subshell_id") or ():
            if ask(box, "shell", "kernel_info_request", subshell_id=name) is None:
                return None
    return sort


def busy(asked, boxes, left, state, early):
    """Count the kernels at work; None where it cannot be told.

    Jupyter's word `idle` is no proof, and `busy` may be this moment's answer to a panel. A kernel
    is asked once in a while at most, and not again as long as Jupyter lists no other activity of it
    than the question's own. A free one in which a finished cell left something, and that moved
    before these seconds and in them, writes output.
    """
    states = listed(asked) if asked.server else {}
    if "busy" in dict(states.values()):
        time.sleep(1)
        states = listed(asked)
    known = state.get("kernels") or {}
    at_work = sum(said == "busy" for said, _ in states.values())
    now, fresh = time.time(), {}
    for name in sorted(set(states) | set(boxes))[: MOST + 1]:
        said, last = states.get(name, ("unlisted", None))
        before = known.get(name) or {}
        same = last is not None and last in (before.get("last"), before.get("moved"))
        if said == "busy":
            continue
        if before and ((same and before["free"]) or now - before["asked"] < ASK_EVERY):
            fresh[name] = before
        elif not at_work and name in boxes:
            with suppress(*ODD):
                answer = free(boxes[name])
                if answer or said != "starting":
                    fresh[name] = {"asked": now, "free": answer, "last": last}
        old = (before.get("last"), before.get("moved"), last)
        writes = left.get(name) and early.get(name, old)[-1] not in old
        at_work += name in fresh and bool(writes or not fresh[name]["free"])
    if any(each["asked"] == now for each in fresh.values()) and asked.server:
        for name, (_, last) in listed(asked).items():
            if name in fresh and fresh[name]["asked"] == now:
                fresh[name]["moved"] = last
    state["kernels"] = fresh
    unknown = {name for name, (said, _) in states.items() if said != "dead"} - set(fresh)
    return at_work if at_work or not (unknown or set(boxes) - set(fresh)) else None


def look(asked, state):
    """Measure what is at work now, by name."""
    port = int(asked.url.rsplit(":", 1)[1].split("/")[0])
    asked.server, before, early = listener(port), processes(), {}
    with suppress(*ODD):
        early = listed(asked)
    time.sleep(asked.seconds)
    after = processes()
    users = mine(after, asked.server, asked.users_from, port)
    spent = sum(after[p][4] - (before[p][4] if p in before else 0) for p in users)
    names = {pid: text("/proc/%d/comm" % pid).strip() for pid in users}
    shells = {pid for pid in users if after[pid][2] and after[pid][1] == pid}
    ahead = {after[p][3] for p in shells if after[p][3] != p or not SHELL.match(names[p])} - {-1}
    kernels = connections(users, after)
    left = {kernels[pid][0]: left_over(pid) for pid in kernels}
    told = {
        "cpu": 100.0 * spent / TICKS / asked.seconds,
        "working_terminals": sum(names.get(p) not in ("tmux: client", "screen") for p in ahead),
        "gpu": gpu(),
        "threads": sum(left.values()),
        "detached": sum(
            pid not in shells | set(kernels)
            and names[pid] not in FURNITURE
            and (
                asked.server not in above(after, pid)
                or any(p in kernels for p in above(after, pid))
            )
            for pid in users
        ),
    }
    inputs = []
    for pid in shells:
        with suppress(OSError):
            inputs.append(os.stat("/proc/%d/fd/0" % pid).st_atime)
    if inputs:
        told["since_input"] = max(0.0, time.time() - max(inputs))
    with suppress(*ODD):
        told["busy_kernels"] = busy(asked, dict(kernels.values()), left, state, early)
    return {name: round(value, 1) for name, value in told.items() if value is not None}


def remembered(beats, told, now):
    """Add a beat: five minutes are one, of what is older than a day an hour."""
    merged = []
    for beat in [*beats, dict(told, at=now)]:
        span = 300 if now - beat["at"] < 86400 else 3600
        if merged and merged[-1]["at"] // span == beat["at"] // span:
            last = merged[-1]
            for name, value in beat.items():
                pick = min if name == "since_input" else max
                last[name] = pick(value, last.get(name, value))
        else:
            merged.append(dict(beat))
    return merged[-900:]


def write(path, content, owner=None):
    """Write a file at once; in a user's directory as that user, whose links lead nowhere else."""
    if owner is not None and os.geteuid() == 0:
        os.setgroups([])
        os.setegid(owner.st_gid)
        os.seteuid(owner.st_uid)
    with open(path + ".new", "w") as file:
        file.write(content)
    os.replace(path + ".new", path)


def samples(told):
    """Say it all by two metrics, because each costs money.

    The thousandths of the kernels are terminals. What is below zero is a second fact of a metric.
    """
    kernels, terminals = told.get("busy_kernels"), told.get("working_terminals", 0)
    if terminals or kernels is not None:
        yield "BusyKernels", (kernels or 0) + min(terminals, 999) / 1000
    if told.get("since_input", TEN_YEARS) < TEN_YEARS:
        yield "BusyKernels", told["since_input"] - TEN_YEARS
    yield "CpuPercent", told["cpu"]
    if told.get("gpu"):
        yield "CpuPercent", -told["gpu"]


def publish(region, data):
    """Tell CloudWatch, through whichever SDK the box has."""
    space = "Costguard/Notebooks"
    try:
        import boto3
    except ImportError:
        put = ["aws", "cloudwatch", "put-metric-data", "--region", region, "--namespace", space]
        subprocess.run([*put, "--metric-data", json.dumps(data)], check=True, timeout=60)
    else:
        boto3.client("cloudwatch", region_name=region).put_metric_data(
            Namespace=space, MetricData=data
        )


def main():
    asked = arguments()
    box, state = parsed(text(asked.metadata)), parsed(text(asked.state))
    told = look(asked, state)
    state["beats"] = remembered(state.get("beats") or [], told, time.time())
    about = [{"Name": "NotebookInstance", "Value": box["ResourceName"]}]
    data = [
        {"MetricName": name, "Value": value, "Dimensions": about} for name, value in samples(told)
    ]
    with suppress(OSError):
        write(asked.state, json.dumps(state))
    try:
        publish(box["ResourceArn"].split(":")[3], data)
    finally:
        with suppress(OSError):
            path = os.path.join(asked.directory, "costguard-heartbeat.json")
            write(path, json.dumps(state), os.stat(asked.directory))


if __name__ == "__main__":
    main()
