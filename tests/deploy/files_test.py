"""Examples, alert rules, dashboard, man page and package lists are true to the program."""

import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import textwrap
import time
import urllib.request

from subject import DEPLOY, Case, main, options, revisitd, run

METRIC = re.compile(r"\b(?:revisitd|process)_[a-z_]+\b")


def own_metrics():
    """Names of the series that a running daemon serves, with those that the histogram's parts have."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = "127.0.0.1:%d" % probe.getsockname()[1]
        probe.close()
        with open(os.path.join(folder, "revisitd.yml"), "w", encoding="utf-8") as config:
            config.write("records: {files: [records]}\n"
                         "receivers: [{name: r, webhook: {url: 'http://127.0.0.1:9'}}]\n")
        daemon = subprocess.Popen(
            [options.binary, "run", "--storage.path=data", "--web.listen-address=" + address], cwd=folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline and daemon.poll() is None:
                try:
                    with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as page:
                        return {re.split(r"[{ ]", line)[0] for line in page.read().decode().splitlines()
                                if line and not line.startswith("#")}
                except OSError:
                    time.sleep(0.05)
            raise AssertionError("the daemon served no metrics")
        finally:
            daemon.terminate()
            daemon.wait(20)


class Examples(Case):
    def test_pass_the_checks(self):
        self.assert_checks(DEPLOY / "examples")


class Readme(Case):
    text = (DEPLOY.parent / "README.md").read_text()

    def test_shows_a_record_and_a_configuration_that_belong_together(self):
        record = re.search(r"^````markdown\n(.*?)^````$", self.text, re.M | re.S)[1]
        config = textwrap.dedent(re.search(r"^   ```yaml\n(   records:.*?)^   ```$", self.text, re.M | re.S)[1])
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "records").mkdir()
            (folder / "records" / "0001.md").write_text(record)
            (folder / "revisitd.yml").write_text(config)
            script = next(s for s in re.findall(r"^   ```sh\n(.*?)^   ```$", self.text, re.M | re.S) if "slack.url" in s)
            self.assert_good(run("sh", "-ec", textwrap.dedent(script), cwd=folder))
            self.assert_checks(folder)

    def test_links_to_files_that_are_there(self):
        for link in re.findall(r"\]\(([^):]+)\)", self.text):
            self.assertTrue((DEPLOY.parent / link.split("#")[0]).is_file(), link)


class AlertRules(Case):
    def test_are_valid(self):
        self.assert_good(run("promtool", "check", "rules", DEPLOY / "prometheus" / "revisitd.rules.yml"))


class Metrics(Case):
    @classmethod
    def setUpClass(cls):
        cls.served = own_metrics()

    def test_of_alert_rules_are_served(self):
        rules = (DEPLOY / "prometheus" / "revisitd.rules.yml").read_text()
        asked = {name for line in rules.splitlines() if "expr:" in line for name in METRIC.findall(line)}
        self.assertGreater(len(asked), 8)
        self.assertEqual(set(), asked - self.served)

    def test_of_the_dashboard_are_served(self):
        board = json.loads((DEPLOY / "grafana" / "revisitd.json").read_text())
        asked = {name for panel in board["panels"] for target in panel["targets"]
                 for name in METRIC.findall(target["expr"])}
        self.assertGreater(len(asked), 12)
        self.assertEqual(set(), asked - self.served)


class ManPage(Case):
    page = DEPLOY / "man" / "revisitd.1"

    def test_is_clean(self):
        done = run("mandoc", "-Tlint", "-W", "warning", self.page)
        self.assertEqual((0, ""), (done.returncode, done.stdout + done.stderr))

    def test_names_every_command_and_flag_of_run(self):
        text = self.page.read_text().replace("Fl -", "--")
        commands = re.findall(r"^  ([a-z]+) ", revisitd("--help").stdout.partition("Examples:")[0], re.M)
        flags = re.findall(r"--[a-z]+\.[a-z.-]+", revisitd("run", "--help").stdout)
        self.assertIn("run", commands)
        self.assertIn("--config.file", flags)
        for word in commands + flags:
            with self.subTest(word):
                self.assertRegex(text, rf"(?<![\w.-]){re.escape(word)}(?![\w-])")


class RuntimePackages(Case):
    def test_are_those_that_own_the_linked_libraries(self):
        lines = (DEPLOY / "packages" / "runtime").read_text().splitlines()
        listed = {line for line in lines if not line.startswith("#")}
        paths = re.findall(r"=> (/\S+)", run("ldd", options.binary).stdout)
        # Debian's /lib is a link to /usr/lib; packages know their files by either name.
        names = [name for path in paths for real in [os.path.realpath(path)]
                 for name in (real, real.removeprefix("/usr"), "/usr" + real)]
        found = run("dpkg-query", "-S", *names).stdout
        owners = {line.split(":")[0] for line in found.splitlines()}
        # libc6 and libgcc-s1 are in every Debian image; certificates are read and libgit2 is loaded when it is
        # needed, neither is linked.
        self.assertEqual(owners - {"libc6", "libgcc-s1"}, listed - {"ca-certificates", "libgit2-1.5"})


if __name__ == "__main__":
    main()
