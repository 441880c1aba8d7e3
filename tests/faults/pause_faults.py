#!/usr/bin/env python3
"""A daemon that is stopped in its tracks for a while, as by a debugger or a paused machine.

To a daemon that is suspended with its machine the wall clock jumps; that is in clock_faults.py.
"""

import signal
import time
import unittest

import evidence
from fault_case import FaultCase
from site_of import record

# Trips after twenty seconds of breach, of which half must have been seen.
SLOWLY = """\
  slowly:
    when: load > 50
    window: 20s
    coverage: 50%
    hard: true
"""
KEY = ("checkout", "slowly")
PAUSE = 7


class PauseTest(FaultCase):
    def setUp(self):
        super().setUp()
        self.site.write("records/checkout.md", record("checkout", SLOWLY))
        self.load(100)

    def pause(self):
        """Stands still; the slots that passed meanwhile."""
        first = int(time.time())
        self.site.process.send_signal(signal.SIGSTOP)
        time.sleep(PAUSE)
        last = int(time.time())
        self.site.process.send_signal(signal.SIGCONT)
        return range(first + 1, last - 1)

    def end(self):
        self.assertEqual(self.site.stop()[0], 0)
        self.witness()
        return evidence.Snapshot(self.site.storage)

    def test_what_passed_meanwhile_is_blind(self):
        self.site.start()
        self.site.wait_ready()
        time.sleep(4)
        asleep = self.pause()
        self.answers_within(2)
        self.assertEqual(self.status("/-/ready"), 200)
        self.assertFalse(self.site.said("revisit.opened"), "too early")
        self.site.wait_for("the revisit", lambda: self.site.said("revisit.opened"), 30)
        states = self.end().ledgers[KEY]
        self.assertEqual({states.get(slot) for slot in asleep} - {None, "."}, set())
        self.assertGreaterEqual(list(states.values()).count("b"), 10, "half of the window")

    def test_pauses_in_a_row_neither_gain_nor_lose_a_slot(self):
        self.site.start()
        self.site.wait_ready()
        for _ in range(12):
            self.site.process.send_signal(signal.SIGSTOP)
            time.sleep(0.3)
            self.site.process.send_signal(signal.SIGCONT)
            time.sleep(0.5)
        self.answers_within(2)
        self.assertNotIn("o", self.end().ledgers[KEY].values())

    def test_a_delivery_that_times_out_meanwhile_is_sent_again_with_the_same_id(self):
        self.site.write("records/checkout.md", record("checkout", SLOWLY.replace("20s", "3s")))
        self.site.start()
        self.wait_opened()
        self.pause()
        self.wait_deliveries(2)
        self.end()


if __name__ == "__main__":
    unittest.main(verbosity=2)
