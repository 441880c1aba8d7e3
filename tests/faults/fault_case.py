"""What the fault tests share: one daemon, its surroundings, and words for what is expected."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

import evidence
import peers
from site_of import Site


class FaultCase(unittest.TestCase):
    def setUp(self):
        self.server = peers.Server()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="revisitd-fault-"))
        self.site = Site(os.environ["REVISITD"], self.folder / "site", self.server, "a")
        self.endpoint = self.site.endpoint

    def tearDown(self):
        self.server.stalled.set()
        self.site.end()
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def load(self, value):
        self.endpoint.page = lambda: f"load {value}\n"

    def run_until_opened(self):
        """A life in which a revisit opens, ended in good order; what the database says then."""
        self.load(100)
        self.site.start()
        self.wait_opened()
        self.wait_deliveries(2)
        self.assertEqual(self.site.stop()[0], 0)
        return evidence.Snapshot(self.site.storage)

    def wait_opened(self, timeout=20):
        self.site.wait_for("a revisit", lambda: self.site.said("revisit.opened"), timeout)

    def wait_deliveries(self, count, timeout=20):
        self.site.wait_for(f"{count} deliveries", lambda: len(self.site.said("delivered")) >= count,
                           timeout)

    def wait_exit(self, code, timeout=15):
        try:
            self.assertEqual(self.site.process.wait(timeout), code, self.log_text())
        except subprocess.TimeoutExpired:
            self.fail("it goes on\n" + self.log_text())

    def log_text(self):
        return self.site.log_path.read_text(errors="replace")

    def status(self, path):
        return self.site.ask("GET", path)[0]

    def answers_within(self, seconds, path="/-/healthy"):
        begin = time.monotonic()
        self.assertEqual(self.status(path), 200)
        self.assertLess(time.monotonic() - begin, seconds)

    def start_is_refused(self, code, words):
        """A start that says why it cannot be, with the database as it was."""
        before = self.site.database.read_bytes()
        self.site.start()
        self.wait_exit(code)
        self.assertIn(words, self.log_text())
        self.assertEqual(self.site.database.read_bytes(), before)

    def witness(self):
        """Holds what an end left behind against the invariants."""
        evidence.Witness(self.endpoint).look(self.site.storage)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
