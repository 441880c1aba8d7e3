#!/usr/bin/env python3
"""Starts after SIGKILL, with a while of a fleet's life behind them.

All programs watch the same targets at the same time for `--before`; then each is killed and started again, in turn,
and killed as soon as it is ready.
"""

import argparse
import os
import signal
import statistics
import tempfile
import time

import peers
from fleet import seconds
from machine import machine, print_report, shown, table
from process import directory_bytes
from targets import Targets

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def live(all_peers, duration):
    """Lets all programs work, and kills them."""
    running = []
    try:
        for peer in all_peers:
            running.append(peer.start())
        for process in running:
            process.wait_ready()
        time.sleep(duration)
    finally:
        for process in running:
            process.stop(signal.SIGKILL)


def restarts(all_peers, count):
    """Milliseconds to ready, on the clock and of CPU, by program."""
    taken = {peer.title: [] for peer in all_peers}
    for _ in range(count):
        for peer in all_peers:
            process = peer.start(fresh=False)
            try:
                taken[peer.title].append((1000 * process.wait_ready(), 1000 * process.cpu_seconds()))
            finally:
                process.stop(signal.SIGKILL)
    return taken


def measure(options, scratch):
    with Targets(options.services, options.page) as targets:
        where = targets.addresses
        all_peers = [peers.revisitd(options.revisitd, f"{scratch}/revisitd", where, options.interval)]
        all_peers += peers.others(options.beside, scratch, where, options.interval)
        live(all_peers, seconds(options.before))
        sizes = {peer.title: directory_bytes(peer.data) for peer in all_peers}
        taken = restarts(all_peers, options.starts)
    return [{"program": peer.title, "version": peer.version, "data_bytes": sizes[peer.title],
             "median_ms": statistics.median(wall for wall, _ in taken[peer.title]),
             "least_ms": min(wall for wall, _ in taken[peer.title]),
             "cpu_ms": statistics.median(cpu for _, cpu in taken[peer.title])} for peer in all_peers]


def text_of(programs, options):
    rows = [[one["program"], shown(one["median_ms"]), shown(one["least_ms"]), shown(one["cpu_ms"]),
             shown(one["data_bytes"] / 2**20)] for one in programs]
    return table([f"{options.services} services for {options.before}", "restart ms", "least", "cpu", "data MiB"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--revisitd", default=os.path.join(ROOT, "build", "release", "revisitd"))
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--interval", default="15s")
    parser.add_argument("--before", default="1h", help="how long they watch before they are killed")
    parser.add_argument("--starts", type=int, default=9)
    parser.add_argument("--page", help="captured page the services serve (default: 20 KB of a Caddy)")
    parser.add_argument("--beside", default="prometheus,victoria-metrics,vmagent", help="others to measure, where installed")
    parser.add_argument("--data", help="keep what the programs wrote in this folder (default: a temporary one)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.sync()
    with tempfile.TemporaryDirectory(prefix="revisitd-bench-") as scratch:
        programs = measure(options, options.data or scratch)
    report = {"machine": machine(options.revisitd), "services": options.services, "before": options.before, "programs": programs}
    print_report(report, text_of(programs, options), options.json)


if __name__ == "__main__":
    main()
