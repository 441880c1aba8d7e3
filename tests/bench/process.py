"""A program under measurement: its start, its CPU time, its memory, its end."""

import http.client
import os
import signal
import socket
import subprocess
import time

START_LIMIT = 60.0  # seconds
POLL = 0.0005


class NotReady(Exception):
    pass


class NotifySocket:
    """The other end of sd_notify."""

    def __init__(self):
        self.name = f"revisitd-bench-{os.getpid()}-{time.monotonic_ns()}"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + self.name)

    def wait_ready(self, deadline):
        while (left := deadline - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                if b"READY=1" in self.socket.recv(4096):
                    return True
            except TimeoutError:
                break
        return False


def answers(port, path):
    """Whether the program answers 200 there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """Starts at once. `ready` is a path on `port` that answers 200 once the program works, or "notify".

    `more` is added to the environment.
    """

    def __init__(self, command, port, ready, log, more=None):
        self.port, self.ready = port, ready
        self.notify = NotifySocket() if ready == "notify" else None
        environment = {**os.environ, **(more or {})}
        if self.notify:
            environment["NOTIFY_SOCKET"] = "@" + self.notify.name
        with open(log, "wb") as out:
            self.started = time.monotonic()
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          env=environment)
        self.log = log

    def wait_ready(self):
        """Seconds from the start until it is ready."""
        deadline = self.started + START_LIMIT
        while True:
            if self.notify:
                done = self.notify.wait_ready(min(deadline, time.monotonic() + 0.5))
            else:
                done = answers(self.port, self.ready)
            if done:
                return time.monotonic() - self.started
            if self.child.poll() is not None or time.monotonic() > deadline:
                with open(self.log, encoding="utf-8", errors="replace") as text:
                    raise NotReady(f"{self.child.args[0]} did not get ready:\n{text.read()[-2000:]}")
            if not self.notify:
                time.sleep(POLL)

    def cpu_seconds(self):
        """Of all its threads, those that have ended among them, to the nanosecond."""
        return time.clock_gettime((~self.child.pid << 3) | 2)

    def memory(self):
        """In bytes: resident, proportional, private and dirty; None for what may not be seen.

        revisitd lets nobody but root look at its memory, so all but the first need root.
        """
        try:
            with open(f"/proc/{self.child.pid}/smaps_rollup", encoding="ascii") as text:
                kib = {line.split(":")[0]: int(line.split()[1]) for line in text if line.endswith("kB\n")}
            return {"resident": kib["Rss"] * 1024, "proportional": kib["Pss"] * 1024,
                    "private_dirty": kib["Private_Dirty"] * 1024}
        except PermissionError:
            with open(f"/proc/{self.child.pid}/statm", encoding="ascii") as text:
                pages = int(text.read().split()[1])
            return {"resident": pages * os.sysconf("SC_PAGE_SIZE"), "proportional": None,
                    "private_dirty": None}

    def stop(self, how=signal.SIGTERM):
        if self.child.poll() is None:
            self.child.send_signal(how)
            try:
                self.child.wait(20)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        if self.notify:
            self.notify.socket.close()


def directory_bytes(path):
    total = 0
    for root, _, names in os.walk(path):
        for name in names:
            try:
                total += os.lstat(os.path.join(root, name)).st_blocks * 512
            except FileNotFoundError:
                pass
    return total
