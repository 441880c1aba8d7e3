#!/usr/bin/env python3
"""Names that nobody answers for, and packets that nobody takes."""

import fcntl
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import evidence
from fault_case import FaultCase

MORE_TARGETS = """\
  - job_name: lost
    scrape_timeout: 1s
    static_configs:
      - targets: [{targets}]
        labels: {{service: search}}
"""


class LostTargetCase(FaultCase):
    """Beside a target that is well stand others that are lost."""

    def lose(self, targets):
        config = (self.site.folder / "revisitd.yml").read_text()
        self.site.write("revisitd.yml", config + MORE_TARGETS.format(targets=", ".join(targets)))

    def verdicts_come_in_time(self):
        """Judging and health go on; the target that is well is scraped every second."""
        self.site.wait_ready()
        self.load(100)
        self.wait_opened()
        self.wait_deliveries(2)
        scrapes = []
        self.endpoint.page = lambda: scrapes.append(time.monotonic()) or "load 100\n"
        until = time.monotonic() + 6
        while time.monotonic() < until:
            self.answers_within(0.5)
            time.sleep(0.1)
        gaps = [b - a for a, b in zip(scrapes, scrapes[1:])]
        self.assertGreaterEqual(len(scrapes), 5)
        self.assertLess(max(gaps), 1.5)

    def why(self):
        return self.site.ask("GET", "/api/v1/targets")[1]

    def stops_in_time(self):
        code, took = self.site.stop()
        self.assertEqual(code, 0, self.log_text())
        self.assertLess(took, 5)
        self.witness()


class BlackHoleTest(LostTargetCase):
    """A socket whose queue is full: what knocks is not even refused."""

    def setUp(self):
        super().setUp()
        self.hole = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(self.hole.getsockname())
            self.fillers.append(filler)

    def tearDown(self):
        for one in (*self.fillers, self.hole):
            one.close()
        super().tearDown()

    def test_fails_at_its_deadline_and_holds_up_nobody(self):
        self.lose([f"'127.0.0.1:{self.hole.getsockname()[1]}'"])
        self.site.start()
        self.verdicts_come_in_time()
        self.assertIn("not done within 1s", self.why())
        self.stops_in_time()


class NameServer(threading.Thread):
    """Knows well.example, as 127.0.0.1, and hears of everything else without a word."""

    def __init__(self):
        super().__init__(daemon=True)
        self.asked, self.ended = [], False
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        self.socket.settimeout(0.1)
        self.start()

    def run(self):
        while not self.ended:
            try:
                question, peer = self.socket.recvfrom(4096)
            except TimeoutError:
                continue
            self.asked.append(question)
            if question[12:].startswith(b"\x04well\x07example\x00"):
                self.socket.sendto(self.answer(question), peer)
        self.socket.close()

    def answer(self, question):
        """RFC 1035, section 4: the question again, and an A record for those who ask for one."""
        end = question.index(b"\x00", 12) + 5
        wants_a = question[end - 4:end - 2] == b"\x00\x01"
        head = question[:2] + b"\x84\x00\x00\x01" + struct.pack(">H", wants_a) + bytes(4)
        record = b"\xc0\x0c\x00\x01\x00\x01" + struct.pack(">IH", 1, 4) + bytes([127, 0, 0, 1])
        return head + question[12:end] + record * wants_a

    def end(self):
        self.ended = True
        self.join()


