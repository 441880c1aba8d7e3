"""Programs that run as long as the demo does."""

import ctypes
import os
import random
import signal
import socket
import subprocess
import time

PR_SET_PDEATHSIG = 1
GRACE = 6.0  # seconds between TERM and KILL; revisitd takes at most five


class StepFailed(Exception):
    """A step did not work; the text is for the person at the terminal."""


def free_port():
    """A port of 127.0.0.1 that was free a moment ago; for programs that cannot be asked for any free one.

    None of those that outgoing connections are given, one of which might have it by then.
    """
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        end = int(file.read().split()[0])
    candidates = range(max(1024, end - 10000), end)
    for port in random.sample(candidates, min(100, len(candidates))) + [0]:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return probe.getsockname()[1]
            except OSError:
                continue
    raise StepFailed("no port of 127.0.0.1 is free")


def _die_with_parent():
    # Even a killed demo leaves nothing running.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Programs:
    """Starts programs and, as a context manager, ends them: the last one first."""

    def __init__(self, log_folder):
        self._log_folder = log_folder
        self._running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for _name, process in reversed(self._running):
            self._end(process)
        self._running.clear()

    def start(self, name, command, **popen):
        """Starts a program in a session of its own, so that Ctrl-C reaches the demo alone. Its output is a log."""
        with open(self.log(name), "wb") as log:
            try:
                process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                                           start_new_session=True, preexec_fn=_die_with_parent, **popen)
            except OSError as error:
                raise StepFailed(f"{command[0]} cannot be started: {error.strerror}") from error
        self._running.append((name, process))

    def log(self, name):
        return os.path.join(self._log_folder, name + ".log")

    def check(self):
        """Raises StepFailed when a program has ended by itself."""
        for name, process in self._running:
            if process.poll() is not None:
                raise StepFailed(f"{name} ended with code {process.returncode}; its last lines:\n{self.tail(name)}")

    def tail(self, name):
        with open(self.log(name), encoding="utf-8", errors="replace") as log:
            return "".join("    " + line for line in log.readlines()[-8:])

    def wait_for(self, what, condition, seconds):
        """Polls until `condition()` gives something true, and returns that."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check()
            found = condition()
            if found:
                return found
            time.sleep(0.1)
        raise StepFailed(f"{what} did not happen within {seconds:.0f} seconds")

    @staticmethod
    def _end(process):
        if process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
