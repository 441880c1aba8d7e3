#!/usr/bin/env python3
"""The parser of metrics pages, and those of Prometheus and VictoriaMetrics on the same pages.

The others are built from Debian's packages; README.md says which. All take turns, and a ratio is the median of those
of the rounds, so that the machine's moods fall on all alike.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

from machine import machine, print_report, shown, table

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
SIZES = ["20", "200", "2000"]  # KB
OURS = {"MadeEveryLine": "unseen", "MadeKnownEverySeries": "seen"}
COMPARED = {"PrometheusUnseen": ["unseen"], "PrometheusSeen": ["seen"], "VictoriaMetrics": ["unseen", "seen"]}
UNITS = {"": 1, "k": 2**10, "M": 2**20, "G": 2**30}


def run_ours(bench, seconds):
    """Bytes a second by kind and size."""
    command = [bench, f"--benchmark_filter=^({'|'.join(OURS)})/", f"--benchmark_min_time={seconds}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^(\w+)/(\d).*bytes_per_second=([\d.]+)([kMG]?)i?/s", said, re.MULTILINE)
    return {(OURS[name], SIZES[int(size)]): float(value) * UNITS[unit] for name, size, value, unit in found}


def build_others(source, scratch):
    """A Go test program, from packages under /usr/share/gocode and Prometheus's source."""
    home = os.path.join(scratch, "src", "github.com", "prometheus")
    os.makedirs(home)
    os.symlink(os.path.abspath(source), os.path.join(home, "prometheus"))
    program = os.path.join(scratch, "parsers.test")
    environment = dict(os.environ, GO111MODULE="off", GOPATH=f"{scratch}:/usr/share/gocode", GOFLAGS="",
                       GOCACHE=os.path.join(scratch, "cache"))
    subprocess.run(["go", "test", "-c", "-o", program, "."], cwd=os.path.join(HERE, "parsers"), env=environment,
                   check=True)
    return program


def run_others(program, seconds):
    command = [program, "-test.bench=.", f"-test.benchtime={seconds}s"]
    said = subprocess.run(command, capture_output=True, text=True, check=True,
                          env=dict(os.environ, GOMAXPROCS="1")).stdout
    found = re.findall(r"^Benchmark(\w+)/(\d+)\S*\s.*?([\d.]+) MB/s", said, re.MULTILINE)
    return {(name, size): float(value) * 1e6 for name, size, value in found}


def measure(options, scratch):
    """Median bytes a second, and how many times ours it is, by program and size."""
    others = build_others(options.prometheus_source, scratch) if options.prometheus_source else None
    rounds = []
    for _ in range(options.rounds):
        taken = run_ours(options.bench, options.seconds)
        if others:
            taken |= run_others(others, options.seconds)
        rounds.append(taken)
    rows = []
    for name, size in rounds[0]:
        speed = statistics.median(taken[name, size] for taken in rounds)
        ratios = {kind: statistics.median(taken[kind, size] / taken[name, size] for taken in rounds)
                  for kind in COMPARED.get(name, [])}
        rows.append({"parser": name, "page_kb": int(size), "bytes_per_second": speed, "ours_times": ratios})
    return rows


def text_of(rows):
    return table(["parser", "page KB", "MB/s", "ours unseen", "ours seen"],
                 [[row["parser"], row["page_kb"], shown(row["bytes_per_second"] / 1e6, 0),
                   shown(row["ours_times"].get("unseen")), shown(row["ours_times"].get("seen"))] for row in rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--revisitd", default=os.path.join(ROOT, "build", "release", "revisitd"),
                        help="named in the report")
    parser.add_argument("--bench", help="exposition_bench (default: beside revisitd)")
    parser.add_argument("--prometheus-source", help="Prometheus's source, unpacked (default: ours alone)")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.1, help="of each program on each page in a round")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    options.bench = options.bench or os.path.join(os.path.dirname(options.revisitd), "exposition_bench")
    if options.prometheus_source and not shutil.which("go"):
        sys.exit("parsers.py: go is missing, expected Debian's golang-go")
    with tempfile.TemporaryDirectory(prefix="revisitd-bench-") as scratch:
        report = {"machine": machine(options.revisitd), "parsers": measure(options, scratch)}
    print_report(report, text_of(report["parsers"]), options.json)


if __name__ == "__main__":
    main()
