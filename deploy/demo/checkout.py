"""A small shop's checkout: the Python service of the demo, written with Debian's python3-prometheus-client.

GET /price?items=N prices a basket, GET /metrics is the client library's own page. One basket is priced at a time, as
under the interpreter's lock; the pricing sleeps instead of computing, so that the demo is light on the machine. With
more requests than one thread can price, requests queue and the tail grows: that is real, not scripted.
"""

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

SECONDS_PER_ITEM = 0.002

requests_total = Counter("http_requests_total", "Requests answered.", ["code"])
duration = Histogram("http_request_duration_seconds", "How long a request took.",
                     buckets=(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5))
pricing = threading.Lock()


class Checkout(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/metrics":
            return self._answer(200, CONTENT_TYPE_LATEST, generate_latest())
        with duration.time():
            items = int(parse_qs(url.query).get("items", ["1"])[0])
            with pricing:
                time.sleep(SECONDS_PER_ITEM * items)
            self._answer(200, "text/plain", b"%d items\n" % items)
        requests_total.labels("200").inc()

    def _answer(self, code, content_type, body):
        self.send_response(code)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


if __name__ == "__main__":
    requests_total.labels("200")
    Server(("127.0.0.1", int(sys.argv[1])), Checkout).serve_forever()
