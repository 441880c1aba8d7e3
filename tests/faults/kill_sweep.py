#!/usr/bin/env python3
"""Kills the daemon at chosen system calls of a full cycle: writes, syncs, connections, messages.

strace delivers SIGKILL when the N-th call of a kind is entered; N is swept over the first start on
an empty folder and over lives in which triggers trip and clear, webhooks go out and people conclude.
Every thread counts for itself, and the database has one thread. The invariants are checked after
each kill, as by kill_driver.py.

    kill_sweep.py --binary build/release/revisitd [--every 8] [--lanes 6] [--seed N]
"""

import argparse
import pathlib
import random
import shutil
import sys
import threading
import time

import evidence
import kill_driver

# System call and how often it happens: while a database is made, and in some seconds of work.
MAKING = {"pwrite64": 150, "fdatasync": 14, "fsync": 2, "ftruncate": 1, "renameat": 1, "unlink": 1}
WORKING = {"pwrite64": 180, "fdatasync": 20, "connect": 10, "sendmsg": 14, "recvmsg": 24, "close": 20}
SECONDS = 2.6


def points(every):
    """(call, N, whether on an empty folder); of calls that happen often only some."""
    chosen = []
    for fresh, calls in ((True, MAKING), (False, WORKING)):
        for call, most in calls.items():
            step = every if most > 100 else max(1, every // 4)
            chosen += [(call, n, fresh) for n in range(1, most + 1, step)]
    return chosen


class SweepLane(kill_driver.Lane):
    struck = 0

    def live(self):
        call, nth, fresh = self.budget.point()
        if fresh:
            shutil.rmtree(self.site.storage, ignore_errors=True)
            self.witness = evidence.Witness(self.site.endpoint)
            self.site.endpoint.receipts.clear()
        begin = time.monotonic()
        process = self.site.start(before=[
            "strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
            "-e", f"inject={call}:signal=SIGKILL:when={nth}"])
        while process.poll() is None and time.monotonic() < begin + SECONDS:
            time.sleep(self.random.uniform(0.02, 0.2))
            self.change_something()
        if process.poll() is None:
            self.site.kill()
        else:
            evidence.require(process.returncode == -9, "only a kill ends it",
                             (call, nth, process.returncode, self.site.log()[-3:]))
            self.struck += 1
        if self.site.database.exists():
            self.witness.look(self.site.storage)


class Points:
    def __init__(self, every, seed):
        self.left, self.lock = points(every), threading.Lock()
        self.here = threading.local()
        random.Random(seed).shuffle(self.left)

    def take(self):
        with self.lock:
            self.here.point = self.left.pop() if self.left else None
        return self.here.point is not None

    def point(self):
        return self.here.point

    def stop(self):
        with self.lock:
            self.left.clear()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--every", type=int, default=8, help="every how many-th write is a point")
    parser.add_argument("--lanes", type=int, default=6, help="daemons side by side")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", action="store_true", help="leave the folders of a failed run")
    options = parser.parse_args()
    options.binary = options.binary.resolve()
    swept = Points(options.every, options.seed)
    count = len(swept.left)
    lanes = kill_driver.run_lanes(options, SweepLane, swept)
    if lanes is None:
        return 1
    struck = sum(lane.struck for lane in lanes)
    print(f"{struck} of {count} points reached")
    evidence.require(struck > count / 3, "the points are about right", (struck, count))
    return 0


if __name__ == "__main__":
    sys.exit(main())
