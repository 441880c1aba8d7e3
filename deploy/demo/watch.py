"""What revisitd says, read from its API."""

import http.client
import json
import urllib.error
import urllib.request

MARKS = {"clear": "○", "tripped": "●", "blind": "?", "unproven": "–"}


def ask(url):
    """The `data` of an API answer, or None while there is none."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return json.load(answer)["data"]
    except (OSError, ValueError, http.client.HTTPException):
        return None


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except (OSError, urllib.error.URLError, http.client.HTTPException):
        return False


def quantity(value, unit):
    """As a person writes it: 131ms, 24MiB, 57%, 3.2."""
    if value is None:
        return "no value"
    if unit == "seconds":
        return f"{value * 1000:.0f}ms" if value < 1 else f"{value:.1f}s"
    if unit == "bytes":
        return f"{value / 2**20:.0f}MiB"
    if unit == "ratio":
        return f"{value:.0%}"
    return f"{value:.2g}"


class Verdicts:
    """Remembers every trigger's verdict and tells what changed."""

    def __init__(self, address):
        self._url = address + "/api/v1/decisions"
        self._last = {}

    def changes(self, paint):
        lines = []
        for decision in ask(self._url) or []:
            for trigger in decision["triggers"]:
                key = (decision["service"], trigger["name"])
                verdict = trigger["verdict"]
                if self._last.get(key) != verdict:
                    lines.append(self._line(key, self._last.get(key), trigger, paint))
                self._last[key] = verdict
        return lines

    def settled(self):
        """Whether every trigger is seen and none has tripped."""
        return bool(self._last) and all(verdict == "clear" for verdict in self._last.values())

    @staticmethod
    def _line(key, before, trigger, paint):
        verdict = trigger["verdict"]
        moved = f"{before} → {verdict}" if before else verdict
        text = f"{MARKS[verdict]} {key[0]}/{key[1]}".ljust(26) + moved.ljust(19) + trigger["condition"]
        if verdict == "blind":
            text += f"; {trigger['coverage']:.0%} of its {trigger['window']} covered"
        elif trigger["value"] is not None:
            text += f"; now {quantity(trigger['value'], trigger.get('unit'))}, in breach for {trigger['share']:.0%}"
        return paint.verdict(verdict, text)
