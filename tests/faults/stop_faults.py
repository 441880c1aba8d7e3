#!/usr/bin/env python3
"""Signals at awkward moments."""

import os
import signal
import subprocess
import threading
import time
import unittest

import evidence
import peers
from fault_case import FaultCase

MOST_SECONDS = 5


class StopTest(FaultCase):
    def stops(self):
        code, took = self.site.stop()
        self.assertEqual(code, 0, self.log_text())
        self.assertLess(took, MOST_SECONDS)
        self.witness()
        return evidence.Snapshot(self.site.storage)

    def test_idle(self):
        self.site.start()
        self.site.wait_ready()
        self.stops()

    def test_during_a_scrape_that_hangs(self):
        asked = threading.Event()

        def hang():
            asked.set()
            self.server.stalled.wait(30)
            return "load 1\n"
        self.endpoint.page = hang
        self.site.start()
        self.assertTrue(asked.wait(15))
        self.stops()

    def test_during_a_delivery_that_hangs_leaves_it_unmarked(self):
        self.load(100)
        self.endpoint.mood = lambda: peers.STALL
        self.site.start()
        self.site.wait_for("an attempt", lambda: self.endpoint.receipts)
        time.sleep(0.3)
        tried = {receipt.id for receipt in self.endpoint.receipts}
        now = self.stops()
        self.assertEqual({now.deliveries[id_][2] for id_ in tried}, {evidence.PENDING})
        self.assertEqual({r.id for r in self.endpoint.receipts}, tried, "a new attempt was begun")

    def test_during_a_delivery_that_ends_in_time_lets_it_finish(self):
        self.load(100)
        self.endpoint.mood = lambda: peers.SLOW
        self.site.start()
        self.site.wait_for("an attempt", lambda: self.endpoint.receipts)
        now = self.stops()
        for receipt in self.endpoint.receipts:
            self.assertEqual(now.deliveries[receipt.id][2], evidence.DELIVERED)

    def test_a_second_signal_ends_it_at_once(self):
        self.load(100)
        self.endpoint.mood = lambda: peers.STALL
        self.site.start()
        self.site.wait_for("an attempt", lambda: self.endpoint.receipts)
        self.site.process.send_signal(signal.SIGTERM)
        self.site.wait_for("the first is heard", lambda: self.site.said("stopping"), 3)
        begin = time.monotonic()
        self.site.process.send_signal(signal.SIGTERM)
        self.wait_exit(1, MOST_SECONDS)
        self.assertLess(time.monotonic() - begin, 1)
        self.witness()

    def test_other_signals_are_harmless_and_a_storm_of_reloads_loses_no_message(self):
        self.load(100)
        self.site.start()
        self.site.wait_ready()
        until = time.monotonic() + 15
        while time.monotonic() < until and not self.site.said("revisit.opened"):
            self.site.process.send_signal(signal.SIGHUP)
            self.site.process.send_signal(signal.SIGPIPE)
            self.site.process.send_signal(signal.SIGQUIT)
            time.sleep(0.02)
        self.answers_within(2)
        self.wait_opened()
        self.wait_deliveries(2)
        self.stops()

    def test_a_log_that_nobody_reads_blocks_nothing(self):
        read, write = os.pipe()
        self.site.start(stderr=write)
        os.close(write)
        text = b""
        while b'"msg":"ready"' not in text:
            text += os.read(read, 4096)
        self.site.log_path.write_bytes(text)
        # Each reload says a line; a pipe holds 64 KiB.
        for _ in range(1500):
            self.site.process.send_signal(signal.SIGHUP)
            time.sleep(0.001)
        self.answers_within(2)
        self.load(100)
        self.site.wait_for("deliveries", lambda: len(self.endpoint.receipts) >= 2)
        try:
            self.stops()
        except subprocess.TimeoutExpired:
            self.fail("the log keeps it from ending")
        finally:
            os.close(read)


if __name__ == "__main__":
    unittest.main(verbosity=2)
