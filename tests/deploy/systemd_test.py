"""The unit as systemd itself reads it, and the /etc that belongs to it."""

import configparser
import pathlib
import re
import subprocess
import tempfile

from subject import DEPLOY, Case, main, options, revisitd, run

UNIT = DEPLOY / "systemd" / "revisitd.service"
MOST_EXPOSURE = 15  # tenths of systemd-analyze's scale from 0 (tight) to 10


def read_unit():
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str
    unit.read_string(UNIT.read_text())
    return unit


class Unit(Case):
    def setUp(self):
        # systemd-analyze looks for the program of ExecStart=.
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.copy = pathlib.Path(folder.name) / "revisitd.service"
        self.copy.write_text(UNIT.read_text().replace("/usr/bin/revisitd", str(options.binary)))

    def test_is_valid(self):
        done = run("systemd-analyze", "verify", "--man=no", self.copy)
        self.assertEqual((0, ""), (done.returncode, done.stderr))

    def test_is_hardened(self):
        limit = f"--threshold={MOST_EXPOSURE}"
        self.assert_good(run("systemd-analyze", "security", "--offline=true", limit, self.copy))

    def test_uses_flags_that_exist(self):
        known = revisitd("run", "--help").stdout
        for flag in re.findall(r"--[a-z.-]+", read_unit()["Service"]["ExecStart"]):
            self.assertIn(flag + " ", known)

    def test_starts_again_only_where_that_helps(self):
        service = read_unit()["Service"]
        self.assertEqual("on-failure", service["Restart"])
        self.assertEqual({"2", "78"}, set(service["RestartPreventExitStatus"].split()))

    def test_the_image_has_its_environment(self):
        name, value = read_unit()["Service"]["Environment"].split("=", 1)
        image = (DEPLOY / "container" / "Containerfile").read_text()
        self.assertIn(f"\nENV {name}={value}\n", image)
        # A tunable that the C library does not know is passed over without a word.
        known = subprocess.run(["/usr/bin/ld.so", "--list-tunables"], capture_output=True, text=True,
                               env={name: value}, check=True).stdout
        setting, number = value.rsplit("=", 1)
        self.assertRegex(known, rf"(?m)^{re.escape(setting)}: 0x{int(number):x} ")


class Etc(Case):
    def test_passes_the_checks(self):
        self.assert_checks(DEPLOY / "systemd" / "etc" / "revisitd")

    def test_names_secrets_as_the_unit_hands_them_over(self):
        name = read_unit()["Service"]["LoadCredential"].split(":")[0]
        config = (DEPLOY / "systemd" / "etc" / "revisitd" / "revisitd.yml").read_text()
        paths = re.findall(r"_file: (\S+?)}", config)
        self.assertTrue(paths)
        for path in paths:
            self.assertTrue(path.startswith(f"/run/credentials/revisitd.service/{name}_"), path)


class Installed(Case):
    def test_files_are_where_the_readme_says(self):
        with tempfile.TemporaryDirectory() as prefix:
            self.assert_good(run("cmake", "--install", options.binary.parent, "--prefix", prefix))
            files = {path.relative_to(prefix).as_posix() for path in pathlib.Path(prefix).rglob("*") if path.is_file()}
        for file in ("bin/revisitd", "lib/systemd/system/revisitd.service", "share/man/man1/revisitd.1",
                     "share/doc/revisitd/examples/revisitd.yml"):
            self.assertIn(file, files)


if __name__ == "__main__":
    main()
