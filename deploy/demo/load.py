"""Customers: a light, open-loop load on the checkout. Open-loop: nobody waits for the one before."""

import http.client
import random
import threading
import time


class Load:
    """Sends `rate` requests a second for `items` items each, until it is stopped. Both may be set while it runs."""

    def __init__(self, port, rate, items):
        self.rate = rate
        self.items = items
        self._port = port
        self._seed = random.Random(7)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send_all, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _send_all(self):
        due = time.monotonic()
        while not self._stop.is_set():
            # Customers do not come in step: the gaps are exponential, as in any queue's textbook.
            due += self._seed.expovariate(self.rate)
            self._stop.wait(max(0.0, due - time.monotonic()))
            threading.Thread(target=self._send, daemon=True).start()

    def _send(self):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        try:
            connection.request("GET", f"/price?items={self.items}")
            connection.getresponse().read()
        except OSError:
            pass  # a customer who gives up
        finally:
            connection.close()
