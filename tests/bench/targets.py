"""The target server, held by a script."""

import json
import os
import subprocess
import sys

from target_server import address

HERE = os.path.dirname(os.path.abspath(__file__))


class Targets:
    """Serves `services` pages while the context lasts."""

    def __init__(self, services, page=None, packed=False):
        command = [sys.executable, os.path.join(HERE, "target_server.py"), f"--services={services}"]
        command += [f"--page={page}"] if page else []
        command += ["--gzip"] if packed else []
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = self._answer()["port"]
        self.addresses = [f"{address(service)}:{port}" for service in range(services)]

    def _answer(self):
        line = self.child.stdout.readline()
        if not line:
            raise RuntimeError("the target server ended")
        return json.loads(line)

    def ask(self, command):
        self.child.stdin.write(command + "\n")
        self.child.stdin.flush()
        return self._answer()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.child.stdin.close()
        self.child.wait(60)
        self.child.stdout.close()
