"""The programs that are measured side by side, each with the configuration for the same work."""

import os
import shutil

import fleet_files
from machine import first_line
from process import Process, free_port

UNIT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy", "systemd", "revisitd.service")


class Peer:
    """One program on one fleet. Its files and its data lie under `directory`; every start is a new process."""

    def __init__(self, title, directory, start, version):
        self.title, self.directory, self.version = title, directory, version
        self._start = start

    @property
    def data(self):
        return os.path.join(self.directory, "data")

    def start(self, fresh=True):
        if fresh:
            shutil.rmtree(self.data, ignore_errors=True)
        os.makedirs(self.data, mode=0o700, exist_ok=True)
        return self._start(self.data, os.path.join(self.directory, "log"))


def unit_environment():
    """What the unit of systemd sets for revisitd."""
    with open(UNIT, encoding="utf-8") as unit:
        return dict(line.strip().split("=", 2)[1:] for line in unit if line.startswith("Environment="))


def revisitd(binary, directory, addresses, interval, slots="1m, 10m, 1h"):
    """As an installation runs it: a copy of the binary (of what a linker wrote the page cache holds smaller pieces)
    that has reached the disk (what has not counts as private), in the environment of the unit."""
    config = fleet_files.revisitd_files(directory, addresses, interval, slots)
    binary = shutil.copy2(binary, os.path.join(directory, "revisitd"))
    with open(binary, "rb") as copy:
        os.fsync(copy.fileno())
    environment = unit_environment()

    def start(data, log):
        port = free_port()
        return Process([binary, "run", f"--config.file={config}", f"--storage.path={data}",
                        f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"], port, "notify", log,
                       environment)

    return Peer("revisitd", directory, start, first_line([binary, "--version"]))


def prometheus(directory, addresses, interval):
    config = fleet_files.prometheus_files(directory, addresses, interval)

    def start(data, log):
        port = free_port()
        return Process(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={data}",
                        f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"], port, "/-/ready", log)

    return Peer("prometheus", directory, start, first_line(["prometheus", "--version"]))


def vmagent(directory, addresses, interval):
    """Scrapes and forwards; it knows no rules, so its figures leave those out."""
    config = fleet_files.vmagent_files(directory, addresses, interval)

    def start(data, log):
        port = free_port()
        return Process(["vmagent", f"-promscrape.config={config}", f"-remoteWrite.tmpDataPath={data}",
                        f"-remoteWrite.url=http://{addresses[0]}/write", "-loggerLevel=ERROR",
                        f"-httpListenAddr=127.0.0.1:{port}"], port, "/health", log)

    return Peer("vmagent (no rules)", directory, start, first_line(["vmagent", "-version"]))


def victoria_metrics(directory, addresses, interval):
    """Scrapes and stores; it knows no rules either."""
    config = fleet_files.vmagent_files(directory, addresses, interval)

    def start(data, log):
        port = free_port()
        return Process(["victoria-metrics", f"-promscrape.config={config}", f"-storageDataPath={data}",
                        "-loggerLevel=ERROR", f"-httpListenAddr=127.0.0.1:{port}"], port, "/health", log)

    return Peer("VictoriaMetrics (no rules)", directory, start, first_line(["victoria-metrics", "-version"]))


def monit(directory, addresses):
    port = free_port()
    config = fleet_files.monit_files(directory, addresses, port)

    def start(data, log):
        del data
        return Process(["monit", "-I", "-c", config], port, "/_ping", log)

    return Peer("monit (no rules)", directory, start, first_line(["monit", "-V"]))


def others(names, scratch, addresses, interval):
    """Those of "monit,vmagent,victoria-metrics,prometheus" that are named and installed, each in a directory of its own."""
    makers = {"monit": lambda where: monit(where, addresses),
              "vmagent": lambda where: vmagent(where, addresses, interval),
              "victoria-metrics": lambda where: victoria_metrics(where, addresses, interval),
              "prometheus": lambda where: prometheus(where, addresses, interval)}
    return [make(f"{scratch}/{name}") for name, make in makers.items()
            if name in names.split(",") and shutil.which(name)]
