"""How the demo speaks: plain text, with colour where a person looks on."""

import sys


class Paint:
    def __init__(self, colour):
        self._colour = colour

    def _sgr(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self._colour else text

    def bold(self, text):
        return self._sgr("1", text)

    def faint(self, text):
        return self._sgr("2", text)

    def code(self, text):
        return self._sgr("36", text)

    def link(self, text):
        return self._sgr("4", text) + ":"

    def bar(self, text):
        return self._sgr("33", text)

    def verdict(self, verdict, text):
        return self._sgr({"tripped": "31", "clear": "32"}.get(verdict, "2"), text)


paint = Paint(sys.stdout.isatty())


def step(text):
    print(f"\n{paint.bold('==>')} {text}", flush=True)


def say(text):
    print("    " + text, flush=True)


def show(text):
    print(text, flush=True)
