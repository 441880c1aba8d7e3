#!/usr/bin/env python3
"""Disks that are full, broken or slow, under the running daemon."""

import os
import pathlib
import signal
import socket
import subprocess
import time
import unittest

import evidence
import peers
from fault_case import FaultCase


def strace(call, fault):
    return ["strace", "-D", "-I", "2", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
            f"inject={call}:{fault}"]


class TracedCase(FaultCase):
    def make_database(self):
        """A database with a revisit in it, so that what follows only adds to it."""
        self.run_until_opened()
        self.load(0)

    def end_fault(self):
        """Takes the tracer away, and with it the fault."""
        status = pathlib.Path(f"/proc/{self.site.process.pid}/status").read_text()
        tracer = int(status.split("TracerPid:")[1].split()[0])
        self.assertGreater(tracer, 0)
        os.kill(tracer, signal.SIGTERM)

    def changes(self):
        """Something that has to be committed and told."""
        self.site.roster(fluent=1)


class FullDiskTest(TracedCase):
    def goes_on_without_writing(self, error):
        self.make_database()
        before = evidence.Snapshot(self.site.storage)
        arrived = len(self.endpoint.receipts)
        self.site.start(before=strace("pwrite64", f"error={error}:when=12+"))
        self.site.wait_for("trouble", lambda: self.site.said(
            "the database takes no writes; nothing is sent until it does"))
        status, why = self.site.ask("GET", "/-/ready")
        self.assertEqual(status, 503)
        self.assertIn("the database takes no writes", why)
        self.answers_within(2)
        # A person's word that cannot be kept is not taken, and that is said at once.
        status, why = self.site.ask("POST", "/api/v1/revisits/any/acknowledge", {"by": "ana"}, 2)
        self.assertEqual(status, 503)
        self.assertIn("the database takes no writes", why)
        self.load(100)
        self.wait_opened_or_changed()
        # Evaluation goes on, but nothing that is not committed is sent.
        time.sleep(1.5)
        known = set(before.deliveries)
        self.assertEqual({r.id for r in self.endpoint.receipts[arrived:]} - known, set())
        self.end_fault()
        begin = time.monotonic()
        self.site.wait_for("recovery", lambda: self.site.said("the database takes writes again"), 10)
        self.assertLess(time.monotonic() - begin, 10)
        self.site.wait_for("ready", lambda: self.status("/-/ready") == 200)
        self.site.wait_for("what was held back", lambda: len(self.endpoint.receipts) > arrived)
        self.assertEqual(self.site.stop()[0], 0)
        self.witness()

    def wait_opened_or_changed(self):
        told = ("revisit.reopened", "revisit.worsened", "revisit.opened", "revisit.reminder",
                "revisit.subsided", "trigger.sighted", "trigger.blind")
        self.site.wait_for("an event", lambda: any(self.site.said(t) for t in told))

    def test_no_space(self):
        self.goes_on_without_writing("ENOSPC")

    def test_read_only(self):
        self.goes_on_without_writing("EROFS")

    def test_quota(self):
        self.goes_on_without_writing("EDQUOT")

    def test_reloads_meanwhile_send_nothing_twice(self):
        self.make_database()
        self.load(100)  # the revisit reopens: a message for each receiver
        full = []
        self.endpoint.mood = lambda: peers.OK if full else peers.REFUSE
        self.site.start()
        self.site.wait_for("messages that wait", lambda: len(self.site.said(
            "a delivery failed and will be tried again")) >= 2)
        self.site.kill()
        arrived = len(self.endpoint.receipts)
        self.site.start(before=strace("pwrite64", "error=ENOSPC:when=12+"))
        self.site.wait_for("trouble", lambda: self.site.said(
            "the database takes no writes; nothing is sent until it does"))
        full.append(True)
        taken = lambda: [r.id for r in self.endpoint.receipts[arrived:] if r.status == 200]
        self.site.wait_for("one that is taken", taken, 30)
        for reloads in range(1, 4):
            self.site.process.send_signal(signal.SIGHUP)
            self.site.wait_for("a reload", lambda: len(self.site.said("configuration loaded")) >= reloads)
            time.sleep(2)
        self.end_fault()
        self.site.wait_for("recovery", lambda: self.site.said("the database takes writes again"), 10)
        self.site.wait_for("all is delivered", lambda: '"data":[]' in self.site.ask(
            "GET", "/api/v1/deliveries?state=pending")[1].replace(" ", ""), 60)
        self.assertEqual(self.site.stop()[0], 0)
        self.assertEqual(len(set(taken())), len(taken()), "a message was taken twice")
        self.witness()

    def test_no_space_at_the_start_is_said_and_nothing_is_lost(self):
        self.make_database()
        before = evidence.Snapshot(self.site.storage)
        for nth in (1, 2, 4, 7):
            with self.subTest(nth):
                self.site.start(before=strace("pwrite64", f"error=ENOSPC:when={nth}+"))
                self.site.wait_for("the end, or trouble", lambda: self.site.process.poll() is not None or
                                   self.site.said("the database takes no writes; nothing is sent until it does"))
                if self.site.process.poll() is not None:
                    self.assertEqual(self.site.process.returncode, 74, self.log_text())
                    self.assertIn("full", self.log_text())
                self.site.end()
        after = evidence.Snapshot(self.site.storage)
        self.assertEqual(after.trail[:len(before.trail)], before.trail)