class SilentNamesTest(LostTargetCase):
    """Inside a network of our own, in which a name server does not answer for most names."""

    def setUp(self):
        super().setUp()
        self.names = NameServer()

    def tearDown(self):
        self.names.end()
        super().tearDown()

    def replace(self, old, new):
        config = (self.site.folder / "revisitd.yml").read_text()
        self.assertIn(old, config)
        self.site.write("revisitd.yml", config.replace(old, new))

    def test_hold_up_nobody_else(self):
        self.lose([f"'host-{i}.example:80'" for i in range(12)])
        self.site.start()
        self.verdicts_come_in_time()
        self.assertTrue(self.names.asked)
        self.assertIn('"health":"down"', self.why().replace(" ", ""))
        self.stops_in_time()

    def test_hold_up_no_name_that_is_answered(self):
        self.replace(f"targets: ['127.0.0.1:{self.server.port}']",
                     f"targets: ['well.example:{self.server.port}']")
        self.lose([f"'host-{i}.example:80'" for i in range(12)])
        self.site.start()
        self.verdicts_come_in_time()
        until = time.monotonic() + 40  # longer than an answer is kept
        while time.monotonic() < until:
            app = [t for t in json.loads(self.why())["data"] if t["job"] == "app"]
            self.assertEqual([t["health"] for t in app], ["up"], app)
            time.sleep(0.5)
        self.stops_in_time()

    def test_a_receiver_among_them_delays_no_other(self):
        self.replace(f"http://127.0.0.1:{self.server.port}/hook/a', secret",
                     "http://hook.example/hook', secret")
        self.load(100)
        self.site.start()
        self.site.wait_for("the other's", lambda: self.site.said("delivered", receiver="other"))
        self.site.wait_for("its own fails", lambda: self.site.said(
            "a delivery failed and will be tried again", receiver="hook"), 40)
        code, took = self.site.stop()
        self.assertEqual(code, 0, self.log_text())
        self.assertLess(took, 5)
        after = evidence.Snapshot(self.site.storage)
        self.assertIn(evidence.PENDING, {row[2] for row in after.deliveries.values()})


class VanishingAddressTest(FaultCase):
    """The address that it listens on goes and comes again."""

    ADDRESS = "192.0.2.7"

    def tearDown(self):
        self.vanish()
        super().tearDown()

    def appear(self):
        request = struct.pack("16sHH4s8x", b"lo:1", socket.AF_INET, 0, socket.inet_aton(self.ADDRESS))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            fcntl.ioctl(any_socket, 0x8916, request)  # SIOCSIFADDR

    def vanish(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            try:
                fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo:1", 0))  # SIOCSIFFLAGS
            except OSError:
                pass  # it is not there

    def test_what_is_watched_goes_on_being_watched(self):
        self.appear()
        self.site.listen = f"{self.ADDRESS}:0"
        self.load(0)
        self.site.start()
        self.site.wait_ready()
        self.answers_within(1)
        self.vanish()
        self.assertEqual(self.site.ask("GET", "/-/healthy", timeout=1)[0], 0, "nobody is heard")
        self.load(100)
        self.wait_opened()
        self.wait_deliveries(2)
        self.appear()
        self.answers_within(1)
        self.assertEqual(self.site.stop()[0], 0)
        self.witness()

    def test_one_that_is_not_there_at_the_start_is_named(self):
        self.site.listen = f"{self.ADDRESS}:0"
        self.site.start()
        self.wait_exit(75)
        self.assertIn(self.ADDRESS, self.log_text())
        self.assertFalse(self.site.said("ready"))


def wake_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS


def load_tests(loader, tests, _):
    """The network of our own is made where user namespaces are open; some machines close them."""
    if os.environ.get("REVISITD_OWN_NETWORK"):
        wake_loopback()
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("nameserver 127.0.0.1\n")
            file.flush()
            subprocess.run(["mount", "--bind", file.name, "/etc/resolv.conf"], check=True)
        return tests
    if subprocess.run(["unshare", "-Urnm", "true"], capture_output=True).returncode == 0:
        script = str(pathlib.Path(__file__).resolve())
        os.environ["REVISITD_OWN_NETWORK"] = "1"
        os.execvp("unshare", ["unshare", "-Urnm", sys.executable, "-B", script, *sys.argv[1:]])
    print("user namespaces are closed here: SilentNamesTest and VanishingAddressTest are left out")
    return loader.loadTestsFromTestCase(BlackHoleTest)


if __name__ == "__main__":
    unittest.main(verbosity=2)
