#!/usr/bin/env python3
"""revisitd over a fleet of scraped services with four triggers each, and Prometheus with four alert rules each.

One program at a time works on the same targets; the target server notes when every scrape came. CPU and arrivals
are those of `--duration` that begins once every target has been scraped and `--warm` has passed: the first round of
slots makes what later ones find.
"""

import argparse
import os
import re
import shutil
import tempfile
import time

import peers
from machine import machine, print_report, shown, table
from process import directory_bytes
from targets import Targets

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
DISCOVERY = 15  # seconds some need to take their targets up
LATE = 0.1  # seconds off its time that make a scrape late


def seconds(text):
    found = re.fullmatch(r"(\d+)(ms|s|m|h)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration such as 15s")
    return int(found.group(1)) * UNITS[found.group(2)]


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def wait_for_all(targets, services, deadline):
    """Until each service has been scraped once."""
    while (seen := targets.ask("report"))["services"] < services and time.monotonic() < deadline:
        time.sleep(0.2)
    return seen


def watch(peer, targets, options):
    """Lets one program work and says what it took."""
    interval = seconds(options.interval)
    targets.ask("mark")
    process = peer.start()
    try:
        ready = process.wait_ready()
        wait_for_all(targets, options.services, time.monotonic() + interval + DISCOVERY)
        time.sleep(seconds(options.warm))
        warm = targets.ask("report")
        targets.ask("mark")
        before = process.cpu_seconds(), warm["cpu_seconds"], directory_bytes(peer.data), time.monotonic()
        time.sleep(seconds(options.duration))
        cpu, elapsed = process.cpu_seconds() - before[0], time.monotonic() - before[3]
        seen = targets.ask("report")
        memory, grown = process.memory(), directory_bytes(peer.data) - before[2]
        off = [abs(gap - interval * round(gap / interval)) for gap in seen["gaps"]]
        return {
            "program": peer.title, "version": peer.version, "ready_ms": 1000 * ready,
            "scrapes": seen["scrapes"], "services_seen": seen["services"],
            "cpu_seconds": cpu, "cpu_ms_per_scrape": 1000 * cpu / max(seen["scrapes"], 1),
            "cores": cpu / elapsed, "memory_bytes": memory, "disk_growth_bytes": grown,
            "missed": sum(max(round(gap / interval) - 1, 0) for gap in seen["gaps"]),
            "jitter_p50_ms": 1000 * (percentile(off, 0.5) or 0), "jitter_p99_ms": 1000 * (percentile(off, 0.99) or 0),
            "late": sum(gap > LATE for gap in off),
            "server_cores": (seen["cpu_seconds"] - before[1]) / elapsed,
        }
    finally:
        process.stop()


def fleet_peers(options, addresses, scratch):
    ours = peers.revisitd(options.revisitd, f"{scratch}/revisitd", addresses, options.interval)
    return [ours] + peers.others(options.beside, scratch, addresses, options.interval)


def mib(value):
    return None if value is None else shown(value / 2**20)


def text_of(report):
    ours = report["programs"][0]
    rows = []
    for one in report["programs"]:
        ratio = one["cpu_ms_per_scrape"] / ours["cpu_ms_per_scrape"] if ours["cpu_ms_per_scrape"] else None
        rows.append([one["program"], one["scrapes"], shown(one["cpu_ms_per_scrape"], 3), shown(ratio),
                     shown(one["cores"], 3), mib(one["memory_bytes"]["resident"]),
                     mib(one["memory_bytes"]["private_dirty"]), one["missed"], shown(one["jitter_p50_ms"]),
                     shown(one["jitter_p99_ms"]), mib(one["disk_growth_bytes"]), shown(one["ready_ms"], 0),
                     shown(one["server_cores"], 2)])
    head = (f"{report['services']} services every {report['interval']} for {report['duration']} after {report['warm']}, "
            f"4 conditions each\n\n")
    return head + table(["program", "scrapes", "CPU ms/scrape", "ratio", "cores", "resident MiB", "private dirty",
                         "missed", "jitter p50 ms", "p99", "disk +MiB", "ready ms", "server cores"], rows)


def main():
    parser = argparse.ArgumentParser(description="Measures revisitd over a fleet, beside Prometheus.")
    parser.add_argument("--revisitd", default=os.path.join(ROOT, "build", "release", "revisitd"))
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--interval", default="15s")
    parser.add_argument("--duration", default="60s")
    parser.add_argument("--warm", default="70s", help="to work before that is measured")
    parser.add_argument("--page", help="captured page the services serve (default: 20 KB of a Caddy)")
    parser.add_argument("--gzip", action="store_true", help="the services answer compressed")
    parser.add_argument("--beside", default="prometheus,vmagent", help="others to measure, where installed")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    scratch = tempfile.mkdtemp(prefix="revisitd-bench-")
    try:
        report = {"machine": machine(options.revisitd), "services": options.services, "interval": options.interval,
                  "duration": options.duration, "warm": options.warm}
        with Targets(options.services, options.page, options.gzip) as targets:
            report["programs"] = [watch(peer, targets, options)
                                  for peer in fleet_peers(options, targets.addresses, scratch)]
        print_report(report, text_of(report), options.json)
        if any(one["services_seen"] < options.services for one in report["programs"]):
            raise SystemExit("some services were never scraped")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