class BrokenDiskTest(TracedCase):
    def stops_with_74(self, call, fault):
        self.site.start(before=strace(call, fault))
        self.wait_exit(74, 30)
        self.assertIn("the database", self.log_text())
        self.witness()

    def test_a_failed_sync_at_any_commit_ends_it_and_nothing_is_lost_or_doubled(self):
        self.make_database()
        witness = evidence.Witness(self.endpoint)
        ended = 0
        for nth in range(1, 9):
            self.load(100 * (nth % 2))
            process = self.site.start(before=strace("fdatasync", f"error=EIO:when={nth}"))
            try:
                self.assertEqual(process.wait(4), 74, self.log_text())
                ended += 1
            except subprocess.TimeoutExpired:
                self.site.kill()  # it was a directory's, or not so many were made
            witness.look(self.site.storage)
        self.assertGreater(ended, 2)
        self.site.start()
        self.site.wait_ready()
        self.site.wait_for("all is delivered", lambda: '"data":[]' in self.site.ask(
            "GET", "/api/v1/deliveries?state=pending")[1].replace(" ", ""), 30)
        self.assertEqual(self.site.stop()[0], 0)
        witness.look(self.site.storage)

    def test_a_failed_write_ends_it(self):
        self.make_database()
        for nth in (6, 25):
            with self.subTest(nth):
                self.stops_with_74("pwrite64", f"error=EIO:when={nth}")

    def test_a_failed_read_ends_it(self):
        self.make_database()
        for nth in (3, 9, 15):
            with self.subTest(nth):
                self.site.start(before=strace("pread64", f"error=EIO:when={nth}+"))
                self.site.wait_for("the end", lambda: self.site.process.poll() is not None, 30)
                self.assertIn(self.site.process.returncode, (1, 74), self.log_text())
                self.assertRegex(self.log_text(), "the database (cannot be|failed)")
        self.site.start()
        self.site.wait_ready()
        self.assertEqual(self.site.stop()[0], 0)
        self.witness()

    def test_a_disk_that_does_not_come_back_is_for_the_supervisor(self):
        self.make_database()
        seen = evidence.Witness(self.endpoint)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
            supervisor.bind(str(self.folder / "notify"))
            supervisor.setblocking(False)
            self.site.start(before=strace("fdatasync", "delay_enter=90000000:when=8+"),
                            env={"NOTIFY_SOCKET": str(self.folder / "notify"),
                                 "WATCHDOG_USEC": "2000000"})
            self.site.wait_ready(60)
            # Something to commit every few seconds, until the disk hangs.
            self.endpoint.page = lambda: f"load {int(time.time()) // 4 % 2 * 100}\n"
            # A supervisor that reads nothing would block it, too.
            self.site.wait_for("it says so", lambda: heard(supervisor) is not None and
                               self.status("/-/healthy") == 503, 90)
            self.assertIn("the database has not answered", self.site.ask("GET", "/-/healthy")[1])
            heard(supervisor)
            time.sleep(3)
            self.assertNotIn("WATCHDOG=1", heard(supervisor), "the watchdog is fed all the same")
            self.site.kill()  # as a supervisor does then
        seen.look(self.site.storage)
        self.site.start()
        self.site.wait_ready()
        self.assertEqual(self.site.stop()[0], 0)
        seen.look(self.site.storage)

    def test_a_disk_that_syncs_in_seconds_holds_nothing_up(self):
        self.site.start(before=strace("fdatasync", "delay_enter=2000000:when=20+"))
        self.site.wait_ready(60)
        slowest = 0
        until = time.monotonic() + 6
        while time.monotonic() < until:
            begin = time.monotonic()
            self.assertEqual(self.status("/-/healthy"), 200)
            slowest = max(slowest, time.monotonic() - begin)
            time.sleep(0.1)
        self.assertLess(slowest, 0.5)
        self.end_fault()
        self.assertEqual(self.site.stop()[0], 0)
        self.witness()


def heard(supervisor):
    """What has arrived at the socket since it was last looked at."""
    words = ""
    while True:
        try:
            words += supervisor.recv(4096).decode() + " "
        except BlockingIOError:
            return words


class SmallDiskTest(FaultCase):
    """A real file system of its own that runs full and gets space again."""

    def inside(self, command):
        return subprocess.run(["nsenter", "-t", str(self.site.process.pid), "-U", "-m",
                               "--preserve-credentials", "sh", "-c", command], cwd="/",
                              capture_output=True, text=True)

    def start_on(self, size):
        self.site.storage.mkdir()
        self.site.start(before=["unshare", "-Urm", "sh", "-c",
                                f'mount -t tmpfs -o {size},mode=0700 t data && exec "$@"', "sh"])

    def test_without_room_for_another_file_it_says_so(self):
        self.start_on("size=4m,nr_inodes=3")
        self.wait_exit(74)
        self.assertRegex(self.log_text(), "[Nn]o space left|full")

    def test_runs_full_and_recovers(self):
        self.start_on("size=1m")
        self.site.wait_ready()
        data = str(self.site.storage)
        self.inside(f"dd if=/dev/zero of={data}/filler bs=4k 2>/dev/null")
        self.load(100)
        self.site.wait_for("trouble", lambda: self.site.said(
            "the database takes no writes; nothing is sent until it does"))
        self.assertEqual(self.status("/-/ready"), 503)
        freed = self.inside(f"rm {data}/filler")
        self.assertEqual(freed.returncode, 0, freed.stderr)
        self.site.wait_for("recovery", lambda: self.site.said("the database takes writes again"), 10)
        self.wait_deliveries(2)
        self.assertEqual(self.site.stop()[0], 0)


def load_tests(loader, tests, _):
    """Leaves out what this machine forbids: user namespaces are closed on some."""
    if subprocess.run(["unshare", "-Urm", "true"], capture_output=True).returncode == 0:
        return tests
    print("user namespaces are closed here: SmallDiskTest is left out")
    return unittest.TestSuite(map(loader.loadTestsFromTestCase, (FullDiskTest, BrokenDiskTest)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
