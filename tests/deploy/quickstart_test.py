"""The quickstart as a new user runs it, only with a binary that is built already."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid

from subject import DEPLOY, Case, main, options, revisitd

MARK = "REVISITD_QUICKSTART_TEST"


class Quickstart:
    """A run of the quickstart; whatever it starts carries a mark in its environment."""

    def __init__(self, binary, *flags):
        self._mark = f"{MARK}={uuid.uuid4()}"
        self._folder = tempfile.TemporaryDirectory()
        self._output = os.path.join(self._folder.name, "output")
        with open(self._output, "wb") as output:
            name, value = self._mark.split("=")
            self.process = subprocess.Popen(
                [DEPLOY / "quickstart", "--no-install", "--binary", binary, *flags], stdout=output,
                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
                env={**os.environ, name: value, "TMPDIR": self._folder.name})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for pid in self.running():
            os.kill(pid, signal.SIGKILL)
        self._folder.cleanup()

    def output(self):
        return pathlib.Path(self._output).read_text(encoding="utf-8")

    def wait_for(self, pattern, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(pattern, self.output())
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"no {pattern!r} in:\n{self.output()}")

    def running(self):
        """Processes that carry the mark."""
        found = []
        for entry in os.listdir("/proc"):
            try:
                if entry.isdigit() and self._mark.encode() in pathlib.Path(f"/proc/{entry}/environ").read_bytes():
                    found.append(int(entry))
            except OSError:
                pass  # gone, or not ours to look at
        return found

    def left(self):
        return [name for name in os.listdir(self._folder.name) if name != "output"]


class TheQuickstart(Case):
    def assert_nothing_left(self, quickstart):
        deadline = time.monotonic() + 10
        while quickstart.running() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual([], quickstart.running())
        self.assertEqual([], quickstart.left())

    def test_shows_a_revisit_opening_and_ends(self):
        with Quickstart(options.binary, "--once") as quickstart:
            address = quickstart.wait_for(r"status page +(http://\S+)", 60)[1]
            with urllib.request.urlopen(address, timeout=10) as page:
                self.assertIn("checkout", page.read().decode())
            quickstart.wait_for("clear → tripped", 120)
            # The message waits for what else trips; meanwhile the commands see the verdict.
            trail = revisitd("trail", "--url", address)
            self.assertRegex(trail.stdout, r"trigger\.verdict +checkout +tail-latency +tripped", trail.stderr)
            self.assertEqual(0, quickstart.process.wait(180), quickstart.output())
            output = quickstart.output()
            self.assertRegex(output, r"checkout/tail-latency +blind → clear")
            self.assertRegex(output, r"checkout/tail-latency +clear → tripped")
            self.assertRegex(output, r"metrics/busy +blind → clear")
            self.assertIn("┃ Revisit checkout: Python → Go?", output)
            self.assertLess(int(re.search(r"shown (\d+) seconds after", output)[1]), 120)
            self.assert_nothing_left(quickstart)

    def test_leaves_nothing_when_told_to_stop(self):
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 0)):
            with self.subTest(number), Quickstart(options.binary) as quickstart:
                quickstart.wait_for(r"status page", 60)
                self.assertGreater(len(quickstart.running()), 3)
                os.kill(quickstart.process.pid, number)
                self.assertEqual(code, quickstart.process.wait(30), quickstart.output())
                self.assert_nothing_left(quickstart)

    def test_leaves_nothing_when_killed(self):
        with Quickstart(options.binary) as quickstart:
            quickstart.wait_for(r"status page", 60)
            os.kill(quickstart.process.pid, signal.SIGKILL)
            quickstart.process.wait(10)
            deadline = time.monotonic() + 20
            while quickstart.running() and time.monotonic() < deadline:
                time.sleep(0.1)
            self.assertEqual([], quickstart.running())

    def test_says_which_step_failed(self):
        with tempfile.TemporaryDirectory() as folder:
            # Passes every check and does not run.
            broken = pathlib.Path(folder) / "revisitd"
            broken.write_text('#!/bin/sh\n[ "$1" = check ] || { echo "out of order"; exit 3; }\n')
            broken.chmod(0o755)
            with Quickstart(broken) as quickstart:
                self.assertEqual(1, quickstart.process.wait(90))
                self.assertIn("revisitd ended with code 3", quickstart.output())
                self.assertIn("out of order", quickstart.output())
                self.assert_nothing_left(quickstart)

    def test_takes_ports_that_no_connection_is_given(self):
        given = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
        for _ in range(20):
            port = subprocess.run([sys.executable, "-B", "-c", "import processes; print(processes.free_port())"],
                                  cwd=DEPLOY / "demo", capture_output=True, text=True, check=True).stdout
            self.assertLess(int(port), given)


if __name__ == "__main__":
    main()
