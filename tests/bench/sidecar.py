#!/usr/bin/env python3
"""revisitd beside one service: what it takes to start and to sit there, and what others take.

Every program gets the same target, a captured page of 20 KB whose values move. Starts take turns, so that
whatever else the machine does falls on all alike.
"""

import argparse
import os
import shutil
import signal
import statistics
import tempfile
import time

import peers
from machine import machine, print_report, shown, table
from targets import Targets

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def one_start(peer, fresh):
    process = peer.start(fresh)
    try:
        took = process.wait_ready()
        return took, process.cpu_seconds()
    finally:
        process.stop(signal.SIGKILL if fresh else signal.SIGTERM)


def starts(all_peers, count, fresh):
    """Milliseconds to ready, on the clock and of CPU, by program."""
    taken = {peer.title: [] for peer in all_peers}
    for _ in range(count):
        for peer in all_peers:
            taken[peer.title].append(one_start(peer, fresh))
    return {title: {"median": 1000 * statistics.median(wall for wall, _ in runs),
                    "least": 1000 * min(wall for wall, _ in runs),
                    "cpu": 1000 * statistics.median(cpu for _, cpu in runs)} for title, runs in taken.items()}


def sit(peer, seconds):
    """Memory after a while of work."""
    process = peer.start()
    try:
        process.wait_ready()
        time.sleep(seconds)
        return process.memory()
    finally:
        process.stop()


def mib(value):
    return None if value is None else shown(value / 2**20)


def measure(options, scratch):
    with Targets(1, options.page) as targets:
        where = targets.addresses
        all_peers = [peers.revisitd(options.revisitd, f"{scratch}/revisitd", where, "1s")]
        all_peers += peers.others(options.beside, scratch, where, "1s")
        first = starts(all_peers, options.starts, fresh=True)
        for peer in all_peers:
            one_start(peer, False)
        again = starts(all_peers, options.starts, fresh=False)
        return [{"program": peer.title, "version": peer.version, "first_start_ms": first[peer.title],
                 "restart_ms": again[peer.title], "memory_bytes": sit(peer, options.sit)} for peer in all_peers]


def text_of(programs):
    rows = []
    for one in programs:
        first, again, memory = one["first_start_ms"], one["restart_ms"], one["memory_bytes"]
        rows.append([one["program"], shown(first["median"]), shown(first["least"]), shown(first["cpu"]),
                     shown(again["median"]), shown(again["least"]), shown(again["cpu"]), mib(memory["resident"]),
                     mib(memory["proportional"]), mib(memory["private_dirty"])])
    return table(["one service", "start ms", "least", "cpu", "restart ms", "least", "cpu", "resident MiB",
                  "proportional", "private dirty"], rows)


def main():
    parser = argparse.ArgumentParser(description="Measures revisitd as the sidecar of one service.")
    parser.add_argument("--revisitd", default=os.path.join(ROOT, "build", "release", "revisitd"))
    parser.add_argument("--page", help="captured page the service serves (default: 20 KB of a Caddy)")
    parser.add_argument("--starts", type=int, default=21, help="starts of each kind")
    parser.add_argument("--sit", type=float, default=10, help="seconds of scraping before memory is read")
    parser.add_argument("--beside", default="monit,vmagent,prometheus", help="others to measure, where installed")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.sync()  # a program that was just built counts as written memory until the disk has it
    scratch = tempfile.mkdtemp(prefix="revisitd-bench-")
    try:
        report = {"machine": machine(options.revisitd)}
        report["programs"] = measure(options, scratch)
        print_report(report, text_of(report["programs"]), options.json)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
