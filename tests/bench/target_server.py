#!/usr/bin/env python3
"""All scraped services of a fleet in one process: one loopback address each, one page with values that move.

Speaks with its parent over standard input and output, a line each way:
  (start)  -> {"port": N}
  mark     -> {}                         forgets the scrapes so far
  report   -> {"scrapes": N, …}          what has come since the mark, and when
"""

import argparse
import asyncio
import gzip
import json
import resource
import sys
import time

from page import DEFAULT, Page

VARIANTS = 8  # pages that are told apart at any one second


def address(service):
    """127.16.0.1, 127.16.0.2, …: no port is used up, and no two services share a connection."""
    return f"127.{16 + service // 62500}.{service // 250 % 250}.{service % 250 + 1}"


class Pages:
    """Whole answers, made once a second when somebody asks."""

    def __init__(self, page, packed):
        self.page, self.packed = page, packed
        self.second, self.answers = None, {}
        self.started = int(time.time())

    def answer(self, service):
        second = int(time.time()) - self.started
        if second != self.second:
            self.second, self.answers = second, {}
        variant = service % VARIANTS
        if variant not in self.answers:
            body = self.page.render(second + 7 * variant)
            more = b""
            if self.packed:
                body, more = gzip.compress(body, 1), b"Content-Encoding: gzip\r\n"
            self.answers[variant] = (
                b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n" + more +
                b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return self.answers[variant]


class Arrivals:
    def __init__(self):
        self.times = {}

    def add(self, service):
        self.times.setdefault(service, []).append(time.monotonic())

    def report(self):
        gaps = [b - a for times in self.times.values() for a, b in zip(times, times[1:])]
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return {"scrapes": sum(map(len, self.times.values())), "services": len(self.times), "gaps": gaps,
                "cpu_seconds": usage.ru_utime + usage.ru_stime}


class Connection(asyncio.Protocol):
    def __init__(self, service, pages, arrivals):
        self.service, self.pages, self.arrivals = service, pages, arrivals
        self.transport, self.seen = None, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.seen += data
        while b"\r\n\r\n" in self.seen:
            head, self.seen = self.seen.split(b"\r\n\r\n", 1)
            if head.startswith(b"GET "):
                self.arrivals.add(self.service)
                self.transport.write(self.pages.answer(self.service))
            else:  # what a peer writes elsewhere is taken and forgotten
                self.transport.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
                self.transport.close()
                return


async def serve(options):
    loop = asyncio.get_running_loop()
    pages, arrivals = Pages(Page(options.page), options.gzip), Arrivals()
    port = 0
    for service in range(options.services):
        server = await loop.create_server(lambda s=service: Connection(s, pages, arrivals), address(service),
                                          port, backlog=16)
        port = server.sockets[0].getsockname()[1]
    print(json.dumps({"port": port}), flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while command := (await reader.readline()).strip():
        if command == b"mark":
            arrivals.times.clear()
        print(json.dumps(arrivals.report() if command == b"report" else {}), flush=True)


def main():
    parser = argparse.ArgumentParser(description="Serves the pages of many services on loopback.")
    parser.add_argument("--services", type=int, default=1)
    parser.add_argument("--page", default=DEFAULT, help="captured page in the text format")
    parser.add_argument("--gzip", action="store_true", help="answer compressed")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(serve(options))


if __name__ == "__main__":
    main()
