"""A service in Python with the official client library: PORT; slow and busy from the start."""
import sys
import threading
import time

from prometheus_client import Counter, Histogram, start_http_server

requests = Counter("http_requests", "Requests.", ["code"])
latency = Histogram("http_request_duration_seconds", "Time taken.", buckets=(0.05, 0.1, 0.25, 0.5, 1))


def serve():
    while True:
        for code, took in (("200", 0.3), ("200", 0.4), ("500", 0.01)):
            requests.labels(code).inc()
            latency.observe(took)
        time.sleep(0.02)


start_http_server(int(sys.argv[1]), addr="127.0.0.1")
threading.Thread(target=serve, daemon=True).start()
threading.Event().wait()
