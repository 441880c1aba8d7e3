#!/usr/bin/env python3
"""A thousand targets of which half hang, a processor that others have, and rights that are lost."""

import asyncio
import datetime
import json
import multiprocessing
import os
import pathlib
import shutil
import threading
import time
import unittest

import evidence
from fault_case import FaultCase

JOB = """\
  - job_name: {name}
    scrape_interval: 2s
    scrape_timeout: 1500ms
    static_configs:
"""
TARGET = """\
      - targets: ['127.0.0.1:{port}']
        labels: {{service: '{service}', __metrics_path__: '/{service}'}}
"""


class Fleet(threading.Thread):
    """Answers at one port, with when each path was asked for; takes connections at another, no more."""

    def __init__(self):
        super().__init__(daemon=True)
        self.asked, self.taken = {}, 0
        self.loop = asyncio.new_event_loop()
        self.up = threading.Event()

    def run(self):
        asyncio.set_event_loop(self.loop)
        servers = [self.loop.run_until_complete(asyncio.start_server(talk, "127.0.0.1", 0, backlog=2048))
                   for talk in (self.answer, self.hang)]
        self.good, self.bad = (server.sockets[0].getsockname()[1] for server in servers)
        self.up.set()
        self.loop.run_forever()

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.join(5)
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0.1))
        self.loop.close()

    async def answer(self, reader, writer):
        body = b"load 1\n"
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: %d\r\n\r\n" % len(body)
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                self.asked.setdefault(request.split()[1].decode(), []).append(time.monotonic())
                writer.write(head + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def hang(self, reader, _):
        self.taken += 1
        try:
            while await reader.read(4096):
                pass
        except ConnectionError:
            pass


class HangingHalfTest(FaultCase):
    def setUp(self):
        super().setUp()
        self.fleet = Fleet()
        self.fleet.start()
        self.fleet.up.wait()

    def tearDown(self):
        super().tearDown()
        self.fleet.stop()

    def test_half_of_a_thousand_targets_hang_and_the_others_are_on_time(self):
        config = (self.site.folder / "revisitd.yml").read_text()
        for name, port in (("well", self.fleet.good), ("stuck", self.fleet.bad)):
            config += JOB.format(name=name)
            config += "".join(TARGET.format(port=port, service=f"{name}{i}") for i in range(500))
        self.site.write("revisitd.yml", config)
        self.load(100)
        self.site.start()
        self.site.wait_ready()
        self.wait_opened()
        time.sleep(3)  # every target was asked, and connections stand
        begin, resident = time.monotonic(), self.resident()
        while time.monotonic() < begin + 12:
            self.answers_within(1)
            time.sleep(0.25)
        end = time.monotonic()
        self.assertEqual(len(self.fleet.asked), 500)
        self.assertGreater(self.fleet.taken, 2000, "the others are asked, too")
        late = 0
        for asked in self.fleet.asked.values():
            times = [at for at in asked if begin <= at <= end]
            self.assertGreaterEqual(len(times), 5)
            late += sum(b - a > 3 for a, b in zip(times, times[1:]))
        self.assertLessEqual(late, 5, "of 3,000: for a machine that does something else meanwhile")
        self.assertLess(self.resident() - resident, 8 << 20, "memory is flat")
        targets = json.loads(self.site.ask("GET", "/api/v1/targets")[1])["data"]
        health = {job: {t["health"] for t in targets if t["job"] == job} for job in ("well", "stuck")}
        self.assertEqual(health, {"well": {"up"}, "stuck": {"down"}})
        self.holds_its_ceilings()
        code, took = self.site.stop()
        self.assertEqual(code, 0)
        self.assertLess(took, 5)
        self.witness()

    def holds_its_ceilings(self):
        """Each of daemon/README.md has a metric, and holds."""
        text = self.site.ask("GET", "/metrics")[1]
        samples = [line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#"]
        value = {name: float(number) for name, number in samples}
        self.assertLessEqual(value["process_threads"], 4)
        self.assertLessEqual(value["process_open_fds"], value["process_max_fds"])
        self.assertLess(value["process_resident_memory_bytes"], 128 << 20)
        self.assertLessEqual(value["revisitd_database_wal_bytes"], 8 << 20)
        self.assertLessEqual(value["revisitd_database_waiting_rows"], 200_000)
        self.assertEqual(value["revisitd_database_slots_dropped_total"], 0)
        self.assertLess(value["revisitd_deliveries_pending"], 50)
        self.assertIn("revisitd_log_lines_dropped_total", value)
        lines = len(self.log_text().splitlines())
        self.assertLess(lines, 200, "500 targets that hang do not fill the log")

    def resident(self):
        pages = pathlib.Path(f"/proc/{self.site.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


def burn():
    while True:
        pass


class StarvedTest(FaultCase):
    def test_a_processor_that_others_have_makes_late_and_never_wrong(self):
        self.load(0)
        self.site.start(before=["chrt", "--idle", "0"])
        self.site.wait_ready()
        time.sleep(2)
        others = [multiprocessing.Process(target=burn, daemon=True) for _ in range(2 * os.cpu_count())]
        for other in others:
            other.start()
        try:
            broken = time.time()
            self.load(100)
            time.sleep(8)
        finally:
            for other in others:
                other.kill()
                other.join()
        self.wait_opened(30)
        self.site.wait_for("its messages", lambda: len(self.site.said(
            "delivered", type="revisit.opened")) >= 2, 30)
        bodies = [json.loads(receipt.body) for receipt in self.endpoint.receipts]
        opened = [body for body in bodies if body["type"] == "revisit.opened"][0]
        since = datetime.datetime.fromisoformat(opened["timestamp"]).timestamp()
        self.assertGreaterEqual(since, broken, "never early")
        self.answers_within(2)
        self.assertEqual(self.site.stop()[0], 0)
        self.witness()


class LostRightsTest(FaultCase):
    """As a user whom rights bind."""

    def setUp(self):
        super().setUp()
        self.options = {}
        if os.geteuid() == 0:
            self.options = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            binary = self.folder / "revisitd"
            shutil.copy(self.site.binary, binary)
            self.site.binary = binary
            self.folder.chmod(0o755)
            for path in [self.site.folder, *self.site.folder.rglob("*")]:
                shutil.chown(path, "nobody", "nogroup")

    def tearDown(self):
        if self.site.storage.exists():
            self.site.storage.chmod(0o700)
        super().tearDown()

    def live(self):
        self.site.start(**self.options)
        self.site.wait_ready()

    def test_a_directory_that_is_closed_is_named_and_nothing_is_lost(self):
        self.load(100)
        self.live()
        self.wait_opened()
        self.wait_deliveries(2)
        self.site.storage.chmod(0)
        # Open files stay open: judging, commits and messages go on.
        arrived = len(self.endpoint.receipts)
        self.load(0)
        self.site.wait_for("the revisit to subside", lambda: self.site.said("revisit.subsided"))
        self.site.wait_for("its messages", lambda: len(self.endpoint.receipts) >= arrived + 2)
        self.assertEqual(self.status("/-/ready"), 200)
        # What needs a new file says why it cannot be.
        status, why = self.site.ask("POST", "/api/v1/backup", {})
        self.assertGreaterEqual(status, 500)
        self.assertRegex(why, "(?i)permission denied|unable to open|cannot")
        self.assertEqual(self.site.stop()[0], 0)
        self.site.start(**self.options)
        self.wait_exit(74)
        self.assertIn("data: Permission denied", self.log_text())
        self.site.storage.chmod(0o700)
        self.live()
        self.assertEqual(self.site.stop()[0], 0)
        self.witness()


if __name__ == "__main__":
    unittest.main(verbosity=2)
