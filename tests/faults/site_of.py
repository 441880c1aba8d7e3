"""A daemon with its folder: configuration, records, roster, database and log."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

CONFIG = """\
global:
  scrape_interval: 1s
  slots: [1s]
  settle: 0s
  reminders: [3s]
  reminder_every: 5s
records:
  files: ['records/*.md']
  poll_interval: 1s
roster:
  files: [roster.yaml]
  poll_interval: 1s
signals:
  load: {{max: load}}
receivers:
  - name: hook
    webhook: {{url: 'http://127.0.0.1:{port}/hook/{name}', secret: not-much-of-one}}
  - name: other
    webhook: {{url: 'http://127.0.0.1:{port}/hook/{name}'}}
routes:
  - {{receiver: hook}}
  - {{receiver: other}}
scrape_configs:
  - job_name: app
    metrics_path: /metrics/{name}
    static_configs:
      - targets: ['127.0.0.1:{port}']
        labels: {{service: checkout}}
"""

RECORD = """\
# Use Python for {service}
* Status: accepted
* Date: 2026-05-04

```yaml revisit
service: {service}
team: payments
language: python
alternatives: [go]
workload: network-service
triggers:
{triggers}```
"""

HOT = """\
  hot:
    when: load > 50
    window: 3s
    trip: 60%
    clear: 30%
    coverage: 30%
"""
# Holds as long as a run takes; never trips.
LONG = """\
  long:
    when: load > 50
    window: 30m
    hard: true
"""
FEW = """\
  few:
    when: fluent("python") < 2
    window: 2s
    coverage: 30%
    hard: true
"""


class Site:
    def __init__(self, binary, folder, server, name):
        self.binary, self.folder = binary, pathlib.Path(folder)
        self.server, self.endpoint = server, server.add(name)
        self.process, self.starts = None, 0
        self.listen = "127.0.0.1:0"
        self.data = "data"  # the database's folder, below this one
        (self.folder / "records").mkdir(parents=True)
        self.write("revisitd.yml", CONFIG.format(port=server.port, name=name))
        self.write("records/checkout.md", record("checkout", HOT + LONG))
        self.roster(fluent=2)

    @property
    def storage(self):
        return self.folder / self.data

    @property
    def database(self):
        return self.storage / "revisitd.db"

    def write(self, name, text):
        new = self.folder / (name + ".new")
        new.write_text(text)
        new.rename(self.folder / name)

    def roster(self, fluent):
        levels = ["fluent"] * fluent + ["learning"] * (3 - fluent)
        people = [f"{{name: dev-{i}, languages: {{python: {level}}}}}" for i, level in enumerate(levels)]
        self.write("roster.yaml", "teams: {payments: {members: [" + ", ".join(people) + "]}}\n")

    def command(self):
        return [str(self.binary), "run", "--config.file", "revisitd.yml", "--storage.path", self.data,
                "--web.listen-address", self.listen, "--log.format", "json"]

    def start(self, before=(), env=None, **options):
        """Starts the daemon behind a wrapper command such as strace."""
        self.starts += 1
        self.log_path = self.folder / f"log.{self.starts}"
        options.setdefault("stdin", subprocess.DEVNULL)
        with open(self.log_path, "wb") as log:
            options.setdefault("stdout", log)
            options.setdefault("stderr", log)
            self.process = subprocess.Popen([*before, *self.command()], cwd=self.folder,
                                            env={**os.environ, **(env or {})}, **options)
        return self.process

    def log(self):
        """All lines of the current life that are whole."""
        lines = []
        for line in self.log_path.read_text(errors="replace").splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                continue
        return lines

    def said(self, message, **fields):
        return [line for line in self.log() if line.get("msg") == message and
                all(str(line.get(k)) == v for k, v in fields.items())]

    def wait_for(self, what, holds, timeout=20):
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            if found := holds():
                return found
            time.sleep(0.02)
        raise AssertionError(f"{what}: not within {timeout} s\n{self.log_path.read_text(errors='replace')}")

    def wait_ready(self, timeout=20):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}\n{self.log_path.read_text()}")
            return self.said("ready")
        return self.wait_for("ready", ready, timeout)[0]["address"]

    def address(self):
        ready = self.said("ready")
        return ready[0]["address"] if ready else None

    def ask(self, method, path, body=None, timeout=5):
        """Status and body of an API call; (0, "") when nothing is heard."""
        address = self.address()
        if not address:
            return 0, ""
        host, port = address.rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=timeout)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, timeout=10):
        """SIGTERM; exit code and seconds until the end."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout)
        return code, time.monotonic() - begin

    def end(self):
        if self.process and self.process.poll() is None:
            self.kill()

    def forget(self):
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)


def record(service, triggers):
    return RECORD.format(service=service, triggers=triggers)
