#!/usr/bin/env python3
"""Clocks that jump while the daemon runs, while it stands still, and at boot.

moved_clock.cc moves the wall clock; the monotonic one goes on as it is.
"""

import mmap
import os
import struct
import time
import unittest

import evidence
from fault_case import FaultCase
from site_of import record

# Trips after twenty seconds of breach, of which four in five must have been seen.
SLOWLY = """\
  slowly:
    when: load > 50
    window: 20s
    coverage: 80%
    hard: true
"""
KEY = ("checkout", "slowly")
HOUR = 3600
DAY = 24 * HOUR


class ClockTest(FaultCase):
    def setUp(self):
        super().setUp()
        self.site.write("records/checkout.md", record("checkout", SLOWLY))
        self.load(100)
        path = self.folder / "clock"
        path.write_bytes(bytes(24))
        self.env = {"LD_PRELOAD": os.environ["MOVED_CLOCK_LIBRARY"], "MOVED_CLOCK": str(path)}
        with path.open("r+b") as file:
            self.clock = mmap.mmap(file.fileno(), 24)

    def set_clock(self, offset, faster=0):
        """Seconds away from the true time, and thousandths by which it runs fast from now on."""
        self.clock[8:24] = struct.pack("qq", time.time_ns(), faster)
        self.clock[:8] = struct.pack("q", offset * 10**9)

    def start(self):
        self.site.start(env=self.env)
        self.site.wait_ready()

    def hold(self, seconds):
        """Lets the condition hold for some seconds."""
        time.sleep(seconds)
        self.assertFalse(self.site.said("revisit.opened"), "too early")

    def end(self):
        self.assertEqual(self.site.stop()[0], 0)
        snapshot = evidence.Snapshot(self.site.storage)
        self.assertEqual(snapshot.integrity, ["ok"])
        return snapshot

    def breaches(self, snapshot):
        return sum(state == "b" for state in snapshot.ledgers[KEY].values())

    def waits(self):
        self.site.wait_for("not ready", lambda: self.status("/-/ready") == 503)
        self.assertIn("the clock stands before", self.site.ask("GET", "/-/ready")[1])
        self.assertEqual(self.status("/-/healthy"), 200)

    def test_a_month_ahead_opens_nothing_and_is_recorded(self):
        self.start()
        self.hold(5)
        self.set_clock(30 * DAY)
        self.site.wait_for("the jump is seen", lambda: self.site.said("the clock jumped"), 5)
        self.hold(4)
        after = self.end()
        self.assertIn("clock.jumped", [row[1] for row in after.trail])
        self.assertNotIn("revisit.opened", [row[1] for row in after.trail])
        self.assertLessEqual(self.breaches(after), 6, "the slots since the jump, and no others")

    def test_set_back_keeps_the_hold_and_waits(self):
        self.start()
        self.hold(5)
        self.set_clock(-2 * HOUR)
        self.waits()
        self.hold(2)
        self.set_clock(0)
        self.site.wait_for("ready again", lambda: self.status("/-/ready") == 200)
        self.hold(1)
        after = self.end()
        self.assertGreaterEqual(self.breaches(after), 3)
        # What was judged twice would stand twice in the trail.
        verdicts = [row for row in after.trail if row[1] == "trigger.verdict"]
        self.assertLessEqual(len(verdicts), 1)

    def test_set_ahead_while_it_stood_still_credits_nothing(self):
        self.start()
        self.hold(5)
        before = self.end()
        self.assertGreaterEqual(self.breaches(before), 3)
        self.set_clock(DAY)
        self.start()
        self.hold(3)
        after = self.end()
        self.assertLessEqual(self.breaches(after), 4)

    def test_a_boot_without_a_clock_waits_and_says_so(self):
        self.start()
        self.hold(4)
        before = self.end()
        arrived = len(self.endpoint.receipts)
        self.set_clock(-18250 * DAY)
        self.start()
        self.waits()
        self.hold(3)
        asleep = self.end()
        self.assertEqual(asleep.ledgers, before.ledgers)
        self.assertEqual(len(self.endpoint.receipts), arrived)
        self.set_clock(0)
        self.start()
        self.site.wait_for("the revisit", lambda: self.site.said("revisit.opened"), 30)
        after = self.end()
        self.assertGreaterEqual(self.breaches(after), 16, "four in five of the window")

    def test_one_that_runs_fast_counts_no_slot_twice(self):
        self.set_clock(0, faster=100)
        self.start()
        self.site.wait_for("the revisit", lambda: self.site.said("revisit.opened"), 40)
        after = self.end()
        self.assertFalse(self.site.said("the clock jumped"))
        self.assertGreaterEqual(self.breaches(after), 16, "four in five of the window")
        self.assertNotIn("o", after.ledgers[KEY].values())

    def test_steps_of_a_second_cost_a_slot_each_at_most(self):
        self.start()
        for step in range(4):
            self.set_clock(1 if step % 2 == 0 else 0)
            self.hold(3)
        after = self.end()
        states = list(after.ledgers[KEY].values())[-12:]
        self.assertGreaterEqual(states.count("b"), 12 - 2 * 4)
        self.assertNotIn("o", states)


if __name__ == "__main__":
    unittest.main(verbosity=2)
