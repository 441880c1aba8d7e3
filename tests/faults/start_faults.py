#!/usr/bin/env python3
"""What a daemon refuses to start on, and what it starts on all the same."""

import json
import os
import pathlib
import random
import re
import socket
import sqlite3
import subprocess
import time
import unittest

import evidence
from fault_case import FaultCase, free_port


class SecondDaemonTest(FaultCase):
    def test_is_told_who_holds_the_database_and_leaves(self):
        self.site.start()
        self.site.wait_ready()
        second = subprocess.run(self.site.command(), cwd=self.site.folder, capture_output=True,
                                text=True, timeout=20)
        self.assertEqual(second.returncode, 75, second.stderr)
        self.assertIn(f"is in use by process {self.site.process.pid}", second.stderr)
        self.answers_within(2)
        self.assertEqual(self.site.stop()[0], 0)

    def test_waits_for_other_programs_too(self):
        self.run_until_opened()
        other = sqlite3.connect(self.site.database, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        self.site.start()
        self.wait_exit(75)
        self.assertIn(f"is in use by process {os.getpid()}", self.log_text())
        other.close()
        self.site.start()
        self.site.wait_ready()

    def test_takes_over_at_once_from_one_that_was_killed(self):
        self.site.start()
        self.site.wait_ready()
        self.site.kill()
        self.site.start()
        self.site.wait_ready(4)


class ForeignDatabaseTest(FaultCase):
    def tamper(self, statement):
        self.run_until_opened()
        base = sqlite3.connect(self.site.database)
        base.execute(statement)
        base.close()

    def test_one_from_the_future_is_left_untouched(self):
        self.tamper("PRAGMA user_version = 99")
        self.start_is_refused(78, "was written by a newer revisitd (schema 99")

    def test_one_of_another_program_is_left_untouched(self):
        self.tamper("PRAGMA application_id = 1")
        self.start_is_refused(78, "is a database of another program")


class DamagedDatabaseTest(FaultCase):
    def test_is_never_taken_for_an_empty_one(self):
        before = self.run_until_opened()
        whole = self.site.database.read_bytes()
        choose = random.Random(5)
        cases = [b"", whole[:100], whole[:len(whole) // 2], b"x" * 8192, bytes(100) + whole[100:]]
        for _ in range(8):
            at = choose.randrange(len(whole))
            cases.append(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1:])
        for number, case in enumerate(cases):
            with self.subTest(number):
                self.site.database.write_bytes(case)
                mark = (self.site.storage / "revisitd.mark").read_bytes()
                self.site.start()
                self.site.wait_for("ready or the end", lambda: self.site.said("ready") or
                                   self.site.process.poll() is not None)
                if self.site.process.poll() is not None:
                    self.assertEqual(self.site.process.returncode, 1, self.log_text())
                    self.assertRegex(self.log_text(), "--storage.rebuild")
                    self.assertEqual(self.site.database.read_bytes(), case)
                    continue
                self.assertGreaterEqual(number, 5, "a start on an empty or cut file")
                self.site.kill()
                after = evidence.Snapshot(self.site.storage)
                self.assertEqual(after.trail[:len(before.trail)], before.trail)
                (self.site.storage / "revisitd.db-wal").unlink(missing_ok=True)
                (self.site.storage / "revisitd.mark").write_bytes(mark)

    def test_is_put_aside_when_told_to(self):
        self.run_until_opened()
        self.site.database.write_bytes(b"damaged")
        plain = self.site.command
        self.site.command = lambda: plain() + ["--storage.rebuild"]
        self.site.start()
        self.site.wait_ready()
        aside = [p for p in self.site.storage.iterdir() if re.fullmatch(
            r"revisitd\.db\.corrupt-\d{8}T\d{6}Z", p.name)]
        self.assertEqual([p.read_bytes() for p in aside], [b"damaged"])
        self.assertTrue(any("aside" in line.get("msg", "") for line in self.site.log()),
                        "it says that it began anew")


class SurroundingsTest(FaultCase):
    def test_a_taken_port_is_named_and_nothing_is_half_started(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            self.site.listen = f"127.0.0.1:{taken.getsockname()[1]}"
            self.site.start()
            self.wait_exit(75)
            self.assertIn(self.site.listen, self.log_text())
        self.assertFalse(self.site.said("ready"))
        self.site.start()
        self.site.wait_ready()

    def test_closed_standard_streams_are_not_given_to_the_database(self):
        self.site.listen = f"127.0.0.1:{free_port()}"
        self.site.address = lambda: self.site.listen
        self.site.start(before=["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"])
        self.site.wait_for("health", lambda: self.status("/-/ready") == 200)
        pid = self.site.process.pid
        self.assertEqual({os.readlink(f"/proc/{pid}/fd/{n}") for n in (0, 1, 2)}, {"/dev/null"})
        self.assertEqual(self.site.stop()[0], 0)
        self.witness()

    def test_time_zones_change_nothing(self):
        seen = evidence.Witness(self.endpoint)
        self.load(100)
        for zone in ("ABC-14", "XYZ+11:30"):  # a day apart
            self.site.start(env={"TZ": zone})
            self.site.wait_ready()
            self.site.wait_for("a slot is judged", lambda: '"breach":' in self.site.ask(
                "GET", "/api/v1/decisions/checkout")[1].replace('"breach":0', ""))
            self.assertTrue(self.site.log()[-1]["ts"].endswith("Z"))
            self.assertEqual(self.site.stop()[0], 0)
            self.assertFalse(self.site.said("the clock jumped"))
            seen.look(self.site.storage)

    def test_few_descriptors_are_enough_to_stay_alive(self):
        for limit in (32, 20):
            with self.subTest(limit):
                self.site.start(before=["prlimit", f"--nofile={limit}"])
                host, port = self.site.wait_ready().rsplit(":", 1)
                crowd = []
                for _ in range(2 * limit):
                    crowd.append(socket.create_connection((host, int(port)), timeout=5))
                before = cpu_seconds(self.site.process.pid)
                time.sleep(1.5)
                self.assertLess(cpu_seconds(self.site.process.pid) - before, 0.3, "it spins")
                self.site.wait_for("health", lambda: self.status("/-/healthy") == 200)
                for one in crowd:
                    one.close()
                self.site.wait_for("all well again", lambda: self.status("/-/ready") == 200)
                self.assertEqual(self.site.stop()[0], 0)
                self.assertNotIn("database failed", self.log_text())

    def test_a_crash_loop_neither_gains_nor_loses_a_slot(self):
        self.run_until_opened()
        before = evidence.Snapshot(self.site.storage)
        choose = random.Random(7)
        self.load("")
        for _ in range(30):
            self.site.start()
            time.sleep(choose.uniform(0, 0.15))
            self.site.kill()
        after = evidence.Snapshot(self.site.storage)
        self.assertEqual(after.integrity, ["ok"])
        self.assertEqual(after.trail[:len(before.trail)], before.trail)
        for key, states in before.ledgers.items():
            again = after.ledgers[key]
            self.assertEqual({s: again.get(s, x) for s, x in states.items()}, states)
            # The slot that was under way at the end is judged from what had been scraped of it.
            new = {s: x for s, x in again.items() if s > max(states) + 1}
            self.assertNotIn("b", new.values())
        self.assertEqual(set(after.deliveries) - set(before.deliveries) -
                         {i for i, row in after.deliveries.items()
                          if row[0] in ("trigger.blind", "daemon.restarts")},
                         set(), "nothing new is told")
        restarts = [row for row in after.deliveries.values() if row[0] == "daemon.restarts"]
        self.assertEqual(len(restarts), len({row[4] for row in restarts}), "once for each receiver")

    def test_a_crash_loop_is_told_once(self):
        def told():
            bodies = [json.loads(r.body) for r in self.endpoint.receipts]
            return [b for b in bodies if b["type"] == "daemon.restarts"]

        def live():
            self.site.start()
            self.site.wait_ready()

        for _ in range(6):  # restarts that somebody wants
            live()
            self.assertEqual(self.site.stop()[0], 0)
        self.assertEqual(told(), [])
        for _ in range(9):
            live()
            time.sleep(0.2)
            self.site.kill()
        live()
        self.site.wait_for("a word on the restarts", told)
        self.assertEqual(self.site.stop()[0], 0)
        self.assertEqual(len({b["timestamp"] for b in told()}), 1, told())
        self.assertGreaterEqual(told()[0]["data"]["starts"], 5)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    unittest.main(verbosity=2)
