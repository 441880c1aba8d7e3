#!/usr/bin/env python3
"""Kills the daemon at random moments, again and again, and holds what is left against FAULTS.md.

Several daemons are driven side by side, each with a database, a target whose value trips and clears
triggers, and a receiver that logs every webhook. After each kill the invariants are checked before
the next start.

    kill_driver.py --binary build/release/revisitd [--count 300] [--lanes 6] [--seed N]
"""

import argparse
import json
import pathlib
import random
import shutil
import sys
import tempfile
import threading
import time
import traceback

import evidence
import peers
from site_of import FEW, HOT, Site, record


class Lane(threading.Thread):
    def __init__(self, options, folder, server, number, budget):
        super().__init__(daemon=True)
        self.random = random.Random(options.seed * 1000 + number)
        self.site = Site(options.binary, pathlib.Path(folder) / f"lane{number}", server, f"lane{number}")
        self.witness = evidence.Witness(self.site.endpoint)
        self.budget, self.problem = budget, None
        self.value, self.value_since = 0, time.time()
        self.site.endpoint.page = self.page
        self.site.endpoint.mood = self.mood
        self.healthy = False

    # The surroundings

    def page(self):
        return f"load {self.value}\n"

    def mood(self):
        if self.healthy:
            return peers.OK
        return self.random.choices([peers.OK, peers.SLOW, peers.REFUSE, peers.LIMIT, peers.HANG_UP],
                                   [70, 14, 6, 4, 6])[0]

    def turn(self, value):
        now = time.time()
        self.witness.served.append((self.value_since, now, self.value))
        self.value, self.value_since = value, time.time()

    def change_something(self):
        dice = self.random.random()
        if dice < 0.25:
            self.turn(100 - self.value)
        elif dice < 0.4:
            self.site.roster(self.random.choice([1, 2]))
        elif dice < 0.5:
            path = self.site.folder / "records/search.md"
            if path.exists():
                path.unlink()
            else:
                self.site.write("records/search.md", record("search", HOT + FEW))
        elif dice < 0.7:
            self.act()

    def act(self):
        """Concludes or acknowledges whatever is open; what is answered with 200 is a promise."""
        status, text = self.site.ask("GET", "/api/v1/revisits", timeout=1)
        if status != 200:
            return
        for revisit in json.loads(text)["data"]:
            if revisit["state"] in ("concluded", "withdrawn"):
                continue
            word = self.random.choice(["acknowledge", "conclude"])
            body = {"by": "ana", "why": "because"}
            if word == "conclude":
                body["outcome"] = "reaffirmed"
            status, _ = self.site.ask("POST", f"/api/v1/revisits/{revisit['revisit']}/{word}", body, 1)
            if status == 200:
                self.witness.promised.append((f"revisit.{word}d", revisit["revisit"]))

    # The lives

    def live(self):
        """One start and one end."""
        kind = self.random.random()
        seconds = (self.random.uniform(0, 0.08) if kind < 0.2 else
                   self.random.uniform(0.1, 1.2) if kind < 0.7 else self.random.uniform(1, 3))
        begin = time.monotonic()
        self.site.start()
        while (left := begin + seconds - time.monotonic()) > 0:
            time.sleep(min(left, self.random.uniform(0.05, 0.4)))
            self.change_something()
        if self.site.process.poll() is not None:
            raise AssertionError(f"ended by itself with {self.site.process.returncode}\n"
                                 + self.site.log_path.read_text(errors="replace"))
        if self.random.random() < 0.08:
            code, took = self.site.stop()
            # Before its handlers are in place a signal ends it as it would end any program.
            evidence.require(took < 5 and (code == 0 or (code == -15 and not self.site.said("starting"))),
                             "F60 stops in order", (code, took, seconds))
        else:
            self.end_abruptly()
        if self.site.database.exists():
            self.witness.look(self.site.storage)

    def end_abruptly(self):
        self.site.kill()

    def last_life(self):
        """Everything that waits is delivered once the receivers are well."""
        self.healthy = True
        self.site.start()
        self.site.wait_ready()
        self.turn(0)

        def settled():
            status, text = self.site.ask("GET", "/api/v1/deliveries?state=pending")
            return status == 200 and json.loads(text)["data"] == []
        self.site.wait_for("nothing waits", settled, 60)
        code, took = self.site.stop()
        evidence.require(code == 0 and took < 5, "F60 stops in order", (code, took))
        now = self.witness.look(self.site.storage)
        return now

    def run(self):
        try:
            while self.budget.take():
                self.live()
            self.result = self.last_life()
        except Exception:
            self.problem = traceback.format_exc()
            self.budget.stop()
        finally:
            self.put_away()

    def put_away(self):
        self.site.end()


class Budget:
    def __init__(self, count):
        self.left, self.lock = count, threading.Lock()

    def take(self):
        with self.lock:
            self.left -= 1
            return self.left >= 0

    def stop(self):
        self.left = 0


def run_lanes(options, kind, budget):
    """Drives the lanes until the budget is used up; None where one of them found something."""
    folder = tempfile.mkdtemp(prefix="revisitd-kills-")
    print(f"seed {options.seed}", flush=True)
    server = peers.Server()
    lanes = [kind(options, folder, server, n, budget) for n in range(options.lanes)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    failed = [lane for lane in lanes if lane.problem]
    for lane in failed:
        print(f"{lane.site.folder}: {lane.problem}")
    if not failed:
        for name, count in {"ends": lambda l: l.witness.kills,
                            "events": lambda l: len(l.result.trail),
                            "deliveries": lambda l: len(l.result.deliveries),
                            "arrivals": lambda l: len(l.site.endpoint.receipts)}.items():
            print(f"{sum(count(lane) for lane in lanes)} {name}")
    if not (failed and options.keep):
        shutil.rmtree(folder, ignore_errors=True)
    return None if failed else lanes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, default=300, help="kills in all")
    parser.add_argument("--lanes", type=int, default=6, help="daemons side by side")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", action="store_true", help="leave the folders of a failed run")
    options = parser.parse_args()
    options.binary = options.binary.resolve()
    lanes = run_lanes(options, Lane, Budget(options.count))
    if lanes is None:
        return 1
    deliveries = sum(len(lane.result.deliveries) for lane in lanes)
    evidence.require(deliveries >= options.count / 10, "enough happened", deliveries)
    return 0


if __name__ == "__main__":
    sys.exit(main())
