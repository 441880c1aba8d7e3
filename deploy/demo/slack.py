"""A stand-in for Slack: takes what revisitd posts to an incoming webhook, and shows it as a person would read it."""

import html
import json
import re
import textwrap
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WIDTH = 100


def readable(text, paint):
    """Slack's mrkdwn as terminal text: bold, code and links; entities resolved last, as Slack does."""
    text = re.sub(r"<([^|>]+)\|([^>]+)>", lambda m: f"{paint.link(m[2])} {m[1]}", text)
    text = re.sub(r"`([^`\n]+)`", lambda m: paint.code(m[1]), text)
    text = re.sub(r"(?<!\w)\*([^*\n]+)\*(?!\w)", lambda m: paint.bold(m[1]), text)
    return html.unescape(text)


def wrapped(text):
    """Lines of at most WIDTH; what stands between two middle dots stays together where it fits."""
    parts = [part.replace(" ", "\N{NO-BREAK SPACE}") if len(part) < WIDTH else part for part in text.split("  ·  ")]
    lines = textwrap.wrap("  ·  ".join(parts) if len(parts) > 1 else text, WIDTH)
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def lines_of(block, paint):
    kind = block["type"]
    if kind == "header":
        return [paint.bold(html.unescape(block["text"]["text"])), ""]
    if kind == "context":
        texts = [html.unescape(element["text"]) for element in block["elements"]]
        return [paint.faint(line) for text in texts for line in wrapped(text)] + [""]
    text = readable(block["text"]["text"], paint).replace("  ·  ", "\n")
    return [piece for line in text.split("\n") for piece in textwrap.wrap(line, WIDTH, break_long_words=False)] + [""]


def render(message, paint):
    """The message as lines with a bar at the left, as Slack quotes what an app says."""
    lines = [line for block in message["blocks"] for line in lines_of(block, paint)]
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(f"  {paint.bar('┃')} {line}".rstrip() for line in lines)


class Slack:
    """Listens on a free port of 127.0.0.1; `on_message` is called with each message, one at a time."""

    def __init__(self, on_message):
        self.messages = []
        told = threading.Lock()
        slack = self

        class Webhook(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with told:
                    on_message(message)
                    slack.messages.append(message)
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/services/T0DEMO/B0DEMO/quickstart"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
