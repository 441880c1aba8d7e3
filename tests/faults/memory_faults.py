#!/usr/bin/env python3
"""Memory and threads that run out: allocations that fail, a small address space, no more threads."""

import json
import mmap
import os
import random
import signal
import struct
import subprocess
import time
import unittest

import evidence
from fault_case import FaultCase

LEFT, BURST, STRUCK = 0, 1, 2
AT_REST = -1


class Orders:
    """What failing_malloc.so is told, and what it did."""

    def __init__(self, path):
        path.write_bytes(struct.pack("qqq", AT_REST, 0, 0))
        self.env = {"LD_PRELOAD": os.environ["FAILING_MALLOC_LIBRARY"], "FAILING_MALLOC": str(path)}
        with open(path, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 24)

    def set(self, field, value):
        self.page[8 * field:8 * field + 8] = struct.pack("q", value)

    def get(self, field):
        return struct.unpack_from("q", self.page, 8 * field)[0]

    def fail_after(self, count, burst):
        self.set(STRUCK, 0)
        self.set(BURST, burst)
        self.set(LEFT, count)

    def rest(self):
        self.set(LEFT, AT_REST)
        self.set(BURST, 0)


class FailingAllocationTest(FaultCase):
    def setUp(self):
        super().setUp()
        self.orders = Orders(self.folder / "orders")
        self.choose = random.Random(63)

    def ends_well(self):
        """It goes on, or ends with a code of its own."""
        self.orders.rest()
        code = self.site.process.poll()
        if code is None and self.status("/-/healthy") != 200:
            # It was struck a moment ago, and is about to end.
            try:
                code = self.site.process.wait(5)
            except subprocess.TimeoutExpired:
                self.fail("it neither goes on nor ends\n" + self.log_text())
        if code is None:
            self.answers_within(3)
            self.assertIn(self.site.stop()[0], (0, 1, 74), self.log_text())
        elif code == -signal.SIGABRT:
            self.assertFalse(self.site.log(), "it had begun")  # that was before main()
        elif code == -signal.SIGSEGV:
            pass  # OpenSSL 3.0 does not survive it in the first digest of its life; as a kill
        else:
            self.assertIn(code, (1, 74, 75), self.log_text())
        if self.site.database.exists():
            self.seen.look(self.site.storage)

    def sweep(self, points, start_with_fault):
        self.seen = evidence.Witness(self.endpoint)
        ended = struck = 0
        for number, (after, burst) in enumerate(points):
            with self.subTest(after=after, burst=burst):
                self.load(100 * (number % 2))
                if start_with_fault:
                    self.orders.fail_after(after, burst)
                self.site.start(env=self.orders.env)
                if not start_with_fault:
                    self.site.wait_ready()
                    self.orders.fail_after(after, burst)
                until = time.monotonic() + 2.5
                while self.site.process.poll() is None and time.monotonic() < until:
                    time.sleep(0.05)
                struck += self.orders.get(STRUCK) > 0
                ended += self.site.process.poll() is not None
                self.ends_well()
        self.assertGreater(struck, len(points) / 2, "the points are about right")
        # And a life without faults finds everything.
        self.site.start()
        self.site.wait_ready()
        self.site.wait_for("all is delivered", lambda: '"data":[]' in self.site.ask(
            "GET", "/api/v1/deliveries?state=pending")[1].replace(" ", ""), 40)
        self.assertEqual(self.site.stop()[0], 0)
        self.seen.look(self.site.storage)

    def test_while_it_starts(self):
        self.run_until_opened()
        self.sweep([(int(1.35 ** n), 0) for n in range(2, 36)], True)

    def test_while_it_works(self):
        self.sweep([(self.choose.randrange(4000), self.choose.choice([0, 0, 3, 50]))
                    for _ in range(30)], False)


class FailingActTest(FaultCase):
    """What people do is on the disk as it is in memory, wherever an allocation fails."""

    def setUp(self):
        super().setUp()
        self.orders = Orders(self.folder / "orders")

    def state(self):
        """What it says of revisits; None when it is ending: some libraries do not survive it, which is as a kill."""
        status, text = self.site.ask("GET", "/api/v1/revisits")
        if status != 200:
            self.wait_end()
            return None
        return [(one["revisit"], one["state"]) for one in json.loads(text)["data"]]

    def wait_end(self):
        code = self.site.process.wait(5)
        self.assertIn(code, (0, 1, 74, -signal.SIGABRT, -signal.SIGSEGV), self.log_text())

    def test_memory_and_disk_agree(self):
        seen = evidence.Witness(self.endpoint)
        self.run_until_opened()
        seen.look(self.site.storage)
        struck = 0
        for after in range(0, 300, 10):
            with self.subTest(after):
                self.site.end()  # where the point before this one failed
                self.site.start(env=self.orders.env)
                self.site.wait_ready()
                revisit, state = self.state()[0]
                act = "acknowledge" if state != "acknowledged" else "snooze"
                until = {"until": "2099-01-01"} if act == "snooze" else {}
                self.orders.fail_after(after, 0)
                self.site.ask("POST", f"/api/v1/revisits/{revisit}/{act}",
                              {"by": "ana", "why": "because", **until})
                struck += self.orders.get(STRUCK) > 0
                self.orders.rest()
                memory = self.state()
                if memory is not None and "broke off" in self.log_text():
                    self.wait_end()  # what it said meanwhile goes with it
                    memory = None
                self.site.end()
                seen.look(self.site.storage)
                self.site.start()
                self.site.wait_ready()
                if memory is not None:
                    self.assertEqual(self.state(), memory)
                self.site.kill()
                seen.look(self.site.storage)
        self.assertGreater(struck, 0, "the points are about right")


class SmallAddressSpaceTest(FaultCase):
    def test_starts_or_says_why_and_loses_nothing(self):
        before = self.run_until_opened()
        for mebibytes in (20, 40, 60, 90, 120, 200, 400):
            with self.subTest(mebibytes):
                self.site.start(before=["prlimit", f"--as={mebibytes << 20}"])
                try:
                    code = self.site.process.wait(2)
                    self.assertIn(code, (1, 74, 127), self.log_text())
                except subprocess.TimeoutExpired:
                    self.site.wait_ready()
                    self.answers_within(2)
                    self.assertEqual(self.site.stop()[0], 0)
        self.site.start()
        self.site.wait_ready()
        self.assertEqual(self.site.stop()[0], 0)
        after = evidence.Snapshot(self.site.storage)
        self.assertEqual(after.trail[:len(before.trail)], before.trail)


class NoThreadTest(FaultCase):
    def test_starts_or_says_why_and_loses_nothing(self):
        self.run_until_opened()
        for nth in (1, 2, 3):
            with self.subTest(nth):
                self.site.start(before=["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e",
                                        "trace=clone3", "-e", f"inject=clone3:error=EAGAIN:when={nth}+"])
                self.site.wait_for("ready or the end", lambda: self.site.said("ready") or
                                   self.site.process.poll() is not None)
                if self.site.process.poll() is None:
                    self.assertEqual(self.site.stop()[0], 0)
                    continue
                self.assertEqual(self.site.process.returncode, 1, self.log_text())
                self.assertIn("Resource temporarily unavailable", self.log_text())
        self.witness()


if __name__ == "__main__":
    unittest.main(verbosity=2)
