"""A captured page of metrics that lives: the same series every time, other values every second."""

import math
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT = os.path.join(HERE, "..", "fixtures", "expositions", "caddy.prom.txt")
SAMPLE = re.compile(rb"^([a-zA-Z_:][^ ]*(?:\{[^}]*\})?) (\S+)$")
GROWS = re.compile(rb"(_total|_count|_sum|_bucket)(\{|$)")
STANDS = re.compile(rb"(_info|_start_time_seconds|_max_fds|gomaxprocs\w*)(\{|$)")


class Page:
    """Counters and buckets grow, in proportion to what they were, so that buckets stay in order; gauges
    swing by a few percent; infos, start times and zeros stay. Every instance starts elsewhere."""

    def __init__(self, path=DEFAULT):
        with open(path, "rb") as text:
            self.lines = text.read().split(b"\n")
        self.samples = []  # (line, series, value, how it moves)
        for number, line in enumerate(self.lines):
            found = SAMPLE.match(line)
            if not found:
                continue
            series, value = found.group(1), float(found.group(2))
            if STANDS.search(series) or not math.isfinite(value) or value == 0:
                continue
            self.samples.append((number, series, value, bool(GROWS.search(series))))

    def render(self, second):
        lines = list(self.lines)
        for number, series, value, grows in self.samples:
            if grows:
                moved = value * (1 + second / 4)
            else:
                moved = value * (1 + 0.05 * math.sin(second / 20 + number))
            text = b"%d" % moved if value == int(value) and value < 2**53 else b"%.9g" % moved
            lines[number] = series + b" " + text
        return b"\n".join(lines)
