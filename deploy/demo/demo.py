"""The quickstart's play: two real services, their records, revisitd, and what it says when the load grows.

Started by deploy/quickstart. Everything is in a temporary folder that goes away, on free ports of 127.0.0.1.
"""

import argparse
import datetime
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
from urllib.parse import quote

from load import Load
from processes import Programs, StepFailed, free_port
from slack import Slack, render
from terminal import paint, say, show, step
from watch import Verdicts, answers, ask

HERE = pathlib.Path(__file__).resolve().parent
READY = 20.0  # seconds a program may take until it answers
SEEN = 60.0  # … until every trigger has seen enough to be clear
TRIPS = 90.0  # … from the sale's beginning to the message
QUIET = {"rate": 6, "items": 5}  # 10 ms a basket, 6 a second: nobody waits
SALE = {"rate": 28, "items": 16}  # 32 ms a basket, 28 a second: 90 % of what one thread can price


class Stopped(Exception):
    def __init__(self, number):
        super().__init__(signal.Signals(number).name)
        self.number = number


def stop_on_signals():
    def stop(number, _frame):
        # A second Ctrl-C must not cut the tidying short.
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(number)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, stop)


def write_files(folder, values):
    """Copies files/ to `folder` with @name@ filled in."""
    for source in sorted((HERE / "files").rglob("*")):
        target = folder / source.relative_to(HERE / "files")
        if source.is_dir():
            target.mkdir(exist_ok=True)
            continue
        text = source.read_text(encoding="utf-8")
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        target.write_text(text, encoding="utf-8")


def run_check(binary, folder, *what):
    """Runs one of revisitd's checks and shows what it says."""
    say(paint.code("$ revisitd check " + " ".join(what)))
    done = subprocess.run([binary, "check", *what], cwd=folder, capture_output=True, text=True, check=False)
    for line in (done.stdout + done.stderr).splitlines():
        say(line)
    if done.returncode != 0:
        raise StepFailed("revisitd does not accept the files")


