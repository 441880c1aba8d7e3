"""The daemon's surroundings: one server that is both its targets and its webhook receivers."""

import http.server
import threading
import time

OK, REFUSE, LIMIT, SLOW, HANG_UP, STALL = "ok", "refuse", "limit", "slow", "hang up", "stall"
STATUS = {OK: 200, SLOW: 200, REFUSE: 503, LIMIT: 429}


class Receipt:
    """One webhook that arrived, and what was answered (None: the connection was closed instead)."""

    def __init__(self, headers, body, mood):
        self.at = time.time()
        self.id = headers.get("webhook-id", "")
        self.body = body
        self.status = STATUS.get(mood)


class Endpoint:
    """What one daemon sees of the server: /metrics/NAME and /hook/NAME."""

    def __init__(self):
        self.lock = threading.Lock()
        self.page = lambda: "load 0\n"
        self.mood = lambda: OK
        self.receipts = []
        self.busy = 0

    def arrived(self, headers, body):
        with self.lock:
            mood = self.mood()
            self.receipts.append(Receipt(headers, body, mood))
            return mood

    def count(self, change):
        with self.lock:
            self.busy += change

    def settle(self):
        """Waits until nothing that a dead daemon sent is still under way."""
        seen, quiet_since = -1, time.monotonic()
        while time.monotonic() - quiet_since < 0.02:
            if self.busy or len(self.receipts) != seen:
                seen, quiet_since = len(self.receipts), time.monotonic()
            time.sleep(0.002)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # A header and a body in two packets would wait for each other.
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def endpoint(self):
        return self.server.endpoints[self.path.rsplit("/", 1)[1]]

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def do_GET(self):
        page = self.endpoint().page().encode()
        self.answer(200, page, [("Content-Type", "text/plain; version=0.0.4")])

    def do_POST(self):
        endpoint = self.endpoint()
        endpoint.count(+1)
        try:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            mood = endpoint.arrived(self.headers, body)
            if mood == STALL:
                self.server.stalled.wait(30)
            if mood in (HANG_UP, STALL):
                self.close_connection = True
                return
            if mood == SLOW:
                time.sleep(0.15)
            self.answer(STATUS[mood], b"", [("Retry-After", "1")] if mood == LIMIT else [])
        except OSError:
            self.close_connection = True  # killed while it waited
        finally:
            endpoint.count(-1)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.endpoints = {}
        self.stalled = threading.Event()  # set when those that stall may go
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, *_):
        pass  # clients that are killed are the point

    def add(self, name):
        self.endpoints[name] = Endpoint()
        return self.endpoints[name]
