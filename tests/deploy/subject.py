"""What the tests of deploy/ share: the tree, the built binary, and how to run things."""

import argparse
import pathlib
import subprocess
import sys
import unittest

options = argparse.Namespace()
DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"


def run(*command, **more):
    """The finished process, its output as text; a program that hangs is an error."""
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60, **more)


def revisitd(*arguments, **more):
    return run(options.binary, *arguments, **more)


class Case(unittest.TestCase):
    def assert_good(self, done):
        self.assertEqual(0, done.returncode, f"{done.args}\n{done.stdout}{done.stderr}")

    def assert_checks(self, folder, config="revisitd.yml"):
        """Configuration, records and roster of a folder pass revisitd's own checks."""
        file = pathlib.Path(folder) / config
        for what in ("config", "records", "roster"):
            done = revisitd("check", what, "--config.file", file)
            self.assert_good(done)
            # Nobody's secrets are in this tree.
            said = [line for line in done.stderr.splitlines() if ": secret file " not in line]
            self.assertEqual([], said, "a warning")
            if what == "records":
                self.assertNotIn(" 0 decisions", done.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    _, rest = parser.parse_known_args(namespace=options)
    unittest.main(module="__main__", argv=sys.argv[:1] + rest, verbosity=2)