class Demo:
    def __init__(self, binary, folder, programs, slack):
        self.binary = binary
        self.folder = folder
        self.programs = programs
        self.slack = slack
        self.ports = {name + "_port": free_port() for name in ("checkout", "prometheus", "revisitd")}
        self.address = f"http://127.0.0.1:{self.ports['revisitd_port']}"
        self.verdicts = Verdicts(self.address)

    def write(self):
        step("Writing two decision records, a roster and a configuration")
        decided = datetime.date.today() - datetime.timedelta(days=90)
        write_files(self.folder, {"decided": decided, **self.ports})
        (self.folder / "slack.url").write_text(self.slack.url + "\n")
        say(f"in {self.folder}; checked as revisitd itself reads them:")
        run_check(self.binary, self.folder, "config", "revisitd.yml")
        run_check(self.binary, self.folder, "records", "--config.file", "revisitd.yml")
        run_check(self.binary, self.folder, "roster", "roster.yaml")

    def start_services(self):
        step("Starting two services: a Python one (checkout) and a Go one (metrics, which is Prometheus itself)")
        checkout, prometheus = self.ports["checkout_port"], self.ports["prometheus_port"]
        self.programs.start("checkout", ["/usr/bin/python3", "-B", str(HERE / "checkout.py"), str(checkout)])
        self.programs.start("prometheus", [
            "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=prometheus-data",
            f"--web.listen-address=127.0.0.1:{prometheus}"], cwd=self.folder)
        self.programs.wait_for("checkout", lambda: answers(f"http://127.0.0.1:{checkout}/metrics"), READY)
        seen = f"http://127.0.0.1:{prometheus}/api/v1/query?query=" + quote("rate(process_cpu_seconds_total[10s])")
        self.programs.wait_for("Prometheus", lambda: len((ask(seen) or {"result": []})["result"]) == 2, READY)
        say(f"checkout  http://127.0.0.1:{checkout}/metrics")
        say(f"metrics   http://127.0.0.1:{prometheus}/metrics")

    def start_revisitd(self):
        step("Starting revisitd, its state in an embedded SQLite database")
        self.programs.start("revisitd", [
            self.binary, "run", "--config.file=revisitd.yml", "--storage.path=data",
            f"--web.listen-address={self.address.removeprefix('http://')}", f"--web.external-url={self.address}"],
            cwd=self.folder)
        self.programs.wait_for("revisitd", lambda: answers(self.address + "/-/ready"), READY)
        say(f"status page  {paint.bold(self.address + '/')}   (open it and watch along)")

    def watch(self, what, condition, seconds):
        """Shows verdicts as they move until `condition()`; fails after `seconds`."""

        def look():
            for line in self.verdicts.changes(paint):
                say(line)
            return condition()

        return self.programs.wait_for(what, look, seconds)

    def show_verdicts(self):
        step("Customers come, a few a second. Triggers are blind until enough of their window is covered")
        self.watch("a clear verdict for every trigger", self.verdicts.settled, SEEN)

    def show_revisit(self, load):
        step("A sale: more customers with bigger baskets, and the Python service prices one basket at a time")
        load.rate, load.items = SALE["rate"], SALE["items"]
        # On a busy machine a trigger may go blind for a moment, and the first message be of that.
        revisit = self.watch("a revisit and its Slack message",
                             lambda: self.slack.messages and ask(self.address + "/api/v1/revisits"), TRIPS)[0]
        step(f"The revisit {revisit['revisit']} is {revisit['state']}: a person has to look at the decision again")
        say(f"evidence and plots  {self.address}/service/checkout")

    def show_leaver(self):
        step("Ben leaves the team: the roster changes, and one person who knows Python cold is not enough")
        roster = self.folder / "roster.yaml"
        knows, forgets = "name: ben, languages: {python: fluent", "name: ben, languages: {python: learning"
        before = len(self.slack.messages)
        roster.write_text(roster.read_text().replace(knows, forgets))
        self.watch("another message", lambda: len(self.slack.messages) > before, TRIPS)

    def show_subsiding(self, load):
        step("The sale ends. The revisit stays until a person concludes it, whatever the load does")
        load.rate, load.items = QUIET["rate"], QUIET["items"]
        say("Try, in another terminal:")
        for command in ("status", "trail",
                        'acknowledge checkout --by "$USER"',
                        'conclude checkout --by "$USER" --outcome reaffirmed --why "one sale a year"'):
            say(paint.code(f"  {self.binary} {command} --url {self.address}"))
        say(f"status page  {paint.bold(self.address + '/')}")
        say("Ctrl-C ends everything.")
        while True:
            self.watch("the end", lambda: False, float("inf"))


def print_message(message):
    step("Slack would get this message:")
    show(render(message, paint))


def play(arguments):
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="revisitd-quickstart-") as name, Programs(name) as programs, \
            Slack(print_message) as slack:
        demo = Demo(arguments.binary, pathlib.Path(name), programs, slack)
        demo.write()
        demo.start_services()
        demo.start_revisitd()
        with Load(demo.ports["checkout_port"], **QUIET) as load:
            demo.show_verdicts()
            demo.show_revisit(load)
            say(f"shown {time.monotonic() - began:.0f} seconds after the first step")
            if not arguments.once:
                demo.show_leaver()
                demo.show_subsiding(load)
        step("Done; stopping everything")


def main():
    parser = argparse.ArgumentParser(prog="deploy/quickstart")
    parser.add_argument("--binary", type=os.path.abspath, required=True, help="the revisitd to show")
    parser.add_argument("--once", action="store_true", help="end by itself once the revisit was shown")
    arguments = parser.parse_args()
    stop_on_signals()
    try:
        play(arguments)
    except StepFailed as failure:
        print(f"\ndeploy/quickstart: {failure}", file=sys.stderr)
        return 1
    except Stopped as stopped:
        step("Stopped; nothing is left running")
        return 0 if stopped.number == signal.SIGINT else 128 + stopped.number
    return 0


if __name__ == "__main__":
    sys.exit(main())
